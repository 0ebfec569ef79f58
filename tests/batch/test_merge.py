from __future__ import annotations

import itertools
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ocr.batch import sorted_rows
from ocr.batch.merge import main, merge
from ocr.batch.rows import SCHEMA
from ocr.errors import OutputError
from tests.batch.made_target import Target, made_row
from tests.batch.s3_server import S3Server


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path / "out")


def two_tasks(target: Target) -> list[tuple[str, int]]:
    """Documents of five, one and three pages, dealt to two tasks; return their pages in order."""
    target.manifest((0, "b.pdf", 500), (1, "a/z.pdf", 100), (1, "c.pdf", 300))
    target.part(0, [made_row("b.pdf", page, 5) for page in (4, 2, 1)])
    target.part(0, [made_row("b.pdf", page, 5) for page in (3, 5)], number=1)
    target.part(1, [made_row("c.pdf", 2, 3), made_row("a/z.pdf", 1, 1), made_row("c.pdf", 1, 3)])
    target.part(1, [made_row("c.pdf", 3, 3)], number=1)
    target.complete(0, 1)
    return [("a/z.pdf", 1), *(("b.pdf", page) for page in range(1, 6)), *(("c.pdf", page) for page in (1, 2, 3))]


def pages(target: Target) -> list[tuple[str, int]]:
    return [(row["id"], row["page"]) for row in target.merged()]


