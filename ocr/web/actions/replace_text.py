"""Look for words in a document and replace them, after a preview of each place."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from ocr.i18n import gettext, join, ngettext
from ocr.types import PageId, PageResult
from ocr.web.state.corrections import correct_page
from ocr.web.state.replacements import (
    MAX_HITS,
    MAX_PATTERN_CHARS,
    Hit,
    PatternError,
    Replacement,
    Texts,
    find_hits,
    replaced,
    version_of,
)
from ocr.web.state.session import Session

CONTEXT_CHARS = 40


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a document, or why there are none."""

    texts: Texts
    hits: tuple[Hit, ...] = ()
    problem: str = ""
    said: str = ""

    @property
    def version(self) -> str:
        """Changes when the hits do."""
        return version_of(self.hits)

    def before(self, hit: Hit) -> str:
        """What stands before a hit, in short."""
        return self.texts[hit.page][hit.at][max(0, hit.start - CONTEXT_CHARS) : hit.start]

    def after(self, hit: Hit) -> str:
        """What stands after it."""
        return self.texts[hit.page][hit.at][hit.end : hit.end + CONTEXT_CHARS]


async def look_for(session: Session, document: int, wanted: Replacement) -> Found:
    """Find the hits in the pages of a document that have ended; in a thread."""
    pages = [page for one, page in session.pages.items() if one.document == document]
    pages = [page for page in pages if page.result or session.reader(page.page)]
    ended = [page for page in pages if page.result and not session.reader(page.page)]
    texts = {page.page: tuple(one.markdown for one in page.text.paragraphs) for page in ended}
    if len(wanted.find) > MAX_PATTERN_CHARS:
        return Found(texts, problem=gettext("Look for at most {most} characters.", most=MAX_PATTERN_CHARS))
    try:
        hits = await asyncio.to_thread(find_hits, texts, wanted)
    except PatternError as error:
        problem = gettext("The regular expression cannot be used: {reason}. Change it.", reason=str(error))
        return Found(texts, problem=problem)
    said = _said(hits, len(pages) - len(ended)) if wanted.find else ""
    return Found(texts, tuple(hits[:MAX_HITS]), said=said)


async def replace_all(session: Session, found: Found, without: Collection[int]) -> tuple[list[PageId], str]:
    """Replace the hits but those of these indices, as one step on each page; the pages, and what is to be said."""
    chosen = [hit for index, hit in enumerate(found.hits) if index not in without]
    by_page: dict[PageId, list[Hit]] = {}
    for hit in chosen:
        by_page.setdefault(hit.page, []).append(hit)
    before = {page: session.pages[page].result for page in by_page if page in session.pages}
    after = await asyncio.to_thread(_replaced, found, by_page, before)
    changed: list[PageId] = []
    for page, result in after.items():
        state, old = session.pages.get(page), before[page]
        if state and old and state.result is old and not session.reader(page):
            correct_page(session, page, old, result)
            changed.append(page)
        await asyncio.sleep(0)  # a thousand pages take longer than others may wait
    count = sum(len(by_page[page]) for page in changed)
    times = ngettext("{count} place replaced", "{count:,} places replaced", count)
    pages = ngettext("on {count} page.", "on {count:,} pages.", len(changed))
    return changed, join(" ", [times, pages, gettext("Undo takes it back, page by page.")])


def _replaced(
    found: Found, by_page: dict[PageId, list[Hit]], before: dict[PageId, PageResult | None]
) -> dict[PageId, PageResult]:
    return {page: replaced(result, found.texts[page], by_page[page]) for page, result in before.items() if result}


def _said(hits: list[Hit], reading: int) -> str:
    """How many hits there are, on how many pages, and what is left out."""
    pages = len({hit.page for hit in hits})
    more = gettext("Only the first {most:,} are listed and replaced.", most=MAX_HITS) if len(hits) > MAX_HITS else ""
    left_out = gettext("Pages that are being read are left out.") if reading else ""
    if not hits:
        return join(" ", [gettext("Not found."), left_out])
    count = ngettext("{count} place", "{count:,} places", min(len(hits), MAX_HITS))
    on = ngettext("on {count} page.", "on {count:,} pages.", pages)
    return join(" ", [count, on, more, left_out])
