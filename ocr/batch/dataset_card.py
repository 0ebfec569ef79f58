"""The dataset card of merged rows: README.md, as Hugging Face datasets reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ocr
from ocr.batch.counts import counted
from ocr.filenames import printable

SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
)
"""The Hub's words for fewer than this many rows."""

COLUMN_MEANINGS = {
    "id": "the document: its path below the source, with `/`",
    "source": "where the document was read from",
    "sha256": "SHA-256 of the document's bytes",
    "page": "page number, from 1",
    "pages": "number of pages of the document",
    "markdown": "the page's text as Markdown",
    "raw": "the model's answer, untouched",
    "regions": "parts of the page that the model placed: `label`, `box` (left, top, right, bottom; 0–1000), `text`",
    "blocks": "paragraphs, tables and so on of `markdown`: `start` and `end` in it, and the `regions` of each, from 0",
    "figures": "pictures that `markdown` refers to, where they were kept: `name` there, and `file`, beside `data/`",
    "finish": "`stop`: whole; `length`: cut at the token limit; `repetition`: cut at a loop; `failed`: see `error`",
    "error": "why a page failed, and what to do next",
    "blank": "whether the page was read and there is nothing on it",
    "tokens": "tokens of the answer",
    "attempts": "requests that were made for the page",
    "kept": "number of the request whose text this is, from 1; 0: none",
    "tries": "the requests in turn: `temperature`, `longest_side` (pixels), `finish`, `tokens`, `error`",
    "seconds": "from the first request for the page to its end",
    "width": "pixels of the image that was read",
    "height": "pixels of the image that was read",
    "rotation": "degrees clockwise by which the page was turned before it was read",
    "corners": "corners of the sheet in a photograph that was straightened before it was read, `[x, y]` (0–1000) "
    "clockwise from the top left; null: the picture was read as it is",
    "cached": "whether the text came from the cache",
    "missing_fonts": "fonts of the page that were not there: letters in them may be missing",
    "server": "address of the server that read the page",
    "answered_by": "the model that the server says has answered, where it is another one",
    "check": "the text compared with the words that stand on the page; null where that was not asked for. `source`: "
    "where those words are from (null: there was nothing to compare with, see `note`); `page_words`, and of them those "
    "`found` in the text; `text_words`, and of them those `supported` by the page; `set_aside`: headers, words in "
    "figures; `findings`: `kind`, `text`, `page_text`, `start` and `end` in `markdown`, `boxes` (0–1000), `weak`",
    "model": "the model that read the page",
    "root": "where the server had the model from",
    "revision": "revision of the model",
    "profile": "settings for the model's family",
    "version": "Pagelight's version",
    "read_at": "when the page was read",
}
"""What stands in the columns."""


def dataset_card(report: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """The card of a dataset; `report` is that of report.json, `columns` are names and types of the columns."""
    return "\n".join([*_front_matter(report), "", *_body(report, columns)]) + "\n"


def _front_matter(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["pages"]["total"]
    size = next((word for limit, word in SIZE_CATEGORIES if rows < limit), "10B<n<100B")
    yield from (
        "---",
        "pretty_name: Pages read by Pagelight",
        "task_categories:",
        "- image-to-text",
        "tags:",
        "- ocr",
        "- pagelight",
        "size_categories:",
        f"- {size}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: data/train-*.parquet",
        "---",
    )


def _body(report: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[str]:
    documents, pages = report["documents"], report["pages"]
    models = ", ".join(f"`{printable(model)}`" for model in report["models"]) or "no model"
    yield from (
        "# Pages read by Pagelight",
        "",
        f"{counted(pages['total'], 'page')} of {counted(documents['total'], 'document')}, read by {models} with "
        f"Pagelight {ocr.__version__}. One row is one page; rows are sorted by document and page.",
        "",
    )
    if missing := documents["missing"]:
        yield from (f"**This dataset is partial: {counted(missing, 'document')} not read to the end.**", "")
    yield from (
        "| pages | |",
        "|---|---|",
        f"| read to the end | {pages['stop']:,} |",
        f"| of them blank | {pages['blank']:,} |",
        f"| cut at the token limit (`length`) | {pages['length']:,} |",
        f"| cut where the model began to repeat itself (`repetition`) | {pages['repetition']:,} |",
        f"| failed | {pages['failed']:,} |",
        f"| **all** | {pages['total']:,} |",
        "",
        *_checked_words(report["words"]),
        f"Documents that could not be opened: {documents['failed']:,}. They and the failed pages are listed with the "
        "reason in failed.parquet.",
        "",
        "## Columns",
        "",
        "| column | type | |",
        "|---|---|---|",
        *(f"| `{name}` | `{kind}` | {COLUMN_MEANINGS[name]} |" for name, kind in columns.items()),
        "",
        "## How it was made",
        "",
        "Each page was rendered as an image, which the model turned into text; boxes are places on that image. The "
        "text was not corrected by anybody. A model can misread, leave out or invent words; `finish` tells which pages "
        "are known to be partial. The rights to the texts are those of the documents.",
    )


def _checked_words(checked: Mapping[str, int] | None) -> Iterator[str]:
    """How the texts compare with the words on the pages, if they were compared."""
    if not checked:
        return
    yield from (
        f"Of the {counted(checked['page_words'], 'word')} that stand on {counted(checked['pages'], 'page')}, "
        f"{checked['found']:,} were found in the texts; of the texts' {counted(checked['text_words'], 'word')}, "
        f"{checked['supported']:,} stand on the pages. {counted(checked['doubtful'], 'page')} with "
        f"{counted(checked['places'], 'place')} to look at; {counted(checked['unchecked'], 'page')} with nothing to "
        "compare with. The column `check` has it page by page.",
        "",
    )
