"""Writes results as files."""

from ocr.export.child_processes import killing_children
from ocr.export.files import write_figure, write_results
from ocr.export.formats import ZIPPED, Folders, check_formats, write_zip
from ocr.export.packed_pages import PackedPages
from ocr.export.results import SCHEMA, Results, document_markdown, notice, page_value, result_json, result_value
from ocr.export.word import can_write_word
from ocr.result_formats import Format, file_name

__all__ = [
    "SCHEMA",
    "ZIPPED",
    "Folders",
    "Format",
    "PackedPages",
    "Results",
    "can_write_word",
    "check_formats",
    "document_markdown",
    "file_name",
    "killing_children",
    "notice",
    "page_value",
    "result_json",
    "result_value",
    "write_figure",
    "write_results",
    "write_zip",
]
