"""The list of the library as the screen shows it: documents, pages with hits, and what there is to know."""

from collections.abc import Sequence
from typing import Any

from ocr.document_store.library_values import LibraryDocument
from ocr.document_store.text_index import LibraryHit
from ocr.errors import OcrError
from ocr.i18n import Translatable, gettext, ngettext
from ocr.web.views import messages
from ocr.web.views.engine_messages import short_name

NO_FULL_TEXT = gettext(
    "The texts cannot be searched: the SQLite of this Python has no FTS5 with trigrams (3.34 or newer). "
    "Names can be filtered."
)


def library_list(
    documents: Sequence[LibraryDocument],
    hits: Sequence[LibraryHit] | None,
    notice: Translatable | None,
    problem: OcrError | None,
) -> dict[str, Any]:
    """All of it, with translatable texts; without `hits` texts cannot be searched."""
    return {
        "documents": [_document(document) for document in documents],
        "hits": [_hit(hit) for hit in hits or ()],
        "notice": notice or "",
        "limits": NO_FULL_TEXT if hits is None else "",
        "problem": problem.full_message if problem else "",
    }


def _document(document: LibraryDocument) -> dict[str, Any]:
    """A document. Its thumbnail's address names its content, since browsers keep what they have fetched for a day."""
    return {
        "id": document.id,
        "thumbnail": f"{document.id}/thumbnail?of={document.sha256[:16]}",
        "name": document.name,
        "pages": _pages(document),
        "state": _state(document),
        "model": short_name(document.model),
        "read_at": document.read_at,
    }


def _pages(document: LibraryDocument) -> Translatable:
    if document.pages_read == document.page_count:
        return messages.pages(document.page_count)
    return ngettext(
        "{read} of {count} page", "{read} of {count} pages", document.page_count, read=document.pages_read
    )  # fmt: skip


def _state(document: LibraryDocument) -> Translatable | str:
    """What is wrong with some of its pages; empty where nothing is."""
    count = document.pages_incomplete
    return ngettext("{count} incomplete", "{count} incomplete", count) if count else ""


def _hit(hit: LibraryHit) -> dict[str, Any]:
    return {
        "document": hit.document_id,
        "page": hit.page,
        "label": gettext("Page {number}", number=hit.page),
        "matched": hit.matched,
        "before": hit.before,
        "after": hit.after,
    }
