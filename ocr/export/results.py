"""The result of a document, as Markdown and as JSON."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ocr.parsing.repair import without_controls
from ocr.types import Document, Finish, PageResult

SCHEMA = Path(__file__).with_name("result.schema.json")
"""The JSON Schema of result.json."""

_PAGE_COMMENT = re.compile(r"<!--(?=\s*page\s*\d)", re.IGNORECASE)
"""A page's own text that reads like the comment before each page."""


@dataclass(frozen=True, slots=True)
class Results:
    """What has been read of a document, and what read it."""

    document: Document
    server_url: str | None
    """None for the CPU engine."""
    model: str
    pages: Collection[PageResult]
    """In the document's order; those that were read."""
    figures: Mapping[str, Path] = field(default_factory=dict)
    """Name in the Markdown, `figures/page-2-1.png` → the file with the picture."""
    whole_document: bool = True
    """Whether a PDF has all pages of the document, those that were not read too; else it has `pages` alone."""


def document_markdown(pages: Iterable[PageResult]) -> Iterator[str]:
    """The pages' Markdown, each after a comment that names it, and after what is wrong with it if something is."""
    for index, page in enumerate(pages):
        notice = f" {page.finish}" if page.finish != "stop" else ""
        between = "\n\n" if index else ""
        text = _PAGE_COMMENT.sub("&lt;!--", without_controls(page.markdown))
        yield f"{between}<!-- page {page.number}{notice} -->\n\n{text}".rstrip()
    yield "\n"


def result_json(document: Document, server_url: str | None, model: str, pages: Iterable[PageResult]) -> Iterator[str]:
    """The one schema of our results, described by result.schema.json, page by page."""
    yield _json(_head(document, server_url, model)).removesuffix("\n}") + ',\n "pages": ['
    between = "\n  "
    for page in pages:
        yield between + _json(page_value(page)).replace("\n", "\n  ")  # no text holds a line break: JSON escapes it
        between = ",\n  "
    yield "\n ]\n}\n"


def result_value(document: Document, server_url: str | None, model: str, pages: Iterable[PageResult]) -> dict[str, Any]:
    """What result.json holds, for whoever sends it in another way."""
    return {**_head(document, server_url, model), "pages": [page_value(page) for page in pages]}


def _head(document: Document, server_url: str | None, model: str) -> dict[str, Any]:
    return {
        "document": {"name": document.name, "sha256": document.sha256, "pages": document.pages},
        "server": {"url": server_url and _address(server_url), "model": model},
    }


def _address(url: str) -> str:
    """A server's URL without the user and password that may stand in it: results are passed on."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def notice(page: PageResult) -> str:
    """What a reader must know of a page: that its text is partial, or missing, and why. Empty when all is well."""
    if page.finish is Finish.UNREAD:
        return f"Page {page.number} was not read. {without_controls(page.error or '')}".rstrip()
    if page.finish is Finish.FAILED:
        how_far = " to its end" if page.markdown.strip() else ""
        return f"Page {page.number} could not be read{how_far}. {without_controls(page.error or '')}".rstrip()
    if page.finish in PARTIAL:
        return f"Page {page.number} {PARTIAL[page.finish]}: the text is partial."
    return "" if page.markdown.strip() else f"Page {page.number} has no text."


PARTIAL = {
    Finish.LENGTH: "was cut at the token limit",
    Finish.REPETITION: "was cut where the model began to repeat itself",
    Finish.CANCELLED: "was stopped",
}
"""Ends that leave a part of the page."""


def page_value(page: PageResult) -> dict[str, Any]:
    """One of the pages of result.json."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "rotation": page.rotation,
        "corners": page.corners and page.corners.as_list(),
        "markdown": page.markdown,
        "raw": page.raw,
        "regions": [
            {"label": region.label, "box": region.box.as_list(), "text": region.text} for region in page.regions
        ],
        "finish": page.finish.value,
        "error": page.error,
        "attempts": page.attempts,
        "kept": page.chosen_try,
        "tries": [asdict(one) for one in page.tries],
        "tokens": page.tokens,
        "seconds": page.seconds,
        "cached": page.cached,
        "answered_by": page.answered_by,
        "server": page.server,
        "missing_fonts": list(page.missing_fonts),
        **verified_value(page),
    }


def verified_value(page: PageResult) -> dict[str, Any]:
    """What result.json holds of a verified page, with `words` where their places are known; nothing of another."""
    if page.check is None:
        return {}
    check = {key: value for key, value in asdict(page.check).items() if key != "findings"}
    return {
        "check": {**check, "findings": [asdict(finding) for finding in page.check.findings]},
        **({"words": [asdict(word) for word in page.words]} if page.words else {}),
    }
