from __future__ import annotations

from pathlib import Path

import pytest

from ocr.batch.journal import done_pages
from ocr.batch.retry_pages import Retried, main, retried_rows, retry, waiting_pages
from ocr.batch.row_index import read_index
from ocr.types import Finish
from tests.batch.made_target import Target, made_row
from tests.batch.s3_server import S3Server


@pytest.fixture(params=["local", "s3"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    """Two tasks that have ended: a page of each end, and a document that could not be opened."""
    s3: S3Server | None = request.getfixturevalue("s3") if request.param == "s3" else None
    made = Target(f"s3://{s3.bucket()}/out" if s3 else tmp_path)
    made.manifest((0, "a.pdf", 10), (0, "b.pdf", 10), (1, "c.pdf", 10))
    ends = enumerate(("stop", "length", "repetition", "failed"), 1)
    made.part(0, [made_row("a.pdf", page, 4, finish=end) for page, end in ends], "aaaaaaaa")
    made.part(0, [made_row("b.pdf", 0, 0)], "aaaaaaaa", 1)
    made.part(1, [made_row("c.pdf", 1, 1)], "cccccccc")
    made.complete(0, 1)
    return made


def waiting(target: Target) -> set[tuple[str, int]]:
    return waiting_pages(target.folder, read_index(target.folder))


def completed(target: Target) -> list[str]:
    return target.folder.names("logs/completions/")


def test_failed_pages_and_documents_are_read_again(target: Target) -> None:
    assert retry(target.folder, [Finish.FAILED]) == Retried(documents=1, pages=1, tasks=1)
    assert waiting(target) == {("a.pdf", 4), ("b.pdf", 0)}
    assert completed(target) == ["logs/completions/00001"]
    assert {part: set(rows) for part, rows in retried_rows(target.folder, 0).items()} == {
        "pages/00000-aaaaaaaa-00000.parquet": {("a.pdf", 4)},
        "pages/00000-aaaaaaaa-00001.parquet": {("b.pdf", 0)},
    }
    assert not retried_rows(target.folder, 1)


def test_twice_is_the_same_as_once(target: Target) -> None:
    first = retry(target.folder, [Finish.FAILED])
    files = target.folder.names()
    assert retry(target.folder, [Finish.FAILED]) == first
    assert target.folder.names() == files


def test_a_page_that_was_read_again_is_not_waited_for_whatever_came_of_it(target: Target) -> None:
    retry(target.folder, [Finish.FAILED])
    target.part(0, [made_row("a.pdf", 4, 4, finish="failed", at=9.0), made_row("b.pdf", 1, 1, at=9.0)])
    assert not waiting(target)
    assert retry(target.folder, [Finish.FAILED]).pages == 1  # it failed once more
    assert waiting(target) == {("a.pdf", 4)}


def test_a_page_that_another_copy_of_its_task_has_read_is_not_read_again(target: Target) -> None:
    target.part(0, [made_row("a.pdf", 4, 4)], "bbbbbbbb")
    assert retry(target.folder, [Finish.FAILED]) == Retried(documents=1, pages=0, tasks=1)


def test_a_call_that_was_killed_is_made_good(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(target.folder), "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            retry(target.folder, [Finish.FAILED])
    assert len(completed(target)) == 2
    retry(target.folder, [Finish.FAILED])
    assert len(completed(target)) == 1
    assert len(target.folder.names("retry/")) == 1


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], {("a.pdf", 4), ("b.pdf", 0)}),
        (["--failed"], {("a.pdf", 4), ("b.pdf", 0)}),
        (["--truncated"], {("a.pdf", 2), ("a.pdf", 3)}),
        (["--failed", "--truncated"], {("a.pdf", 2), ("a.pdf", 3), ("a.pdf", 4), ("b.pdf", 0)}),
    ],
)
def test_the_command(
    target: Target, flags: list[str], expected: set[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([target.folder.url, *flags]) == 0
    assert waiting(target) == expected
    assert f"{sum(page > 0 for _, page in expected)} page" in capsys.readouterr().out


def test_nothing_to_read_again(target: Target) -> None:
    assert retry(target.folder, []) == Retried(0, 0, 0)
    assert (waiting(target), len(completed(target))) == (set(), 2)


def test_a_task_that_goes_on_counts_only_what_is_not_given_up(target: Target) -> None:
    retry(target.folder, [Finish.FAILED])
    before, after = done_pages(target.folder, 0), done_pages(target.folder, 0, retried_rows(target.folder, 0))
    assert (before["a.pdf"].pages, before["b.pdf"].unopened) == ({1, 2, 3, 4}, True)
    assert (after["a.pdf"].pages, "b.pdf" in after) == ({1, 2, 3}, False)
