"""The formats of results and of training data, and the names of their files."""

from enum import StrEnum


class Format(StrEnum):
    """Formats of results; the values are those of `--formats`, and most are the suffix of the file.

    A new one also stands in `content` (export/formats.py), and in `FORMAT_LABELS` (web/actions/downloads.py).
    """

    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"
    TEXT = "txt"
    WORD = "docx"
    ZIP = "zip"
    """Markdown, JSON, HTML and text, and the figures."""
    PDF = "pdf"
    """Searchable: the document's pages with what was read behind them."""
    HOCR = "hocr"
    ALTO = "alto"
    PAGE = "page"
    """PAGE XML: a zip, since the format has a file for each page."""


PLACED_FORMATS = frozenset({Format.PDF, Format.HOCR, Format.ALTO, Format.PAGE})
"""Those that have each word's place, which verifying a page finds."""

DOCUMENT_FORMATS = frozenset({Format.PDF})
"""Those that are made of the document's file, too, and not of what was read alone."""
FORMATS_BESIDE_FIGURES = frozenset({Format.MARKDOWN, Format.JSON})
"""Those that refer to figures in files beside them; the others hold them, or have none."""

_SUFFIXES = {Format.ALTO: "alto.xml", Format.PAGE: "page.zip"}
"""Those that are not the format's name."""


def file_name(form: Format, stem: str = "document") -> str:
    """The name of a document's file of this format; `stem` is `document` for a whole one."""
    if form is Format.JSON and stem == "document":
        return "result.json"
    return f"{stem}.{_SUFFIXES.get(form, form)}"


class DataFormat(StrEnum):
    """Forms of pages as data to fine-tune and to test models with."""

    JSONL = "training-jsonl"
    """A zip with train.jsonl and the images."""
    PARQUET = "training-parquet"
    TRUTH = "ground-truth"
    """A zip with a Markdown file beside each image."""


DATA_SUFFIXES = {
    DataFormat.JSONL: "-training.zip",
    DataFormat.PARQUET: "-training.parquet",
    DataFormat.TRUTH: "-truth.zip",
}
"""What follows the document's name in the name of the file."""
