"""The handler of the button that turns a page."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ocr.web.actions.updates import Action, HandlerGroup, yields_screen


@dataclass(frozen=True)
class TurnHandlers(HandlerGroup):
    """What happens when the visitor turns a page."""

    @yields_screen
    async def turn(self, act: Action) -> AsyncGenerator[None, None]:
        """A page is to be shown, and read the next time, a quarter further clockwise."""
        if act.page and (picture := act.session.pictures.get(act.page)):
            act.session.turns.turn(act.page, picture.image.rotation)
        yield
