"""The handlers of finding and replacing in a document."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from ocr.i18n import gettext
from ocr.web.actions.downloads import offer_downloads
from ocr.web.actions.replace_text import Found, look_for, replace_all
from ocr.web.actions.text_search import TextSearch
from ocr.web.actions.updates import Action, HandlerGroup, yields_screen
from ocr.web.state.browser_names import field_of, request_key_of, text_of
from ocr.web.state.corrections import changes_made
from ocr.web.state.edited_text import ReplacePreview
from ocr.web.state.replacements import Replacement

CHANGED = gettext(
    "The text has changed meanwhile, so nothing was replaced. Look at the places again, then replace them."
)


@dataclass(frozen=True)
class ReplaceHandlers(HandlerGroup):
    """What happens when the visitor looks for words to replace."""

    search: TextSearch = field(default_factory=TextSearch)

    @yields_screen
    async def look_for(self, act: Action) -> AsyncGenerator[None, None]:
        """The places of these words are to be listed."""
        if act.page:
            preview = await act.session.looking.run(self._look_for(act, act.page.document))
            act.session.replacing = preview or act.session.replacing
        yield

    async def _look_for(self, act: Action, document: int) -> ReplacePreview:
        await changes_made(act.session)
        found = await look_for(act.session, document, _wanted(act), self.search)
        return await asyncio.to_thread(_preview, act, found)

    @yields_screen
    async def replace_all(self, act: Action) -> AsyncGenerator[None, None]:
        """The places that were listed are to be replaced, but some."""
        act.session.looking.stop()
        async with act.session.text_lock:
            if act.page:
                await self._replace_all(act, act.page.document)
        self.runner.checks.start(act.session)
        async for _ in self.follow(act):
            yield

    async def _replace_all(self, act: Action, document: int) -> None:
        found = await look_for(act.session, document, _wanted(act), self.search)
        if found.problem or found.version != text_of(act.event, "version"):
            preview = await asyncio.to_thread(_preview, act, found)
            act.session.replacing = replace(preview, problem=found.problem or CHANGED)
            return
        without = field_of(act.event, "without", [])
        left = {one for one in without if isinstance(one, int)} if isinstance(without, list) else set()
        pages, said = await replace_all(act.session, found, left)
        act.session.replacing = ReplacePreview(_key(act), said)
        offer_downloads(act.session)
        if self.runner.library:
            self.runner.library.keep(act.session, pages)


def _key(act: Action) -> str:
    return request_key_of(act.event, "ask")


def _wanted(act: Action) -> Replacement:
    event = act.event
    case, word, regex = (field_of(event, name, False) is True for name in ("case", "word", "regex"))
    return Replacement(text_of(event, "find"), text_of(event, "text"), case, word, regex)


def _preview(act: Action, found: Found) -> ReplacePreview:
    hits = [[hit.page.number, found.before(hit), hit.found, hit.text, found.after(hit)] for hit in found.hits]
    return ReplacePreview(_key(act), found.said, found.problem, json.dumps(hits, ensure_ascii=False), found.version)
