"""result_formats.py: each format has a file of its own, named by what it is."""

from __future__ import annotations

from ocr.config.arguments import parse_formats
from ocr.result_formats import Format, file_name


def test_result_formats_names() -> None:
    assert [file_name(form) for form in Format] == [
        "document.md", "result.json", "document.html", "document.txt", "document.docx", "document.zip",
        "document.pdf", "document.hocr", "document.alto.xml", "document.page.zip",
    ]  # fmt: skip
    assert [file_name(form, "page-3") for form in (Format.JSON, Format.ALTO)] == ["page-3.json", "page-3.alto.xml"]


def test_result_formats_are_those_of_the_command_line() -> None:
    assert parse_formats(",".join(Format)) == tuple(Format)
