"""The real page under kill -9; `python -m bench.library_kills` kills at more moments."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.library_kills import CHUNKS, PAGES, Killing, Paper
from ocr.document_store.document_library import DocumentLibrary
from ocr.types import Document
from tests.document_store.keeping import keep

pytestmark = pytest.mark.anyio
READ = PAGES * (CHUNKS + 1) + 2
"""Steps until a document is read: it is added, its pages arrive and end."""


async def test_library_kills_lose_nothing(tmp_path: Path) -> None:
    """As a page ends, and as a deletion is asked for, after a correction: what the page has shown holds afterwards."""
    killing = Killing(tmp_path)
    moments = []
    for steps in (1 + CHUNKS + 1, 2 * READ + 5):
        moments.append(await killing.kill(steps))
        killing.check()
    killing.check_remains()
    assert moments == ["a page ends", "a deletion is asked for"]


@pytest.mark.parametrize("claim", ["lost", "uncorrected", "returned"])
def test_library_kills_notice_what_is_wrong(claim: str, tmp_path: Path) -> None:
    """A library that is not what the page has shown."""
    killing = Killing(tmp_path)
    there, other = (Paper(tmp_path / f"paper{serial}.pdf", serial, shown=True) for serial in (0, 1))
    there.write()
    document = Document(
        there.path, there.path.name, "application/pdf", PAGES, hashlib.sha256(there.path.read_bytes()).hexdigest()
    )
    library = DocumentLibrary(killing.library, 10**9)
    keep(library, document, *("".join(there.text(there.wrong(number))) for number in range(1, PAGES + 1)))
    library.close()
    killing.papers = [there]
    killing.check()
    match claim:
        case "lost":
            killing.papers.append(other)
        case "uncorrected":
            there.corrected = True
        case "returned":
            there.deleted = True
    with pytest.raises(AssertionError):
        killing.check()
