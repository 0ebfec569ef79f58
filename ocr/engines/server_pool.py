"""Share pages among one or more servers; a page waits until one has capacity, and servers that are down are skipped."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from ocr.config.profiles import Model, ReadOptions
from ocr.engines.load_balancing import choose
from ocr.engines.server_members import PERMANENT_ERRORS, Member, ServerReader, no_server_has
from ocr.errors import Interrupted, NameNotResolved, NotAnApi, ServerError, ServerGone, UnknownModel
from ocr.events import Delta, Finished
from ocr.inference.http import without_credentials
from ocr.pipeline.concurrency import LimitedReader, Slot
from ocr.types import PageImage


@dataclass(eq=False, slots=True)
class _WaitingPage:
    """A page that waits for a slot."""

    options: ReadOptions | None
    """How the page is read; None where any server will do."""
    slot: asyncio.Future[tuple[Member, Slot]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def fail(self, error: ServerError) -> None:
        """End the wait with an error."""
        if not self.slot.done():
            self.slot.set_exception(error)


class ServerPool:
    """A reader over servers, each with its own limiter and its own rest after it has failed.

    A page waits here, in one queue for all servers, until one has room for it (load_balancing.py). One that a dying
    server cuts off ends as `Interrupted`; asked for again it goes elsewhere. While all that could read it rest, it
    waits.
    """

    def __init__(
        self,
        members: Sequence[Member],
        readers: Sequence[ServerReader],
        unfinished: Callable[[], int] = lambda: sys.maxsize,
    ) -> None:
        """Nothing is asked yet.

        Args:
            members: the servers; more may join, and each may leave.
            readers: each asks the member of the same place.
            unfinished: pages of all runs that have not ended; very many where that is not known.
        """
        self.members = tuple(members)
        self._readers = dict(zip(self.members, readers, strict=True))
        self._unfinished = unfinished
        self._waiting: deque[_WaitingPage] = deque()
        self._requested: list[ReadOptions | None] = []  # requests in progress or waiting
        for member in self.members:
            self._watch(member)

    def _watch(self, member: Member) -> None:
        member.outage.is_healthy = partial(member.answers, self._readers[member])
        member.outage.on_change = partial(self._on_outage_change, member)
        member.outage.longest_wait_s = partial(self._longest_wait_s, member)
        member.outage.is_needed = lambda: bool(self._requested) and member in self.members
        member.limiter.has_room = self._admit

    @property
    def server_count(self) -> int:
        """The servers that are members, and those that have left and still read pages."""
        return len(self._readers)

    async def join(self, member: Member, reader: ServerReader) -> None:
        """Share the pages with one more server, once it has said what it serves; one that is away is waited for."""
        error = None
        try:
            await member.learn(reader)
        except ServerError as refusal:
            error = refusal
        self._readers[member] = reader
        self.members = (*self.members, member)
        self._watch(member)
        if error and _is_transient(error):
            with suppress(ServerGone):
                await member.outage.confirm()
        self._admit()

    async def leave(self, member: Member) -> None:
        """Ask a server for no more pages; returns when it has finished those that it is reading."""
        self.members = tuple(one for one in self.members if one is not member)
        idle = asyncio.Event()
        member.limiter.has_room = lambda: None if member.limiter.pages else idle.set()
        self._on_outage_change(member, None)
        if member.limiter.pages:
            await idle.wait()
        await member.outage.close()
        del self._readers[member]

    def _capable(self, options: ReadOptions | None) -> list[Member]:
        """The servers that can read this, be they there or not; an only one is always asked."""
        return [one for one in self.members if len(self.members) == 1 or one.serves(options)]

    def _candidates(self, options: ReadOptions | None) -> list[Member]:
        """The servers that are asked for this or waited for; none that was given up while another is waited for."""
        able = self._capable(options)
        if any(member.outage.seconds is not None and not member.outage.given_up for member in able):
            return [member for member in able if not member.outage.given_up]
        return able

    def _unavailable_s(self, options: ReadOptions | None) -> float | None:
        """Seconds since the last server has gone that can read this; None while one may be asked."""
        away = [member.outage.seconds for member in self._candidates(options)]
        return min((seconds or 0.0 for seconds in away), default=None) if None not in away else None

    def _longest_wait_s(self, member: Member) -> float | None:
        waits = [
            self._unavailable_s(options) for options in set(self._requested) if member in self._candidates(options)
        ]
        return max((seconds for seconds in waits if seconds is not None), default=None)

    async def models(self) -> tuple[Model, ...]:
        """The models of all servers, each once, with the shortest context that one has for it.

        Of two that share a name and no weights, it is the first server's.

        Raises:
            ServerError: the first server's, where none answers.
        """
        if not self.members or self._unavailable_s(None) is not None:
            (await self._acquire_slot(None))[1].leave()
        members = self.members
        asked = [member.learn(self._readers[member]) for member in members]
        said = await asyncio.gather(*asked, return_exceptions=True)
        found: dict[str, Model] = {}
        for models in said:
            for model in () if isinstance(models, BaseException) else models:
                known = found.setdefault(model.id, model)
                if known.root == model.root and (model.max_model_len or sys.maxsize) < (
                    known.max_model_len or sys.maxsize
                ):
                    found[model.id] = replace(known, max_model_len=model.max_model_len)
        errors = [error for error in said if isinstance(error, BaseException)]
        if not found or not all(isinstance(error, ServerError) for error in errors):
            raise errors[0]
        for member, error in zip(members, said, strict=True):
            if isinstance(error, ServerError) and _is_transient(error):
                await member.outage.confirm()
        return tuple(found.values())

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer.

        Raises:
            Interrupted: the server has gone away, or cannot be used; another may be asked.
            ServerError: the server's.
        """
        with self._requesting(options):
            member, slot = await self._acquire_slot(options)
            try:
                async with aclosing(self._read(member, slot, image, options)) as answer:
                    async for item in answer:
                        yield item
            except ServerError as error:
                gone = _may_have_gone(member, error) and await member.outage.confirm()
                if gone or await self._another_can_read(member, error, options):
                    raise Interrupted(error.message, error.next_step) from error
                raise
            finally:
                slot.leave()

    async def _read(
        self, member: Member, slot: Slot, image: PageImage, options: ReadOptions
    ) -> AsyncGenerator[Delta | Finished, None]:
        url, began = without_credentials(member.url), time.monotonic()
        answer = LimitedReader(self._readers[member], slot).read(image, options)
        async with aclosing(answer) as items:
            async for item in items:
                member.outage.given_up = False
                if isinstance(item, Finished):
                    member.turnaround.add(time.monotonic() - began)
                    item = replace(item, server=url)
                yield item

    async def _another_can_read(self, member: Member, error: ServerError, options: ReadOptions) -> bool:
        """After an error that no waiting mends: whether this server is left out now, and another can read the page."""
        if member not in self.members:
            return True  # it has left, and is not asked again
        if len(self.members) == 1:
            return False
        if isinstance(error, PERMANENT_ERRORS):
            member.problem = error
        elif isinstance(error, UnknownModel):
            with suppress(ServerError):
                await member.learn(self._readers[member])
        return not member.serves(options) and bool(self._capable(options))

    @contextmanager
    def _requesting(self, options: ReadOptions | None) -> Iterator[None]:
        self._requested.append(options)
        try:
            yield
        finally:
            self._requested.remove(options)

    async def _acquire_slot(self, options: ReadOptions | None) -> tuple[Member, Slot]:
        """Wait for a server that is there and has room.

        Raises:
            UnknownModel: none can read this.
            ServerGone: none has been there for too long.
        """
        if options and self.members and not self._capable(options):
            raise no_server_has(options.model, self.members)
        turn = _WaitingPage(options)
        self._waiting.append(turn)
        self._admit()
        try:
            with self._requesting(options):
                return await turn.slot
        except asyncio.CancelledError:
            if turn.slot.done() and not turn.slot.cancelled() and not turn.slot.exception():
                turn.slot.result()[1].leave()  # it had been let in
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _find_slot(self, options: ReadOptions | None) -> tuple[Member, Slot] | None:
        there = [member for member in self._candidates(options) if member.outage.seconds is None]
        return choose(there, self._unfinished() - sum(member.limiter.pages for member in self.members))

    def _admit(self) -> None:
        for turn in tuple(self._waiting):
            if not turn.slot.done() and (place := self._find_slot(turn.options)):
                self._waiting.remove(turn)
                turn.slot.set_result(place)

    def _on_outage_change(self, member: Member, error: ServerGone | None) -> None:
        for turn in tuple(self._waiting):
            able = self._capable(turn.options)
            if not able and self.members:
                turn.fail(no_server_has(turn.options.model if turn.options else "", self.members))
            elif error and member in able and all(one is member or _expired(one) for one in able):
                for one in able:
                    one.outage.given_up = True
                turn.fail(error)
        self._admit()


def _is_transient(error: ServerError) -> bool:
    return error.retryable or isinstance(error, NameNotResolved)  # a container's name goes with it


def _may_have_gone(member: Member, error: ServerError) -> bool:
    """Whether the error may mean that the server has gone: a proxy may answer in its place, with a 404."""
    return _is_transient(error) or (isinstance(error, NotAnApi) and member.turnaround.seconds is not None)


def _expired(member: Member) -> bool:
    return member.outage.given_up or (member.outage.seconds or 0.0) >= member.outage.limit_s
