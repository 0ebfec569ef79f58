"""One update at a time: what a visitor sees is never overtaken by something older.

Several handlers of one visitor may be under way, a run and a click. Each describes the whole screen; were their
updates to cross on the way out, the screen would stay as the older one left it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import gradio as gr

from ocr.web.locale.translation import spoken
from ocr.web.state.session import Session
from ocr.web.views.engine_status import Engine
from ocr.web.views.screen import Screen, prepare, screen


class Owner(Protocol):
    """Whose methods the handlers are."""

    @property
    def engine(self) -> Engine:
        """The server, to be shown."""


P = ParamSpec("P")
OwnerT = TypeVar("OwnerT", bound=Owner)

NOTHING = tuple(gr.skip() for _ in Screen._fields)
"""Changes nothing. Gradio sends a handler's last update once more when it ends, so that has to be this."""


def shown(
    handler: Callable[Concatenate[OwnerT, P], AsyncGenerator[Session, None]],
) -> Callable[Concatenate[OwnerT, P], AsyncGenerator[tuple[Any, ...], None]]:
    """Turn a handler that yields its session whenever something has changed into one that yields the screen.

    Here the screen's wordings are told in the visitor's language; what makes them knows none.

    Gradio asks for the next update when it has put the last one into the visitor's stream: until then the session's
    turn is held, and no other handler's screen is made.

    Values go out in a list of one, or of one for each language while the tab has not said its own. Gradio sends what
    has changed from one update to the next, and the browser changes its copy in place: without the list, the step from
    a value to `NOTHING` would empty what is on the screen.
    """

    @wraps(handler)
    async def updates(owner: OwnerT, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[tuple[Any, ...], None]:
        async with aclosing(handler(owner, *args, **kwargs)) as changes:
            async for session in changes:
                async with session.turn:
                    await prepare(session)
                    yield tuple(spoken(value, session.language) for value in screen(session, owner.engine))
        yield NOTHING

    return updates
