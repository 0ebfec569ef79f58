"""One server or several, by URL: each page goes to the least busy one that is there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from ocr.connections import without_credentials
from ocr.errors import Interrupted, NameNotResolved, ServerError, ServerGone, UnknownModel
from ocr.pace import Pace, PacedReader, Slot
from ocr.page import Delta, Finished, PageImage
from ocr.profiles import Model, ReadOptions
from ocr.reading import Reader
from ocr.server.outage import Outage
from ocr.wording import say


class Asked(Reader, Protocol):
    """A reader whose server can be asked for its health, as a `Client`."""

    async def answers(self) -> bool:
        """Whether the server is there."""
        ...


@dataclass(eq=False, slots=True)
class Member:
    """One server of a pool."""

    url: str
    """The base of its API; ends in `/v1`."""
    outage: Outage
    pace: Pace
    models: dict[str, Model] | None = None
    """What it serves, by name; None before it has said so."""

    def serves(self, options: ReadOptions | None) -> bool:
        """Whether it has this model, made of the same weights; taken for granted of a server that has not said so."""
        if self.models is None or options is None:
            return True
        model = self.models.get(options.model)
        return model is not None and options.root in {None, model.root} and options.revision in {None, model.revision}

    async def answers(self, reader: Asked) -> bool:
        """Whether it is there; what it serves may have changed meanwhile."""
        if not await reader.answers():
            return False
        try:
            self.models = {model.id: model for model in await reader.models()}
        except ServerError as error:
            return not (error.retryable or isinstance(error, UnknownModel))  # it is still loading
        return True


@dataclass(eq=False, slots=True)
class _Turn:
    """A page that waits for a place."""

    options: ReadOptions | None
    """What is to be read; None where any server will do."""
    place: asyncio.Future[tuple[Member, Slot]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Pool:
    """A reader over servers, each with its own limiter and its own rest after it has failed.

    A page goes to the server with the fewest pages that wait for a first word, of these to the one with the fewest
    pages for its limit. One that a dying server cuts off ends as `Interrupted`; asked for again it goes elsewhere.
    While all servers rest, pages wait.
    """

    def __init__(self, members: Sequence[Member], readers: Sequence[Asked]) -> None:
        """Nothing is asked yet; each of `readers` asks the member of the same place."""
        self.members = tuple(members)
        self._readers = dict(zip(self.members, readers, strict=True))
        self._waiting: deque[_Turn] = deque()
        self._users = 0
        for member in self.members:
            member.outage.answers = partial(member.answers, self._readers[member])
            member.outage.changed = self._changed
            member.outage.waited = self._waited
            member.outage.wanted = lambda: self._users > 0
            member.pace.has_room = self._let_in

    def _waited(self) -> float | None:
        """Seconds since the last server has gone; None while there is one."""
        away = [member.outage.seconds for member in self.members]
        return None if None in away else min(seconds for seconds in away if seconds is not None)

    async def models(self) -> tuple[Model, ...]:
        """The models of all servers, each once; of two that share a name and no weights, the first server's.

        Raises:
            ServerError: the first server's, where none answers.
        """
        if self._waited() is not None:
            (await self._place(None))[1].leave()
        said = await asyncio.gather(*(reader.models() for reader in self._readers.values()), return_exceptions=True)
        found: dict[str, Model] = {}
        for member, models in zip(self.members, said, strict=True):
            if isinstance(models, tuple):
                member.models = {model.id: model for model in models}
                found = {**found, **{name: model for name, model in member.models.items() if name not in found}}
        errors = {
            member: error for member, error in zip(self.members, said, strict=True) if isinstance(error, BaseException)
        }
        if not found:
            raise next(iter(errors.values()))
        for member, error in errors.items():
            if isinstance(error, ServerError) and error.retryable:
                await member.outage.gone()
        return tuple(found.values())

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer.

        Raises:
            Interrupted: the server has gone away; another may be asked.
            ServerError: the server's.
        """
        self._users += 1
        try:
            member, slot = await self._place(options)
            try:
                url = without_credentials(member.url)
                paced = PacedReader(self._readers[member], slot)
                async with aclosing(paced.read(image, options)) as answer:  # type: ignore[type-var]  # it is a generator
                    async for item in answer:
                        yield replace(item, server=url) if isinstance(item, Finished) else item
            except ServerError as error:
                may_pass = error.retryable or isinstance(error, NameNotResolved)  # a container's name goes with it
                if may_pass and await member.outage.gone():
                    raise Interrupted(error.message, error.next_step) from error
                raise
            finally:
                slot.leave()
        finally:
            self._users -= 1

    async def _place(self, options: ReadOptions | None) -> tuple[Member, Slot]:
        """Wait for a server that is there and has room."""
        if options and len(self.members) > 1 and not any(member.serves(options) for member in self.members):
            raise UnknownModel(
                say("The server has no model '{model}'.", model=options.model),
                say("It serves: {served}.", served=", ".join(model.id for model in await self.models())),
            )
        turn = _Turn(options)
        self._waiting.append(turn)
        self._users += 1
        self._let_in()
        try:
            return await turn.place
        except asyncio.CancelledError:
            if turn.place.done() and not turn.place.cancelled() and not turn.place.exception():
                turn.place.result()[1].leave()  # it had been let in
            raise
        finally:
            self._users -= 1
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _free(self, options: ReadOptions | None) -> tuple[Member, Slot] | None:
        there = [
            one
            for one in self.members
            if one.outage.seconds is None and (len(self.members) == 1 or one.serves(options))
        ]
        for member in sorted(there, key=lambda one: one.pace.busy):
            if slot := member.pace.enter_now():
                return member, slot
        return None

    def _let_in(self) -> None:
        for turn in tuple(self._waiting):
            if not turn.place.done() and (place := self._free(turn.options)):
                self._waiting.remove(turn)
                turn.place.set_result(place)

    def _changed(self, error: ServerGone | None) -> None:
        if error is None:
            self._let_in()
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.place.done():
                turn.place.set_exception(error)
