"""The documents of a run, from their events to their files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.cli.given_files import GivenFile
from ocr.cli.run_report import RunReport
from ocr.cli.terminal import Terminal
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import StreamCut, Unreachable
from ocr.events import DocumentFailed, DocumentOpened, FigureCut, PageDone, PageFailed, ReadEvent
from ocr.page_words import PageCheck, WordSource
from ocr.types import Document, Finish, PageId, PageImage, PageResult

pytestmark = pytest.mark.anyio


def opened(index: int, name: str, pages: int) -> DocumentOpened:
    path = Path(name)
    return DocumentOpened(index, Document(path, name, "application/pdf", pages, "0" * 64), tuple(range(1, pages + 1)))


def result(number: int, finish: Finish = Finish.STOP) -> PageResult:
    return PageResult(number, 10, 14, f"Text {number}", "raw", (), finish, None, 1, 42, 1.5)


async def batch(
    out: Path, *events: ReadEvent, files: Sequence[str] = ("a.pdf", "b.pdf"), require: float | None = None,
    request: ReadRequest = ReadRequest(), quiet: bool = True,
) -> int:  # fmt: skip
    given = [GivenFile(Path(name)) for name in files]
    settings = Settings(out=out, quiet=quiet, require=require, request=request)
    taken = RunReport(settings, given, ("http://h/v1", "model"), Terminal(quiet=quiet))
    for event in events:
        await taken.take(event)
    await taken.written()
    return taken.exit_code


async def test_run_report_writes_a_document_when_its_last_page_has_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whatever order pages end; one that misses a page is not written."""
    ends = [PageDone(PageId(0, 2), result(2)), PageDone(PageId(1, 1), result(1)), PageDone(PageId(0, 1), result(1))]
    assert await batch(tmp_path, opened(0, "a.pdf", 2), opened(1, "b.pdf", 2), *ends) == 0
    assert (tmp_path / "a" / "document.md").read_text().index("Text 1") < (
        (tmp_path / "a" / "document.md").read_text().index("Text 2")
    )
    assert not (tmp_path / "b").exists()
    assert capsys.readouterr().out == f"{tmp_path / 'a' / 'document.md'}\t2 pages\n"


async def test_run_report_goes_on_and_returns_the_highest_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document that cannot be opened and a page that failed are named; the rest is written."""
    cut, lost = StreamCut("The answer was cut."), Unreachable("Nothing answers.")
    failed = PageFailed(PageId(1, 1), result(1, Finish.FAILED), cut)
    assert await batch(tmp_path, DocumentFailed(0, lost), opened(1, "b.pdf", 1), failed) == lost.exit_code
    printed = capsys.readouterr()
    assert "a.pdf: Nothing answers." in printed.err
    assert "b.pdf, page 1: The answer was cut." in printed.err
    assert printed.out.endswith("1 page, 1 failed\n")


@pytest.mark.parametrize(
    ("required", "check", "code"),
    [
        (0.9, PageCheck(WordSource.TEXT_LAYER, 100, 95, 100, 99), 0),
        (0.98, PageCheck(WordSource.TEXT_LAYER, 100, 95, 100, 99), 5),
        (0.98, PageCheck(WordSource.TEXT_LAYER, 100, 100, 100, 90), 5),
        (0.0, PageCheck(None, note="why"), 5),
    ],
)
async def test_run_report_requires_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], required: float, check: PageCheck, code: int
) -> None:
    """Fewer words than are required, or none to compare with, decide the exit code; the results are written."""
    end = PageDone(PageId(0, 1), replace(result(1), check=check))
    assert await batch(tmp_path, opened(0, "a.pdf", 1), end, require=required) == code
    printed = capsys.readouterr()
    assert ("a.pdf" in printed.err) == bool(code)
    assert json.loads((tmp_path / "a" / "result.json").read_text())["pages"][0]["check"]["found"] == check.found


@pytest.mark.parametrize(("verify", "said"), [(True, ", 99.2 % of the pages' words found"), (False, "")])
async def test_run_report_tells_what_was_verified(
    verify: bool, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is said of words that were only looked for because a format has their places."""
    end = PageDone(PageId(0, 1), replace(result(1), check=PageCheck(WordSource.TEXT_LAYER, 1000, 992, 1000, 1000)))
    await batch(tmp_path, opened(0, "a.pdf", 1), end, request=ReadRequest(verify=verify))
    assert capsys.readouterr().out.endswith(f"1 page{said}\n")


async def test_run_report_tells_once_why_pages_were_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all pages of all documents, and only where a check was asked for."""
    check = PageCheck(None, note="Tesseract has no data for xxx. Install it.")
    ends = [
        PageDone(PageId(index, number), replace(result(number), check=check)) for index in (0, 1) for number in (1, 2)
    ]
    events = [opened(0, "a.pdf", 2), opened(1, "b.pdf", 2), *ends]
    await batch(tmp_path / "1", *events, request=ReadRequest(verify=True), quiet=False)
    assert capsys.readouterr().err.count("Install it.") == 1
    await batch(tmp_path / "2", *events, quiet=False)
    assert "Install it." not in capsys.readouterr().err


async def test_run_report_complains_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What keeps all files of a document from being written is said once, also where another's fault comes between."""
    (tmp_path / "a").write_text("in the way")
    image = PageImage(1, 1, b"", "image/png")
    figures = [FigureCut(PageId(0, number), f"figures/page-{number}-1.png", image) for number in (1, 2)]
    between = DocumentFailed(1, Unreachable("Nothing answers."))
    assert await batch(tmp_path, opened(0, "a.pdf", 2), figures[0], between, figures[1])
    assert capsys.readouterr().err.count("cannot be written") == 1
