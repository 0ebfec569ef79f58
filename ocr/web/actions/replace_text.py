"""Look for words in a document and replace them, after a preview of each place."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ocr.i18n import gettext, join, ngettext
from ocr.types import PageId, PageResult
from ocr.web.actions.text_search import TIMEOUT_S, TextSearch
from ocr.web.state.corrections import correct_page, shows
from ocr.web.state.edited_text import MAX_PARAGRAPH_CHARS
from ocr.web.state.replaced_text import outgrows, replaced
from ocr.web.state.replacements import (
    MAX_HIT_CHARS,
    MAX_HITS,
    MAX_PATTERN_CHARS,
    MAX_REPLACEMENT_CHARS,
    Hit,
    HitsTooLong,
    PatternError,
    Replacement,
    Texts,
    version_of,
)
from ocr.web.state.session import Session
from ocr.workers.worker_process import WorkerError

CONTEXT_CHARS = 40


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a document, or why there are none."""

    texts: Texts
    results: Mapping[PageId, PageResult] = field(default_factory=dict)
    """Whose texts these are."""
    hits: tuple[Hit, ...] = ()
    problem: str = ""
    said: str = ""
    version: str = ""
    """Changes when the hits do."""

    def before(self, hit: Hit) -> str:
        """What stands before a hit, in short."""
        return self.texts[hit.page][hit.at][max(0, hit.start - CONTEXT_CHARS) : hit.start]

    def after(self, hit: Hit) -> str:
        """What stands after it."""
        return self.texts[hit.page][hit.at][hit.end : hit.end + CONTEXT_CHARS]


async def look_for(session: Session, document: int, wanted: Replacement, search: TextSearch) -> Found:
    """Find the hits in the pages of a document that have ended; in a thread, or a process."""
    pages = [page for one, page in session.pages.items() if one.document == document]
    pages = [page for page in pages if page.result or session.reader(page.page)]
    ended = {page.page: page.result for page in pages if page.result and not session.reader(page.page)}
    texts = {page: tuple(one.markdown for one in session.pages[page].text.paragraphs) for page in ended}
    if len(wanted.find) > MAX_PATTERN_CHARS:
        return Found(texts, problem=gettext("Look for at most {most} characters.", most=MAX_PATTERN_CHARS))
    if len(wanted.text) > MAX_REPLACEMENT_CHARS:
        most = MAX_REPLACEMENT_CHARS
        return Found(texts, problem=gettext("The replacement has at most {most:,} characters. Shorten it.", most=most))
    try:
        hits = await search.find(texts, wanted)
    except (HitsTooLong, MemoryError, PatternError, TimeoutError, WorkerError) as error:
        return Found(texts, problem=_problem(error))
    return await asyncio.to_thread(_found, texts, ended, hits, len(pages) - len(ended) if wanted.find else None)


def _problem(error: Exception) -> str:
    """Why nothing was found, and what to do."""
    match error:
        case PatternError():
            return gettext("The regular expression cannot be used: {reason}. Change it.", reason=str(error))
        case HitsTooLong():
            return gettext(
                "The places and their replacements have more than {most:,} characters in all. "
                "Look for less, or shorten the replacement.",
                most=MAX_HIT_CHARS,
            )
        case MemoryError():
            return gettext("The search was stopped, since it needs too much memory. Look for something simpler.")
        case TimeoutError():
            return gettext(
                "The search was stopped after {seconds:g} s. Look for something simpler, or try again later.",
                seconds=TIMEOUT_S,
            )
    return gettext("The search failed: {reason}. Try again.", reason=str(error))


def _found(texts: Texts, results: Mapping[PageId, PageResult], hits: Sequence[Hit], reading: int | None) -> Found:
    """The hits, if they can be replaced; `reading` pages are left out, None where nothing was looked for."""
    if outgrows(texts, hits[:MAX_HITS]):
        return Found(
            texts,
            problem=gettext(
                "A paragraph would have more than {most:,} characters. Shorten the replacement.",
                most=MAX_PARAGRAPH_CHARS,
            ),
        )
    listed = tuple(hits[:MAX_HITS])
    return Found(texts, results, listed, "", "" if reading is None else _said(hits, reading), version_of(listed))


async def replace_all(session: Session, found: Found, without: Collection[int]) -> tuple[list[PageId], str]:
    """Replace the hits but those of these indices, as one step on each page; the pages, and what is to be said.

    A page whose text is another one by now is left out.
    """
    chosen = [hit for index, hit in enumerate(found.hits) if index not in without]
    by_page: dict[PageId, list[Hit]] = {}
    for hit in chosen:
        by_page.setdefault(hit.page, []).append(hit)
    after = await asyncio.to_thread(_replaced, found, by_page)
    changed: list[PageId] = []
    for page, result in after.items():
        if shows(session, page, found.results[page]):
            correct_page(session, page, found.results[page], result)
            changed.append(page)
        await asyncio.sleep(0)  # a thousand pages take longer than others may wait
    count = sum(len(by_page[page]) for page in changed)
    times = ngettext("{count} place replaced", "{count:,} places replaced", count)
    pages = ngettext("on {count} page.", "on {count:,} pages.", len(changed))
    left_out = gettext("Pages that have changed meanwhile were left out.") if len(changed) < len(after) else ""
    return changed, join(" ", [times, pages, left_out, gettext("Undo takes it back, page by page.")])


def _replaced(found: Found, by_page: Mapping[PageId, Collection[Hit]]) -> dict[PageId, PageResult]:
    return {page: replaced(found.results[page], found.texts[page], hits) for page, hits in by_page.items()}


def _said(hits: Sequence[Hit], reading: int) -> str:
    """How many hits there are, on how many pages, and what is left out."""
    pages = len({hit.page for hit in hits})
    more = gettext("Only the first {most:,} are listed and replaced.", most=MAX_HITS) if len(hits) > MAX_HITS else ""
    left_out = gettext("Pages that are being read are left out.") if reading else ""
    if not hits:
        return join(" ", [gettext("Not found."), left_out])
    count = ngettext("{count} place", "{count:,} places", min(len(hits), MAX_HITS))
    on = ngettext("on {count} page.", "on {count:,} pages.", pages)
    return join(" ", [count, on, more, left_out])
