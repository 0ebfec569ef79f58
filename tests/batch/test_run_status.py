from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from ocr.batch import row_index
from ocr.batch.manifest import read_manifest
from ocr.batch.retry_pages import retry
from ocr.batch.row_index import RowIndex, read_index
from ocr.batch.run_status import Documents, RunStatus, Tasks, run_status
from ocr.batch.storage import Folder
from ocr.errors import StorageError
from ocr.types import Finish
from tests.batch.made_target import NOON, Target, made_row
from tests.batch.s3_server import S3Server


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path / "out")


def status(
    target: Target, *, after: float = 0.0, selection: str | None = None, index: RowIndex | None = None
) -> RunStatus:
    """What is seen `after` seconds past noon."""
    index = index or read_index(target.folder)
    return run_status(target.folder, index, read_manifest(target.folder), selection, NOON + after)


def test_a_run_that_has_not_begun(target: Target) -> None:
    target.manifest((0, "a.pdf", 10), (1, "b.pdf", 20))
    seen = status(target)
    assert seen.documents == Documents(total=2, done=0, failed=0, begun=0, unopened=2)
    assert seen.tasks == Tasks(total=2, complete=0, running=0, idle=0, not_begun=2)
    assert (seen.pages.done, seen.pages_per_second, seen.seconds_left, seen.ended) == (0, None, None, False)


