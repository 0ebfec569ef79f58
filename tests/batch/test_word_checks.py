"""Pages of a batch are compared with the words on them, and what is doubted is told, counted and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ocr.batch import local_engine, row_index
from ocr.batch.batch_run import main
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.retry_pages import main as retry
from ocr.batch.retry_pages import waiting_pages
from ocr.batch.row_index import read_index
from ocr.batch.status import main as status
from ocr.batch.word_checks import UnverifiedDocument, unverified_documents
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import NotVerified, UsageError
from tests.batch.made_target import Target, made_row
from tests.documents.papers import pdf
from tests.inference.scripted_server import Connection, Request, scripted_in_a_thread

LINES = ("The valley lies between two old hills and a river", "runs through it from the north to the south")
WORDS = " ".join(LINES)
MISREAD = WORDS.replace(" and a river runs", "")
PAGE = f"BT /F 20 Tf 24 TL 60 700 Td ({LINES[0]}) ' ({LINES[1]}) ' ET".encode()


def check(found: int = 10, page_words: int = 10, *, weak: bool | None = None, source: str | None = "text_layer") -> Any:
    """A page's check; `weak` is of a finding that it has."""
    finding = {"kind": "differs", "text": "a", "page_text": "b", "start": 0, "end": 1, "boxes": [[0.5, 1, 2, 3]]}
    return {
        "source": source, "page_words": page_words, "found": found, "text_words": 10, "supported": 10, "set_aside": 0,
        "note": "", "findings": [] if weak is None else [{**finding, "weak": weak}],
    }  # fmt: skip


CHECKS: Mapping[tuple[str, int], Any] = {
    ("a.pdf", 1): check(),
    ("a.pdf", 2): check(9, weak=True),  # few words found, but no place to look at
    ("a.pdf", 3): check(10, weak=False),
    ("b.pdf", 1): check(0, 0, source=None),
    ("c.pdf", 1): check(995, 1000),
    ("d.pdf", 1): None,  # the page failed
    ("e.pdf", 0): None,  # it cannot be opened
}
NOT_CHECKED = {("b.pdf", 1), ("d.pdf", 1), ("e.pdf", 0)}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A run that has ended, its pages verified."""
    made = Target(tmp_path / "out")
    made.run(verify=True)
    made.manifest((0, "a.pdf", 1), (0, "b.pdf", 1), (0, "c.pdf", 1), (0, "d.pdf", 1), (0, "e.pdf", 1))
    pages = {"a.pdf": 3, "b.pdf": 1, "c.pdf": 1, "d.pdf": 1}
    rows = [made_row(id, page, pages.get(id, 0), check=value) for (id, page), value in CHECKS.items()]
    made.part(0, rows[:-2])
    made.part(0, rows[-2:])  # no page of it was verified
    made.complete(0)
    return made


def test_status_counts_words_and_pages_to_look_at(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert status([str(target.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == {
        "pages": 4, "unchecked": 1, "page_words": 1030, "found": 1024, "text_words": 40, "supported": 40, "places": 1,
        "doubtful": 1,
    }  # fmt: skip
    status([str(target.path)])
    assert "99.4 % found · 1 page to look at · 1 with nothing to compare with" in capsys.readouterr().out


def test_what_was_counted_is_kept(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later look at the run, which reads new parts alone, sees the same."""
    monkeypatch.setattr(row_index, "MIN_NEW_PARTS", 1)
    first = read_index(target.folder)
    assert target.folder.exists(row_index.INDEX_FILE)
    assert read_index(target.folder).table.equals(first.table)


def test_a_run_that_was_not_verified_says_nothing_of_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target(tmp_path)
    target.manifest((0, "a.pdf", 1))
    target.part(0, [made_row("a.pdf", 1)])
    status([str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["words"] is None
    assert retry([str(tmp_path), "--doubtful"]) == UsageError.exit_code
    assert "--verify" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ([], {("a.pdf", 3)}),
        (["--require", "0.98"], {("a.pdf", 2), *NOT_CHECKED}),
        (["--require", "1"], {("a.pdf", 2), ("c.pdf", 1), *NOT_CHECKED}),
    ],
)
def test_doubtful_pages_are_read_again(target: Target, options: list[str], pages: set[tuple[str, int]]) -> None:
    assert retry([str(target.path), "--doubtful", *options]) == 0
    assert waiting_pages(target.folder, read_index(target.folder)) == pages