@pytest.mark.parametrize("place", ["local", "s3"])
def test_pages_of_all_tasks_are_sorted_by_document_and_page(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    s3: S3Server | None = request.getfixturevalue("s3") if place == "s3" else None
    target = Target(f"s3://{s3.bucket()}/out" if s3 else tmp_path)
    expected = two_tasks(target)
    report = merge(target.folder)
    assert pages(target) == expected
    assert all(row["markdown"] == f"Text of {row['id']}, page {row['page']}." for row in target.merged())
    assert report["files"] == ["data/train-00000-of-00001.parquet"]
    assert json.loads(target.folder.read("report.json")) == report
    assert not target.folder.names("merging/")


@pytest.mark.parametrize("chunk_bytes", [1, 64_000_000])
def test_files_are_bounded(target: Target, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int) -> None:
    monkeypatch.setattr(sorted_rows, "MAX_FILE_ROWS", 4)
    monkeypatch.setattr(sorted_rows, "CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr(sorted_rows, "GROUP_ROWS", 3)
    expected = two_tasks(target)
    merge(target.folder)
    names = [f"data/train-{number:05d}-of-00003.parquet" for number in range(3)]
    assert target.folder.names("data/") == names
    assert [pq.read_metadata(target.path / name).num_rows for name in names] == [4, 4, 1]
    assert pages(target) == expected


@pytest.mark.parametrize("turned", [False, True])
def test_the_best_row_of_a_page_is_taken(target: Target, *, turned: bool) -> None:
    """Two copies of a task wrote the same pages."""
    target.manifest((0, "a.pdf", 1))
    ends = ["failed", "repetition", "length", "stop", "stop"]
    pairs = list(itertools.combinations(range(len(ends)), 2))
    copies: list[list[dict[str, object]]] = [[], []]
    for number, (worse, better) in enumerate(pairs, 1):
        for which, place in enumerate((worse, better)):
            # of two that end as well, the earlier: the second "stop" of the list comes first
            said = {"finish": ends[place], "raw": str(place), "at": float(-place)}
            copies[which ^ turned].append(made_row("a.pdf", number, len(pairs), **said))
    for copy in copies:
        target.part(0, copy)
    target.complete(0)
    merge(target.folder)
    got = [int(row["raw"]) for row in target.merged()]
    assert got == [better for _, better in pairs]


def test_pages_that_are_missing_are_refused_or_marked(target: Target) -> None:
    target.manifest((0, "a.pdf", 1), (0, "b.pdf", 1), (1, "c.pdf", 1))
    target.part(0, [made_row("a.pdf", 1), made_row("b.pdf", 1, 2)])
    with pytest.raises(OutputError, match="2 documents") as caught:
        merge(target.folder)
    assert "--partial" in caught.value.next_step
    assert not target.folder.names("data/")
    report = merge(target.folder, partial=True)
    assert report["documents"]["missing"] == 2
    assert "partial" in (target.path / "README.md").read_text()
    assert pages(target) == [("a.pdf", 1), ("b.pdf", 1)]


def test_documents_and_pages_that_failed_are_listed_with_the_reason(target: Target) -> None:
    target.manifest((0, "a.pdf", 1), (0, "b.pdf", 1))
    target.part(0, [made_row("b.pdf", 0, 0)])
    target.part(0, [made_row("a.pdf", 1, finish="failed", error="It took too long. Raise --page-timeout.")])
    target.complete(0)
    merge(target.folder)
    failed = duckdb.sql(f"SELECT id, uri, page, error FROM '{target.path}/failed.parquet' ORDER BY id").fetchall()
    assert failed == [
        ("a.pdf", "/in/a.pdf", 1, "It took too long. Raise --page-timeout."),
        ("b.pdf", "/in/b.pdf", 0, "The document is damaged. Repair it."),
    ]
    assert pages(target) == [("a.pdf", 1)]  # a row is a page


def test_a_document_that_was_opened_later_has_not_failed(target: Target) -> None:
    target.manifest((0, "a.pdf", 1))
    target.part(0, [made_row("a.pdf", 0, 0)])
    target.part(0, [made_row("a.pdf", 1, 1, at=9.0)])
    target.complete(0)
    assert merge(target.folder)["documents"] == {"total": 1, "read": 1, "failed": 0, "missing": 0}
    assert pages(target) == [("a.pdf", 1)]


def test_of_a_document_that_has_changed_the_last_content_counts(target: Target) -> None:
    target.manifest((0, "a.pdf", 1))
    target.part(0, [made_row("a.pdf", page, 3, sha256="old") for page in (1, 2, 3)])
    target.part(0, [made_row("a.pdf", page, 2, at=9.0, sha256="new") for page in (1, 2)])
    target.complete(0)
    merge(target.folder)
    assert [(row["page"], row["sha256"]) for row in target.merged()] == [(1, "new"), (2, "new")]


def test_nothing_but_failed_documents_gives_an_empty_dataset(target: Target) -> None:
    target.manifest((0, "a.pdf", 1))
    target.part(0, [made_row("a.pdf", 0, 0)])
    target.complete(0)
    merge(target.folder)
    assert pq.read_schema(target.path / "data/train-00000-of-00001.parquet").names == SCHEMA.names
    assert target.merged() == []


def test_a_second_merge_takes_the_place_of_the_first(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_rows, "MAX_FILE_ROWS", 4)
    expected = two_tasks(target)
    merge(target.folder)
    monkeypatch.setattr(sorted_rows, "MAX_FILE_ROWS", 100)
    merge(target.folder)
    assert target.folder.names("data/") == ["data/train-00000-of-00001.parquet"]
    assert pages(target) == expected


@pytest.mark.parametrize("method", ["create", "rename", "delete", "write"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_killed_merge_is_taken_up(target: Target, monkeypatch: pytest.MonkeyPatch, method: str, call: int) -> None:
    """Killed at any of its steps: before, no report says that all is whole; after, all is there."""
    expected = two_tasks(target)
    monkeypatch.setattr(sorted_rows, "MAX_FILE_ROWS", 4)
    genuine, calls = getattr(type(target.folder), method), 0

    def killed(*given: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        return genuine(*given)

    with monkeypatch.context() as patch:
        patch.setattr(type(target.folder), method, killed)
        try:
            merge(target.folder)
        except KeyboardInterrupt:
            assert not target.folder.exists("report.json")
    merge(target.folder)
    assert pages(target) == expected
    assert not target.folder.names("merging/")


def test_a_whole_file_of_a_killed_merge_is_not_made_again(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    two_tasks(target)
    monkeypatch.setattr(sorted_rows, "MAX_FILE_ROWS", 4)
    made: list[str] = []
    genuine = type(target.folder).create

    def noted(folder: object, name: str) -> object:
        made.append(name.rpartition("/")[2])
        if len(made) == 3:
            raise KeyboardInterrupt
        return genuine(target.folder, name)

    monkeypatch.setattr(type(target.folder), "create", noted)
    with pytest.raises(KeyboardInterrupt):
        merge(target.folder)
    merge(target.folder)
    assert made.count("train-00000-of-00003.parquet") == made.count("train-00001-of-00003.parquet") == 1
    made.clear()
    merge(target.folder)
    assert made == ["failed.parquet"]


def test_the_command_says_what_was_merged(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    two_tasks(target)
    assert main([str(target.path)]) == 0
    assert "9 pages of 3 documents" in capsys.readouterr().out


def test_a_report_does_not_outlive_what_it_is_of(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    two_tasks(target)
    merge(target.folder)
    target.part(0, [made_row("b.pdf", 1, 5, at=9.0)])

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(target.folder), "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            merge(target.folder)
    assert not target.folder.exists("report.json")


def test_a_disk_that_is_full_while_rows_are_dealt_out_is_said(target: Target, full_disk: Path) -> None:
    """The files that merging needs for itself are named as those of TARGET are, with what to do."""
    two_tasks(target)
    (target.path / "merging").symlink_to(full_disk)
    with pytest.raises(OutputError, match="merging") as caught:
        merge(target.folder)
    assert caught.value.next_step