@pytest.mark.parametrize("place", ["local", "s3"])
def test_documents_pages_and_tasks_are_told_apart(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    s3: S3Server | None = request.getfixturevalue("s3") if place == "s3" else None
    target = Target(f"s3://{s3.bucket()}/out" if s3 else tmp_path)
    target.manifest(
        (0, "done.pdf", 400), (0, "locked.pdf", 10), (1, "begun.pdf", 600), (2, "idle.pdf", 100), (3, "new.pdf", 1100)
    )
    target.part(0, [made_row("done.pdf", page, 4, blank=page == 2) for page in (1, 2, 3, 4)])
    target.part(0, [made_row("locked.pdf", 0, 0, error="It is locked.")])
    ends = ("length", "repetition", "failed")
    begun = [made_row("begun.pdf", page, 6, finish=end, at=290.0) for page, end in enumerate(ends, 1)]
    target.part(1, begun)
    target.part(2, [made_row("idle.pdf", 1, 1, at=-100.0)])
    target.complete(0)
    seen = status(target, after=300)
    assert seen.documents == Documents(total=5, done=2, failed=1, begun=1, unopened=1)
    assert seen.tasks == Tasks(total=4, complete=1, running=1, idle=1, not_begun=1)
    pages = seen.pages
    assert (pages.total, pages.estimated_total) == (11, 22)  # one page for each 100 bytes
    assert (pages.done, pages.failed, pages.length, pages.repetition, pages.blank) == (8, 1, 1, 1, 1)
    assert not seen.ended


def test_only_the_pages_asked_for_are_waited_for(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    target.part(0, [made_row("a.pdf", page, 9) for page in (2, 3, 9)])
    assert status(target, selection="2-3,9-").ended
    assert not status(target, selection="2-4,9-").ended


def test_a_page_with_two_rows_counts_once(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    for _ in range(2):
        target.part(0, [made_row("a.pdf", page, 2) for page in (1, 2)])
    assert (status(target).pages.done, status(target).pages.tokens) == (2, 200)


def test_pages_a_second_are_those_of_the_last_minutes(target: Target) -> None:
    """An hour of two pages a second, then one: the last minute, whose rows tasks may still hold, is left out."""
    target.manifest((0, "a.pdf", 10), (1, "b.pdf", 10))
    times = [*(n / 2 for n in range(7200)), *(3600.0 + n for n in range(540))]
    target.part(0, [made_row("a.pdf", n, 20_000, at=at) for n, at in enumerate(times, 1)])
    seen = status(target, after=3600 + 600)
    assert seen.pages_per_second == pytest.approx(1.0)
    assert seen.seconds_left == pytest.approx(40_000 - 7740)
    assert seen.worked_seconds == pytest.approx(3600 + 539)
    assert status(target, after=3600 + 3600).pages_per_second is None


def test_pauses_between_runs_are_not_worked(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    times = (0.0, 30.0, 60.0, 90_000.0, 90_030.0)
    target.part(0, [made_row("a.pdf", n, 5, at=at) for n, at in enumerate(times, 1)])
    assert status(target).worked_seconds == pytest.approx(90.0)


def test_a_run_of_some_seconds_has_a_speed(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    target.part(0, [made_row("a.pdf", n, 20, at=n) for n in range(1, 12)])
    assert status(target, after=12).pages_per_second == pytest.approx(1.0)


def test_errors_of_one_kind_are_one_reason(target: Target) -> None:
    target.manifest(*((0, f"{n}.pdf", 10) for n in range(4)))
    late = [f"Page {n} took longer than {n}0 seconds. Raise --page-timeout." for n in range(3)]
    rows = [made_row(f"{n}.pdf", 1, 1, finish="failed", error=said) for n, said in enumerate(late)]
    target.part(0, [*rows, made_row("3.pdf", 0, 0, error='"3.pdf" is locked. Give its password.')])
    first, second = status(target).reasons
    assert (first.error, first.pages, first.documents, first.example) == (
        "Page 0 took longer than 00 seconds.", 3, 0, "0.pdf",
    )  # fmt: skip
    assert (second.pages, second.documents) == (0, 1)


def test_pages_to_be_read_again_are_not_done(target: Target) -> None:
    target.manifest((0, "a.pdf", 10), (1, "b.pdf", 10))
    target.part(0, [made_row("a.pdf", 1, 2), made_row("a.pdf", 2, 2, finish="failed", error="No.")])
    target.part(1, [made_row("b.pdf", 0, 0)])
    target.complete(0, 1)
    assert status(target).ended
    retry(target.folder, [Finish.FAILED])
    seen = status(target)
    assert (seen.pages.done, seen.pages.failed, seen.pages.waiting, seen.ended) == (1, 0, 2, False)
    assert seen.documents == Documents(total=2, done=0, failed=0, begun=1, unopened=1)
    assert (seen.tasks.complete, seen.reasons) == (0, ())
    target.part(0, [made_row("a.pdf", 2, 2, at=9.0)])
    target.part(1, [made_row("b.pdf", 1, 1, at=9.0)])
    seen = status(target)
    assert (seen.pages.done, seen.pages.waiting, seen.ended) == (3, 0, True)


def test_only_new_parts_are_read(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whoever looks again, and, once there are many, by whoever looks for the first time."""
    monkeypatch.setattr(row_index, "MIN_NEW_PARTS", 3)
    target.manifest((0, "a.pdf", 10))
    rows = [made_row("a.pdf", page, 9) for page in range(1, 10)]
    for number in range(3):
        target.part(0, [rows[number]], "aaaaaaaa", number)
    opened: list[str] = []
    genuine, lock = Folder.open, threading.Lock()

    def noted(folder: Folder, name: str) -> object:
        with lock:
            opened.append(name)
        return genuine(folder, name)

    monkeypatch.setattr(Folder, "open", noted)
    first = read_index(target.folder)
    assert sum(name.startswith("pages/") for name in opened) == 3
    new = target.part(0, [rows[3]], "aaaaaaaa", 3)
    opened.clear()
    assert status(target, index=read_index(target.folder, first)).pages.done == 4
    assert opened.count(new) == 1 == sum(name.startswith("pages/") for name in opened)
    opened.clear()
    assert status(target, index=read_index(target.folder)).pages.done == 4  # as another process does
    assert [name for name in opened if name.startswith("pages/")] == [new]


def test_a_part_that_is_damaged_or_set_aside_counts_as_unread(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    whole = target.part(0, [made_row("a.pdf", 1, 3)])
    target.part(0, [made_row("a.pdf", 2, 3)])
    target.folder.write("pages/00000-ffffffff-00000.parquet", target.folder.read(whole)[:-40])
    first = read_index(target.folder)
    assert status(target, index=first).pages.done == 2
    target.folder.rename(whole, f"{whole}.damaged")
    assert status(target, index=read_index(target.folder, first)).pages.done == 1
    target.folder.write("logs/row-index.parquet", b"nonsense")
    assert status(target).pages.done == 1


def test_a_document_that_has_gone_meanwhile_has_failed(target: Target) -> None:
    target.manifest((0, "a.pdf", 10))
    target.part(0, [made_row("a.pdf", 1, 3)])
    assert not status(target).ended
    target.part(0, [made_row("a.pdf", 0, 0, at=9.0)])
    seen = status(target)
    assert seen.documents == Documents(total=1, done=0, failed=1, begun=0, unopened=0)
    assert (seen.pages.done, seen.pages.total, seen.ended) == (1, 1, True)


def test_a_storage_that_fails_is_no_damaged_part(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else pages would be missing where nothing is."""
    target.manifest((0, "a.pdf", 10))
    target.part(0, [made_row("a.pdf", 1)])

    def fails(folder: Folder, name: str) -> bytes:
        raise StorageError(f"{name} cannot be read.")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "open", lambda folder, name: io.BytesIO(b"half of it came"))
        patch.setattr(Folder, "read", fails)
        with pytest.raises(StorageError):
            read_index(target.folder)
    assert status(target).ended


def test_rows_that_tasks_still_hold_do_not_slow_a_run_down(target: Target) -> None:
    """Two pages a second, of which one in four of the last minute is written."""
    target.manifest((0, "a.pdf", 10))
    times = [*(n / 2 for n in range(480)), *(240 + n * 2 for n in range(30))]
    target.part(0, [made_row("a.pdf", n, 20_000, at=at) for n, at in enumerate(times, 1)])
    assert status(target, after=300).pages_per_second == pytest.approx(2.0, rel=0.01)
