"""The value of the places to look at: where the text of a document disagrees with its pages."""

import math
from collections.abc import Sequence
from typing import Any

from ocr.i18n import Translatable, gettext, ngettext
from ocr.page_words import Finding, FindingKind, PageCheck
from ocr.parsing.visible_text import visible_text
from ocr.web.state.browser_names import page_name
from ocr.web.state.page_state import PageState
from ocr.web.state.session import Session
from ocr.web.state.verified_text import place_id

KINDS = {
    FindingKind.MISSING: gettext("The text leaves this out."),
    FindingKind.UNSUPPORTED: gettext("The page does not have this."),
    FindingKind.DIFFERS: gettext("The page reads otherwise."),
    FindingKind.MOVED: gettext("It stands elsewhere on the page."),
}
"""What is wrong at a place."""

CORRECTIONS = {
    FindingKind.MISSING: gettext("Insert the page's words"),
    FindingKind.UNSUPPORTED: gettext("Remove these words"),
    FindingKind.DIFFERS: gettext("Take the page's word"),
}
"""What can be done about it at one press."""

MAX_CHARS = 400
"""Characters of a place that are shown; a paragraph that was left out may have thousands."""

CLOSED: dict[str, Any] = {
    "page": "", "summary": "", "pages": [], "places": [], "note": "", "unchecked": 0, "checking": False, "undo": False,
    "redo": False,
}  # fmt: skip
"""What is sent where there is nothing to say."""


def places(session: Session, page: PageState | None, *, on_request: bool) -> dict[str, Any]:
    """The places of the page that is shown, how many each page of its document has, and what there is to do.

    `on_request` says that scans are compared when the visitor asks for it, not by themselves.
    """
    if page is None:
        return CLOSED
    document, checks = page.page.document, session.checks
    pages = [one for one in session.pages.values() if one.page.document == document]
    checked = [one for one in pages if one.verified]
    by_themselves = not on_request and not session.active
    coming = (*checks.changed, *checks.requested, *(checks.scans if by_themselves else ()))
    checking = any(one.document == document for one in coming)
    offered = on_request and not session.active and not checking
    return {
        "page": page_name(page.page),
        "summary": _summary(checked),
        "pages": [[page_name(one.page), len(one.places)] for one in checked if one.places],
        "places": [_place(finding) for finding in page.places],
        "note": page.verified.check.note if page.verified else "",
        "unchecked": sum(one.document == document for one in checks.scans) if offered else 0,
        "checking": checking,
        "undo": bool(page.undoable),
        "redo": bool(page.redoable),
    }


def _place(finding: Finding) -> dict[str, Any]:
    return {
        "id": place_id(finding),
        "kind": finding.kind.value,
        "what": KINDS[finding.kind],
        "text": _shortened(" ".join(visible_text(finding.text).replace("|", " ").split())),
        "page_text": _shortened(finding.page_text),
        "take": CORRECTIONS.get(finding.kind, ""),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}…"


def _summary(checked: Sequence[PageState]) -> str:
    """`Look here first: 3 places`, else the share of words that were found; empty where nothing was compared."""
    count = sum(len(page.places) for page in checked)
    if count:
        return ngettext("Look here first: {count} place", "Look here first: {count:,} places", count)
    checks = [page.verified.check for page in checked if page.verified and page.verified.check.source]
    return _share_found(checks) if checks else ""


def _share_found(checks: Sequence[PageCheck]) -> Translatable:
    words, found = sum(check.page_words for check in checks), sum(check.found for check in checks)
    share = math.floor(1000 * found / words) / 10 if words else 100.0  # 100 % only where not one is lacking
    return gettext("{percent:.1f} % of the words on the pages are in the text", percent=share)
