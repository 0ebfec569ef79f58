"""Send updates to the browser one at a time, so that none overtakes a newer one.

Several handlers of one visitor may be under way, a run and a click. Each describes the whole screen; were their
updates to cross on the way out, the screen would stay as the older one left it.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ocr.types import PageId
from ocr.web.actions.runner import Runner
from ocr.web.locale.translation import translations
from ocr.web.state.browser_names import field_of, number_of, parse_page_name
from ocr.web.state.sent_values import EventUpdates
from ocr.web.state.session import Session
from ocr.web.views.document_text import late_pages, prepare, prepare_late
from ocr.web.views.screen import Screen, screen


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
        page = parse_page_name(field_of(self.event, "page", ""))
        return page if page in self.session.pages else None


@dataclass(frozen=True)
class HandlerGroup:
    """Handlers of one app; its methods that are decorated with `yields_screen`."""

    runner: Runner

    async def follow(self, act: Action, *, anew: bool = False) -> AsyncGenerator[None, None]:
        """Yield as long as anything goes on for this visitor; it goes on too when nobody follows."""
        async with aclosing(act.session.tasks.follow(act.tab, anew=anew)) as ticks:
            async for _ in ticks:
                act.session.touch()
                yield


Handler = Callable[[Any, gr.EventData, gr.Request], AsyncGenerator[tuple[Any, ...], None]]
"""As Gradio calls it, but for the group that it is a method of."""

SKIP = gr.skip()
NO_CHANGE = (SKIP,) * len(Screen._fields)
"""Changes nothing. Gradio sends a handler's last update once more when it ends, so that has to be this."""


def news(runner: Runner, session: Session, updates: EventUpdates, *, numbered: bool) -> tuple[Any, ...]:
    """What the tab does not have of the screen as it is now, for each component."""
    engines = runner.engines
    shown = screen(session, engines.current.status, engines.offered)
    values = {name: translations(value, session.language) for name, value in shown._asdict().items()}
    told = updates.news(values, numbered=numbered)
    if told:
        told["view_bar"] = [value | {"update": updates.number} for value in values["view_bar"]]
    return tuple(told.get(name, SKIP) for name in Screen._fields)


def yields_screen(handler: Callable[[Any, Action], AsyncGenerator[None, None]]) -> Handler:
    """Turn a handler that yields whenever something has changed into one that yields the screen.

    The session is the tab's, or the one whose key the event shows.

    Texts are translated here into the visitor's language; the code that makes them does not know it.

    Gradio asks for the next update when it has put the last one into the visitor's stream: until then the session's
    turn is held, and no other handler's screen is made. Text of the document that takes long to render follows in an
    update of its own; other handlers have their turn meanwhile.

    Values go out in a list of one, or of one for each language while the tab has not said its own. Gradio sends what
    has changed from one update to the next, and the browser changes its copy in place: without the list, the step from
    a value to `NO_CHANGE` would empty what is on the screen. What the tab has already is left out (sent_values.py);
    updates have numbers for that, but not each of the several a second that a run makes.
    """

    async def updates(
        group: HandlerGroup, event: gr.EventData, request: gr.Request
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        runner, tab = group.runner, request.session_hash or ""
        session = runner.sessions.of(tab, field_of(event, "key"))
        await runner.follow_engines(session)
        updates = EventUpdates(session.sent_to(tab), number_of(event, "update"))
        async with aclosing(handler(group, Action(session, event, tab))) as changes:
            async for _ in changes:
                async with session.update_lock:
                    await prepare(session)
                    late = late_pages(session)
                    yield news(runner, session, updates, numbered=not session.active)
                if not late:
                    continue
                await prepare_late(late)
                async with session.update_lock:
                    await prepare(session)
                    yield news(runner, session, updates, numbered=True)
        yield NO_CHANGE

    # Not by functools.wraps: Gradio looks through it at the handler's own arguments.
    updates.__name__, updates.__qualname__, updates.__doc__ = handler.__name__, handler.__qualname__, handler.__doc__
    return updates
