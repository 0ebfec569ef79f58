"""Rows are the pages of result.json as columns."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from ocr.batch.rows import SCHEMA, ReadBy, document_row, page_row
from ocr.config.profiles import Model, read_options
from ocr.errors import DamagedDocument
from ocr.export.results import page_value
from ocr.photo_sheets import SheetCorners
from ocr.types import Box, Document, Finish, PageResult, Region, Try

READ_BY = ReadBy("model", "root", None, "LightOnOCR-2")
ENTRY = SimpleNamespace(id="a/b.pdf", uri="/in/a/b.pdf")
DOCUMENT = Document(Path("/in/a/b.pdf"), "b.pdf", "application/pdf", 7, "ab" * 32)


def page(number: int = 3, finish: Finish = Finish.STOP, markdown: str = "text é") -> PageResult:
    region = Region("text", Box(1, 2, 1000, 999), "text é")
    tries = (Try(0.25, 1540, Finish.LENGTH, 9, "cut"), Try(0.5, 1540, finish, 5))
    return PageResult(
        number, 1088, 1540, markdown, f"raw {markdown}", (region,), finish, None, 2, 5, 1.5, tries=tries, chosen_try=2,
        rotation=90, server="http://a/v1", answered_by="other", missing_fonts=("Arial",),
        corners=SheetCorners.of([[1, 2], [900, 3], [901.5, 950], [0, 1000]]),
    )  # fmt: skip


def test_page_row_has_the_values_of_result_json() -> None:
    """Each of a page's fields in result.json is a column of that name with that value, but the number is `page`."""
    expected = page_value(page())
    assert set(expected) - {"number"} < set(SCHEMA.names)
    (row,) = pa.Table.from_pylist([page_row(ENTRY, DOCUMENT, page(), READ_BY)], SCHEMA).to_pylist()
    assert row.pop("page") == expected.pop("number")
    assert {name: row[name] for name in expected} == expected
    assert (row["id"], row["source"], row["sha256"], row["pages"]) == (ENTRY.id, ENTRY.uri, DOCUMENT.sha256, 7)
    assert (row["model"], row["root"], row["revision"], row["profile"]) == ("model", "root", None, "LightOnOCR-2")
    assert row["read_at"].tzinfo


def test_rows_have_the_columns_of_the_schema() -> None:
    """No value is dropped because it has no column; a document's row leaves out only what a page alone has."""
    error = DamagedDocument("It is damaged.", "Save it again.")
    assert set(page_row(ENTRY, DOCUMENT, page(), READ_BY)) == set(SCHEMA.names)
    row = document_row(ENTRY, error, READ_BY)
    assert set(row) < set(SCHEMA.names)
    assert (row["page"], row["finish"], row["error"]) == (0, "failed", "It is damaged. Save it again.")


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://me:secret@host:8/a.pdf?x=1#zip=b", "https://host:8/a.pdf?x=1#zip=b"),
        ("https://host/me@home.pdf", "https://host/me@home.pdf"),
        ("/in/me@home?#.pdf", "/in/me@home?#.pdf"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
    ],
)
def test_rows_hold_no_password(uri: str, source: str) -> None:
    """They are published as they are."""
    entry = SimpleNamespace(id="a.pdf", uri=uri)
    assert page_row(entry, DOCUMENT, page(), READ_BY)["source"] == source
    assert document_row(entry, DamagedDocument("It is damaged."), READ_BY)["source"] == source


def test_read_by_names_the_family() -> None:
    """The family is found as for reading, by the root where the name says nothing."""
    read_by = ReadBy.of(read_options(Model("served", "lightonai/LightOnOCR-2-1B", revision="main")))
    assert read_by == ReadBy("served", "lightonai/LightOnOCR-2-1B", "main", "LightOnOCR-2")
