"""A document read for a program: one call from its file to its result, over the same path as the screen's runs.

A call has a session of its own, takes turns with everybody's pages, and leaves nothing behind: whoever closes the
generator ends the call's requests at once, and its files are deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from ocr.config.profiles import ReadOptions
from ocr.config.read_request import ReadRequest
from ocr.documents.page_ranges import select_pages
from ocr.documents.renderer import ROTATIONS
from ocr.errors import UsageError
from ocr.events import Event, PageDone, PageFailed, PageRetried, TextArrived
from ocr.export import Results
from ocr.pipeline.run import CountedPages
from ocr.types import Document, PageId, PageResult
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import Given
from ocr.web.actions.form import parse_form
from ocr.web.actions.runner import Runner
from ocr.web.state.change_notifier import ChangeNotifier
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.uploads import Uploads

BEAT = 0.25
"""Seconds between two updates of a call at least."""
PATIENCE = 0.5
"""Seconds between them at most: a client that has gone is noticed when something is sent."""


@dataclass(slots=True)
class Progress:
    """How far a call is, and what has happened since it was last looked at."""

    total: int = 0
    """Pages to be read."""
    results: dict[int, PageResult] = field(default_factory=dict)
    """Page number → its end."""
    text: dict[int, str] = field(default_factory=dict)
    """Page number → the Markdown that has arrived since the last look."""
    again: set[int] = field(default_factory=set)
    """Pages that are asked for again since the last look: what came of them before is void."""
    ended: list[PageResult] = field(default_factory=list)
    """Pages that have ended since the last look."""
    outcome: Results | None = None
    """Set at the end."""

    def take(self, event: Event) -> None:
        """Take one event of the run."""
        number = event.page.number
        if isinstance(event, TextArrived):
            self.text[number] = self.text.get(number, "") + event.markdown
        elif isinstance(event, PageRetried):
            self.text.pop(number, None)
            self.again.add(number)
        elif isinstance(event, PageDone | PageFailed):
            self.text.pop(number, None)
            self.results[number] = event.result
            self.ended.append(event.result)

    def looked_at(self) -> None:
        """What has happened so far is known."""
        self.text, self.again, self.ended = {}, set(), []


@dataclass(frozen=True)
class Programs:
    """What calls are carried out with."""

    runner: Runner
    sessions: Sessions
    uploaded: Uploads
    """The files that came through this app's own upload route."""

    def request(
        self, *, pages: object, model: object, temperature: object = None, rotation: object = 0, password: object = ""
    ) -> ReadRequest:
        """What a program asks for; each value may be anything at all.

        Raises:
            UsageError: it makes no sense.
        """
        number = "" if temperature is None else str(temperature)
        said = SimpleNamespace(pages=_text(pages), model=_text(model), temperature=number)
        request, refused = parse_form(said, self.runner.settings.request)
        for name, takes in refused.items():
            raise UsageError(f"The {name} {number[:20]!r} makes no sense.", takes)
        if not isinstance(rotation, int) or rotation not in ROTATIONS:
            raise UsageError("The rotation makes no sense.", "Write 0, 90, 180 or 270 degrees clockwise.")
        return replace(request, rotation=int(rotation), password=str(password or ""))

    async def read(self, given: Given | None, request: ReadRequest) -> AsyncGenerator[Progress, None]:
        """Read a document; yields the one progress again and again, at last with its outcome.

        Args:
            given: the file; None if what was named has not been uploaded here.
            request: how to read it.

        Raises:
            UsageError: no file, or no such page.
            DocumentError: the file cannot be opened.
            ServerUnavailable: there is no server to read with, or not this model.
        """
        if given is None:
            raise add_documents.missing()
        progress = Progress()
        with self.sessions.temporary() as session:
            document = await self._open(session, given, request.password)
            numbers = select_pages(request.pages, document.pages)
            progress.total = len(numbers)
            yield progress
            async with aclosing(self.runner.engine.ticks()) as ticks:
                async for _ in ticks:
                    yield progress
            options = await self._options(session, request)
            pages = [PageId(0, number) for number in numbers]
            async with aclosing(self._run(session, pages, options, progress)) as ticks:
                async for _ in ticks:
                    yield progress
            read = [progress.results[number] for number in numbers]
            progress.outcome = Results(document, self.runner.server.url, options.model, read)
            yield progress

    async def _open(self, session: Session, given: Given, password: str) -> Document:
        upload = await add_documents.take(session, given)
        await add_documents.open_upload(upload, session, self.runner.renderer, password)
        if upload.document is None:
            raise upload.problem or UsageError("There is no document to read.", "Name one.")
        return upload.document

    async def _options(self, session: Session, request: ReadRequest) -> ReadOptions:
        await self.runner.ask_models(session)
        if problem := self.runner.engine.problem or session.server_problem:
            raise problem
        return self.runner.options(session, request)

    async def _run(
        self, session: Session, pages: Sequence[PageId], options: ReadOptions, progress: Progress
    ) -> AsyncGenerator[None, None]:
        """Read the pages; yields whenever something has happened, and twice a second at least."""
        changes, source = ChangeNotifier(), self.runner.source(session, options, shown=False)

        async def reading() -> None:
            async with aclosing(self.runner.events(_each(pages), source, options, self.runner.reader)) as arriving:
                async for event in arriving:
                    progress.take(event)
                    changes.notify()

        task = asyncio.create_task(reading())
        task.add_done_callback(lambda _: changes.notify())
        try:
            async with aclosing(changes.ticks(interval_s=BEAT, max_silence_s=PATIENCE)) as ticks:
                async for _ in ticks:
                    if task.done():
                        break
                    yield
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})


def _text(given: object) -> str:
    """A word of a program, which may send anything at all.

    Raises:
        UsageError: it is no text.
    """
    if given is None or isinstance(given, str):
        return given or ""
    raise UsageError("Pages and model are texts.", 'Write pages as "1,3-5,8-".')


def _each(pages: Sequence[PageId]) -> CountedPages:
    left = list(pages)

    async def taken() -> AsyncIterator[PageId]:
        while left:
            yield left.pop(0)

    return CountedPages(taken(), lambda: len(left))
