"""One update at a time: what a visitor sees is never overtaken by something older.

Several handlers of one visitor may be under way, a run and a click. Each describes the whole screen; were their
updates to cross on the way out, the screen would stay as the older one left it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import gradio as gr

from ocr.types import PageId
from ocr.web.locale.translation import translations
from ocr.web.state.browser_names import field_of, page_id
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import Engine
from ocr.web.views.screen import Screen, prepare, screen


class Owner(Protocol):
    """Whose methods the handlers are."""

    @property
    def sessions(self) -> Sessions:
        """Those of all visitors."""

    @property
    def engine(self) -> Engine:
        """The server, to be shown."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a visitor did."""

    session: Session
    event: gr.EventData
    """What the browser says of it, so anything at all."""
    tab: str
    """Gradio's name of the tab."""

    @property
    def page(self) -> PageId | None:
        """The page that it is about; None where there is no such page."""
        page = page_id(field_of(self.event, "page", ""))
        return page if page in self.session.pages else None


OwnerT = TypeVar("OwnerT", bound=Owner)
Handler = Callable[[OwnerT, gr.EventData, gr.Request], AsyncGenerator[tuple[Any, ...], None]]
"""As Gradio calls it."""

NOTHING = tuple(gr.skip() for _ in Screen._fields)
"""Changes nothing. Gradio sends a handler's last update once more when it ends, so that has to be this."""


def shown(handler: Callable[[OwnerT, Action], AsyncGenerator[None, None]]) -> Handler[OwnerT]:
    """Turn a handler that yields whenever something has changed into one that yields the screen.

    The session is the tab's, or the one whose key the event shows.

    Texts are translated here into the visitor's language; the code that makes them does not know it.

    Gradio asks for the next update when it has put the last one into the visitor's stream: until then the session's
    turn is held, and no other handler's screen is made.

    Values go out in a list of one, or of one for each language while the tab has not said its own. Gradio sends what
    has changed from one update to the next, and the browser changes its copy in place: without the list, the step from
    a value to `NOTHING` would empty what is on the screen.
    """

    async def updates(owner: OwnerT, event: gr.EventData, request: gr.Request) -> AsyncGenerator[tuple[Any, ...], None]:
        tab = request.session_hash or ""
        session = owner.sessions.of(tab, field_of(event, "key"))
        async with aclosing(handler(owner, Action(session, event, tab))) as changes:
            async for _ in changes:
                async with session.turn:
                    await prepare(session)
                    yield tuple(translations(value, session.language) for value in screen(session, owner.engine))
        yield NOTHING

    # Not by functools.wraps: Gradio looks through it at the handler's own arguments.
    updates.__name__, updates.__qualname__, updates.__doc__ = handler.__name__, handler.__qualname__, handler.__doc__
    return updates
