"""dry_run.py: pages are counted, or estimated in a way that says so; hours and price follow from a stated rate."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr.batch import dry_run
from ocr.batch.batch_command import main
from ocr.batch.batch_settings import DryRun
from ocr.batch.dry_run import PUBLISHED_RATE, PageCount, count_pages, kinds, report, sample
from ocr.batch.source_document import SourceDocument
from ocr.batch.sources import find_documents
from ocr.documents.renderer import Renderer
from ocr.errors import StorageError
from tests.batch.coded_pages import coded_pdf
from tests.batch.made_sources import make_zip

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def renderer() -> AsyncIterator[Renderer]:
    with Renderer(1) as running:
        yield running


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Documents of 1, 2, 3 and 4 pages, one of them in a zip, and one that cannot be opened."""
    for pages in (1, 2, 3):
        coded_pdf(tmp_path / "in" / f"{pages}.pdf", pages, pages)
    packed = coded_pdf(tmp_path / "four.pdf", 4, 4)
    make_zip(tmp_path / "in" / "z.zip", {"four.pdf": packed.read_bytes()})
    (tmp_path / "in" / "broken.PDF").write_bytes(b"%PDF-nothing")
    return tmp_path / "in"


async def test_dry_run_counts(source: Path, renderer: Renderer) -> None:
    """Every page of few documents, of those asked for; what cannot be opened is told."""
    documents = list(find_documents(str(source)))
    assert kinds(documents) == {".pdf": 5}
    assert await count_pages(documents, renderer) == PageCount(10, 0, 5, 1)
    assert await count_pages(documents, renderer, pages="2-3") == PageCount(5, 0, 5, 2)
    said = dict(report(documents, PageCount(10, 0, 5, 1), DryRun()))
    assert said["pages"] == "10, all counted; 1 of these cannot be opened"
    assert f"{PUBLISHED_RATE} pages/s" in said["rate"] and "publisher" in said["rate"]


async def test_dry_run_estimates(source: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many a sample is opened, and the report says so, with a margin."""
    monkeypatch.setattr(dry_run, "MAX_COUNTED", 40)
    documents = [document for document in find_documents(str(source)) if document.id != "broken.PDF"] * 100
    count = await count_pages(documents, renderer)
    assert (count.counted, count.unopened) == (40, 0)
    assert abs(count.pages - 1000) <= count.margin < 300
    pages = dict(report(documents, count, DryRun()))["pages"]
    assert "estimated from 40 documents" in pages and "about" in pages


async def test_dry_run_does_not_guess_what_cannot_be_read(
    source: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that does not answer is an error, not a number of documents that cannot be opened."""

    def unreachable(*_: object) -> None:
        raise StorageError("No connection.")

    monkeypatch.setattr(dry_run, "fetched", unreachable)
    with pytest.raises(StorageError, match="No connection"):
        await count_pages(list(find_documents(str(source))), renderer)


def test_dry_run_reports() -> None:
    """Hours are those of all servers together, the price is that of each of their hours."""
    documents = [SourceDocument(f"{number}.pdf", f"/in/{number}.pdf", 500_000) for number in range(1000)]
    said = dict(report(documents, PageCount(72_000, 500, 300, 0), DryRun(rate=2.0, servers=4, price=3.0)))
    assert said["documents"] == "1,000 (1,000 .pdf), 0.500 GB"
    assert said["pages"].startswith("about 72,000 ± 500 (95 %), estimated from 300 documents")
    assert said["rate"] == "2 pages/s a server (as --rate gives it), servers: 4"
    assert said["time"].startswith("2.5 h") and said["price"] == "30.00 at 3 a server and hour"


def test_dry_run_command(source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It prints names with values, asks no server, and writes nothing."""
    (source / "notes.txt").write_text("words")
    target = tmp_path / "target"
    argv = [str(source), "--out", str(target), "--dry-run", "--price", "2.5", "--server-url", "http://127.0.0.1:9"]
    assert main(argv) == 0
    said = dict(line.split("\t") for line in capfd.readouterr().out.splitlines())
    assert said["pages"].startswith("10, all counted") and said["left out"] == "1 .txt" and "price" in said
    assert not target.exists()


@pytest.mark.parametrize("options", [["--rate", "2"], ["--dry-run", "--rate", "0"], ["--dry-run", "--price", "x"]])
def test_dry_run_usage(options: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["in", "--out", "out", *options])
    assert options[-2] in capfd.readouterr().err


def test_dry_run_sample_is_fair() -> None:
    """It holds small and large ones in their proportion, each at most once, whatever the order."""
    documents = [SourceDocument(f"{number:04}", "", number) for number in range(1000)]
    shuffled = random.Random(1).sample(documents, 1000)
    chosen = sample(shuffled, 100)
    assert len(set(chosen)) == 100 and sum(one.bytes < 500 for one in chosen) == 50
    assert chosen == sample(documents, 100)
    assert sample(documents[:5], 100) == documents[:5]
