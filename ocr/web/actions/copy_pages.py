"""What the clipboard gets of a page or a document: the text that the screen shows, with what is missing in it."""

import asyncio
import json
from collections.abc import Iterable, Sequence

from ocr.export import notice
from ocr.export.clipboard import CopiedPage, CopyForm, copied_text
from ocr.types import PageId
from ocr.web.state.corrections import changes_made
from ocr.web.state.page_state import UNFINISHED, PageState, PageStatus
from ocr.web.state.session import Session


def parse_form(given: object) -> CopyForm | None:
    """The form of this name; None if there is none."""
    return CopyForm(given) if isinstance(given, str) and given in set(CopyForm) else None


async def copied_json(session: Session, page: PageId, form: CopyForm, *, whole: bool) -> bytes:
    """JSON of what is copied: `texts` by media type, and what is to be said of it.

    `pages` is the number of pages with text, `incomplete` that of pages whose text is partial or missing, `left_out`
    that of figures.

    Args:
        session: the visitor's.
        page: one of its pages.
        form: what the clipboard gets.
        whole: the whole document of that page.
    """
    await changes_made(session)
    wanted = [
        one for one in session.pages.values() if one.page == page or (whole and one.page.document == page.document)
    ]
    pages = _pages(wanted)
    incomplete = sum(_lacks_text(one) for one in wanted)
    read = sum(bool(one.markdown.strip()) for one in wanted)
    return await asyncio.to_thread(_json, pages, form, read, incomplete)


def _json(pages: Sequence[CopiedPage], form: CopyForm, read: int, incomplete: int) -> bytes:
    texts, left_out = copied_text(pages, form) if read else ({}, 0)
    said = {"pages": read, "incomplete": incomplete, "left_out": left_out}
    members = [b"%s: %s" % (json.dumps(kind).encode(), _json_string(pieces)) for kind, pieces in texts.items()]
    return b'{"texts": {%s}, %s' % (b", ".join(members), json.dumps(said).encode()[1:])


def _json_string(pieces: Iterable[str]) -> bytes:
    """A text as JSON, encoded piece by piece."""
    inside = (json.dumps(piece, ensure_ascii=False)[1:-1].encode(errors="replace") for piece in pieces)
    return b'"%s"' % b"".join(inside)


def _pages(pages: Iterable[PageState]) -> list[CopiedPage]:
    """The pages as they are now; one notice stands for consecutive pages that were never read."""
    copied: list[CopiedPage] = []
    unread: list[int] = []
    for page in pages:
        if not page.markdown.strip() and page.status in UNFINISHED:
            unread.append(page.page.number)
            continue
        copied += _unread(unread)
        unread = []
        copied.append(CopiedPage(page.markdown, _notice(page), dict(page.figures)))
    return [*copied, *_unread(unread)]


def _unread(numbers: Sequence[int]) -> list[CopiedPage]:
    if not numbers:
        return []
    several = len(numbers) > 1
    said = f"Pages {numbers[0]}-{numbers[-1]} were not read." if several else f"Page {numbers[0]} was not read."
    return [CopiedPage("", said)]


def _notice(page: PageState) -> str:
    """What a reader must know of the page's text; a blank page lacks nothing."""
    if page.status is PageStatus.READING:
        return f"Page {page.page.number} is being read: the text is partial."
    result = page.result or (page.previous.result if page.previous else None)
    return notice(result) if result and page.status is not PageStatus.BLANK else ""


def _lacks_text(page: PageState) -> bool:
    unread = page.status is PageStatus.WAITING and not page.markdown.strip()
    return unread or bool(_notice(page))
