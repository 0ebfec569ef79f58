"""What the command line says of a document's pages."""

from __future__ import annotations

from dataclasses import replace

from ocr.cli.document_totals import DocumentTotals
from ocr.page_words import PageCheck, WordSource
from ocr.types import Finish, PageResult

READ = PageResult(1, 10, 14, "Text", "raw", (), Finish.STOP, None, 1, 42, 1.5)


def test_document_totals() -> None:
    """Pages in any order; those that ended badly, are blank or came from the cache are counted."""
    check = PageCheck(WordSource.TEXT_LAYER, 100, 98, 100, 100)
    totals = DocumentTotals()
    totals.add(replace(READ, number=3, raw=" ", markdown="", missing_fonts=("Times", "Arial")))
    totals.add(replace(READ, number=1, check=check, missing_fonts=("Arial",)))
    totals.add(replace(READ, number=2, finish=Finish.LENGTH, cached=True))
    assert totals.summary(verified=False) == "3 pages, 1 truncated, 1 blank, 1 from the cache"
    assert "98 % of the pages' words found, 2 not checked" in totals.summary(verified=True)
    assert (totals.lacking_fonts, totals.missing_fonts) == ([3, 1], {"Arial", "Times"})


def test_document_totals_of_one_page() -> None:
    totals = DocumentTotals()
    totals.add(READ)
    assert totals.summary(verified=False) == "1 page"
