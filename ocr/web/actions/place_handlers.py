"""The handlers of corrections: at the places where a page's text and the page disagree, and by hand."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ocr.web.actions.downloads import offer_downloads
from ocr.web.actions.updates import Action, HandlerGroup, yields_screen
from ocr.web.state import corrections
from ocr.web.state.browser_names import number_of, request_key_of, text_of
from ocr.web.state.edited_text import EditOutcome, ParagraphEdit


@dataclass(frozen=True)
class PlaceHandlers(HandlerGroup):
    """What happens when the visitor changes the text of a page."""

    @yields_screen
    def check(self, act: Action) -> AsyncGenerator[None, None]:
        """The scans of a document are to be compared with what Tesseract reads on them."""
        if act.page:
            act.session.checks.request(act.page.document)
        return self._follow_checks(act)

    @yields_screen
    async def take(self, act: Action) -> AsyncGenerator[None, None]:
        """What the page has is to stand in the text."""
        async with act.session.text_lock:
            if act.page:
                await corrections.take_page_word(act.session, act.page, text_of(act.event, "place"))
        async for _ in self._follow_checks(act):
            yield

    @yields_screen
    async def dismiss(self, act: Action) -> AsyncGenerator[None, None]:
        """A place is right as it is."""
        async with act.session.text_lock:
            if act.page:
                corrections.dismiss(act.session, act.page, text_of(act.event, "place"))
        async for _ in self._follow_checks(act):
            yield

    @yields_screen
    async def undo(self, act: Action) -> AsyncGenerator[None, None]:
        """The latest of these steps is to be taken back."""
        async with act.session.text_lock:
            if act.page:
                corrections.undo(act.session, act.page)
        async for _ in self._follow_checks(act):
            yield

    @yields_screen
    async def redo(self, act: Action) -> AsyncGenerator[None, None]:
        """What was taken back last is to be done again."""
        async with act.session.text_lock:
            if act.page:
                corrections.redo(act.session, act.page)
        async for _ in self._follow_checks(act):
            yield

    @yields_screen
    async def edit(self, act: Action) -> AsyncGenerator[None, None]:
        """A paragraph was typed anew."""
        event, key = act.event, request_key_of(act.event, "edit")
        at, before, text = number_of(event, "at", -1), text_of(event, "before"), text_of(event, "text")
        async with act.session.text_lock:
            if act.page:
                edit = ParagraphEdit(key, at, before, text)
                act.session.edit = await corrections.edit_paragraph(act.session, act.page, edit)
            else:
                act.session.edit = EditOutcome(key, corrections.PAGE_GONE)
        async for _ in self._follow_checks(act):
            yield

    async def _follow_checks(self, act: Action) -> AsyncGenerator[None, None]:
        """Show a changed text once it is compared with its document's own; follow what takes longer."""
        offer_downloads(act.session)
        if self.runner.library and act.page:
            self.runner.library.keep(act.session, (act.page,))
        if act.page in act.session.checks.changed:
            await self.runner.checks.compare(act.session, act.page)
        self.runner.checks.start(act.session)
        async for _ in self.follow(act):
            yield
