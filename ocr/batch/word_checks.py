"""What the word check says of rows: of each page, of a document, and of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

COUNTS = ("page_words", "found", "text_words", "supported")
CHECK_COLUMNS = ("check.source", *(f"check.{name}" for name in COUNTS), "check.findings.list.element.weak")
"""What is read of the column `check`."""
FIELDS = (("compared", pa.bool_()), *((name, pa.int32()) for name in (*COUNTS, "places")))
"""What an index has of a check, if any page was verified. `compared` is null of a page that was not, and false where
there was nothing to compare its text with; the numbers are null then. `places` are those to look at."""


def check_columns(checks: pa.ChunkedArray) -> dict[str, pa.Array]:
    """FIELDS of a part's column `check`; nothing of a part in which no page was verified."""
    check = checks.combine_chunks()
    if check.null_count == len(check):
        return {}
    compared = pc.is_valid(pc.struct_field(check, "source"))
    findings = pc.struct_field(check, "findings")
    weak = pc.struct_field(pc.list_flatten(findings), "weak")
    rows = pc.list_parent_indices(findings).to_numpy()[~weak.to_numpy(zero_copy_only=False)]
    numbers = {name: pc.struct_field(check, name) for name in COUNTS}
    numbers["places"] = pa.array(np.bincount(rows, minlength=len(check)), pa.int32())
    nothing = pa.scalar(None, pa.int32())
    return {
        "compared": pc.if_else(pc.is_valid(check), compared, pa.scalar(None, pa.bool_())),
        **{name: pc.if_else(compared, number, nothing) for name, number in numbers.items()},
    }


def shares(table: pa.Table) -> np.ndarray:
    """For each row of an index the share of its words that were found, as `--require` has it; 0 if not compared.

    It is the smaller of two: of the page's words that the text has, and of the text's words that the page has.
    """
    if "compared" not in table.column_names:
        return np.zeros(len(table))
    page_words, found, text_words, supported = (table[name].fill_null(0).to_numpy() for name in COUNTS)
    share = np.minimum(_share(found, page_words), _share(supported, text_words))
    return np.asarray(np.where(table["compared"].fill_null(False).to_numpy(), share, 0.0))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.ones(len(whole)), where=whole > 0))


@dataclass(frozen=True, slots=True)
class CheckedWords:
    """The checks of all pages of a run together."""

    pages: int
    """Pages that were compared with the words on them."""
    unchecked: int
    """Pages that there was nothing to compare with."""
    page_words: int
    found: int
    text_words: int
    supported: int
    places: int
    """Places to look at."""
    doubtful: int
    """Pages that have one."""

    @classmethod
    def of(cls, pages: pa.Table) -> Self | None:
        """Those of these rows of an index; None where none of them was verified."""
        if "compared" not in pages.column_names or pages["compared"].null_count == len(pages):
            return None
        compared = pc.sum(pages["compared"]).as_py()
        totals = {name: pc.sum(pages[name]).as_py() or 0 for name in (*COUNTS, "places")}
        unchecked = len(pages) - pages["compared"].null_count - compared
        return cls(pages=compared, unchecked=unchecked, doubtful=len(doubtful_pages(pages)), **totals)


def doubtful_pages(pages: pa.Table, required: float | None = None) -> pa.Table:
    """The rows that somebody should look at: those with places to look at, or fewer than `required` of their words.

    Of pages that were not compared, and of documents that could not be opened, no words were found.
    """
    if required is not None:
        return pages.filter(pa.array(shares(pages) < required))
    if "compared" not in pages.column_names:
        return pages.slice(0, 0)
    return pages.filter(pc.and_(pages["compared"], pc.greater(pages["places"], 0)).fill_null(False))


@dataclass(frozen=True, slots=True)
class UnverifiedDocument:
    """A document of which fewer words were found than asked for."""

    id: str
    share: float
    unchecked: int
    """Pages that could not be checked, and count as not found."""
    opened: bool = True
    """False of one that could not be opened."""


def unverified_documents(pages: pa.Table, required: float) -> Sequence[UnverifiedDocument]:
    """The documents of these rows with fewer than `required` of their words found, pages not checked, or not opened."""
    if not len(pages):
        return []
    for name, kind in FIELDS if "compared" not in pages.column_names else ():
        pages = pages.append_column(name, pa.nulls(len(pages), kind))
    compared = pages["compared"].fill_null(False)
    read = pc.greater(pages["page"], 0)
    counted: Any = pages.select(["id", *COUNTS])
    counted = counted.append_column("missed", pc.cast(pc.and_(read, pc.invert(compared)), pa.int32()))
    counted = counted.append_column("read", pc.cast(read, pa.int32()))
    names = (*COUNTS, "missed", "read")
    sums = counted.group_by("id").aggregate([(name, "sum") for name in names])
    sums = sums.rename_columns(["id", *names]).append_column("compared", pa.array([True] * len(sums)))
    columns = {"id": sums["id"], "share": pa.array(shares(sums)), "unchecked": sums["missed"]}
    columns["opened"] = pc.greater(sums["read"], 0)
    documents = (UnverifiedDocument(**one) for one in pa.table(columns).to_pylist())
    lacking = (one for one in documents if one.unchecked or one.share < required or not one.opened)
    return sorted(lacking, key=lambda one: one.id)