def test_retry_refuses_a_share_without_doubt(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        retry([str(target.path), "--require", "0.98"])
    assert "--doubtful" in capsys.readouterr().err


@pytest.mark.parametrize("better", [0, 1])
def test_of_two_whole_rows_that_counts_of_which_more_words_were_found(tmp_path: Path, better: int) -> None:
    """Whichever came first; a row that could not be compared counts less than one that was."""
    target = Target(tmp_path)
    target.manifest((0, "a.pdf", 1))
    for at in (0, 1):
        checks = [check(10 if at == better else 9), check(8, source="tesseract" if at == better else None)]
        target.part(
            0, [made_row("a.pdf", page, 2, at=at, raw=str(at), check=one) for page, one in enumerate(checks, 1)]
        )
    best = read_index(target.folder).best
    assert [row["raw"] for row in rows_of(target, best)] == [str(better)] * 2


def rows_of(target: Target, best: Any) -> list[dict[str, Any]]:
    places = zip(best["part"].to_pylist(), best["row"].to_pylist(), strict=True)
    return [target.table(part).to_pylist()[row] for part, row in places]


def test_documents_that_lack_words_are_found_whole(target: Target) -> None:
    best = read_index(target.folder).best
    assert unverified_documents(best, 0.97) == [
        UnverifiedDocument("a.pdf", 29 / 30, 0),
        UnverifiedDocument("b.pdf", 1.0, 1),
        UnverifiedDocument("d.pdf", 1.0, 1),
        UnverifiedDocument("e.pdf", 1.0, 0, opened=False),
    ]
    assert unverified_documents(best.slice(0, 0), 1.0) == []


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[BatchSettings]:
    """Of a run of two documents with three pages in all; the model misreads the third that it is asked for."""
    (tmp_path / "in").mkdir()
    pdf(tmp_path / "in/a.pdf", PAGE, PAGE)
    pdf(tmp_path / "in/b.pdf", PAGE)
    asked = 0

    async def answer(request: Request, connection: Connection) -> None:
        nonlocal asked
        asked += 1
        await connection.stream(MISREAD if asked == 3 else WORDS, tokens=20)

    with scripted_in_a_thread(answer) as server:
        request = ReadRequest(longest_side=400)
        reading = Settings(
            server_url=(server.url,), request=request, render_workers=1, concurrency=1, quiet=True, require=1.0
        )
        yield BatchSettings(str(tmp_path / "in"), str(tmp_path / "out"), reading, formats=("json", "html"))


def test_a_run_verifies_its_pages_and_writes_documents_at_its_end(
    settings: BatchSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that was misread is told, and read again; files, rows, report, card and status say the same."""
    target = Path(settings.target)
    assert main(settings) == NotVerified.exit_code
    said = capsys.readouterr()
    assert "1 to look at" in said.out and "b.pdf" in said.err and "a.pdf" not in said.err
    value = json.loads((target / "documents/b.pdf/result.json").read_bytes())
    (page,) = value["pages"]
    (found,) = duckdb.sql(f"SELECT \"check\" FROM '{target}/data/*.parquet' WHERE id = 'b.pdf'").fetchall()
    assert page["check"] == found[0]
    assert [(one["text"], one["page_text"]) for one in page["check"]["findings"]] == [("", "and a river runs")]
    report = json.loads((target / "report.json").read_bytes())
    assert report["words"] | {"pages": 3, "unchecked": 0, "places": 1, "doubtful": 1} == report["words"]
    assert "1 place to look at" in (target / "README.md").read_text()
    status([str(target), "--json"])
    assert json.loads(capsys.readouterr().out)["words"] == report["words"]

    assert retry([str(target), "--doubtful"]) == 0
    assert main(settings) == 0
    value = json.loads((target / "documents/b.pdf/result.json").read_bytes())
    assert value["pages"][0]["markdown"] == WORDS
    assert (target / "documents/a.pdf/document.html").exists()
    assert json.loads((target / "report.json").read_bytes())["words"]["doubtful"] == 0


def test_what_does_not_meet_the_share_is_read_again_as_the_message_says(
    settings: BatchSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document that cannot be opened as well, once it is mended."""
    broken = Path(settings.source, "c.pdf")
    broken.write_bytes(b"%PDF-1.7\nand nothing else")
    assert main(replace(settings, formats=())) == NotVerified.exit_code
    said = capsys.readouterr().err
    assert "c.pdf" in said and "b.pdf" in said and "a.pdf" not in said
    (command,) = re.findall(r"`batch retry TARGET ([^`]+)`", said)
    pdf(broken, PAGE)
    assert retry([settings.target, *command.split()]) == 0
    assert main(replace(settings, formats=())) == 0


def test_documents_are_not_written_while_pages_are_missing(
    settings: BatchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreachable = replace(settings, reading=replace(settings.reading, outage_timeout=0.1))

    def unread(*_: object) -> int:
        return 4

    monkeypatch.setattr(local_engine, "run_tasks", unread)
    assert main(unreachable) == 4
    assert not (Path(settings.target) / "documents").exists()
