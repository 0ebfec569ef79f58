"""Read a document for a program: one call from file to result, through the same pipeline as the page's runs.

A call has a session of its own, takes turns with everybody's pages, and leaves nothing behind: whoever closes the
generator ends the call's requests at once, and its files are deleted.
"""

import asyncio
from collections.abc import AsyncGenerator
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
from ocr.types import PageId, PageResult
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.actions.form import parse_form
from ocr.web.actions.runner import Runner
from ocr.web.state.change_notifier import ChangeNotifier
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run

UPDATE_INTERVAL_S = 0.25
"""Seconds between two updates of a call at least."""
MAX_SILENCE_S = 0.5
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

    def apply(self, event: Event) -> None:
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

    def clear_changes(self) -> None:
        """What has happened so far is known."""
        self.text, self.again, self.ended = {}, set(), []


def parse_request(
    defaults: ReadRequest,
    *,
    pages: object,
    model: object,
    temperature: object = None,
    rotation: object = 0,
    password: object = "",
) -> ReadRequest:
    """What a program asks for; each value may be anything at all, `defaults` hold where it says nothing.

    Raises:
        UsageError: it makes no sense.
    """
    if not all(text is None or isinstance(text, str) for text in (pages, model)):
        raise UsageError("Pages and model are texts.", 'Write pages as "1,3-5,8-".')
    number = "" if temperature is None else str(temperature)
    request, refused = parse_form(SimpleNamespace(pages=pages, model=model, temperature=number), defaults)
    for name, takes in refused.items():
        raise UsageError(f"The {name} {number[:20]!r} makes no sense.", takes)
    if not isinstance(rotation, int) or rotation not in ROTATIONS:
        raise UsageError("The rotation makes no sense.", "Write 0, 90, 180 or 270 degrees clockwise.")
    return replace(request, rotation=int(rotation), password=str(password or ""))


async def read_document(
    runner: Runner, file: IncomingFile | None, request: ReadRequest
) -> AsyncGenerator[Progress, None]:
    """Read a document; yields the one progress again and again, at last with its outcome.

    Args:
        runner: reads it.
        file: the document; None if what was named has not been uploaded here.
        request: how to read it.

    Raises:
        UsageError: no file, or no such page.
        DocumentError: the file cannot be opened.
        ServerUnavailable: there is no server to read with, or not this model.
    """
    if file is None:
        raise add_documents.file_not_found()
    progress = Progress()
    with runner.sessions.temporary() as session:
        upload = await add_documents.add_file(session, file)
        await add_documents.open_upload(upload, session, runner.renderer, request.password)
        if upload.problem:
            raise upload.problem
        document = session.document(upload.key)
        numbers = select_pages(request.pages, document.pages)
        progress.total = len(numbers)
        yield progress
        async with aclosing(runner.engine.ticks()) as ticks:
            async for _ in ticks:
                yield progress
        await runner.ask_models(session)
        if problem := runner.engine.problem or session.server_problem:
            raise problem
        options = runner.options(session, request)
        run = Run(tuple(PageId(upload.key, number) for number in numbers), replace(request, model=options.model))
        async with aclosing(_read_pages(runner, session, run, options, progress)) as ticks:
            async for _ in ticks:
                yield progress
        read = [progress.results[number] for number in numbers]
        server = runner.engines.of(options.model).status.server
        progress.outcome = Results(document, server.url, options.model, read)
        yield progress


async def _read_pages(
    runner: Runner, session: Session, run: Run, options: ReadOptions, progress: Progress
) -> AsyncGenerator[None, None]:
    """Read the pages; yields whenever something has happened, and twice a second at least."""
    changes, source = ChangeNotifier(), runner.source(session, options, shown=False)
    engine = runner.engines.of(options.model)

    async def reading() -> None:
        async with aclosing(runner.events(session, run, source, options, engine)) as arriving:
            async for event in arriving:
                progress.apply(event)
                changes.notify()

    task = asyncio.create_task(reading())
    task.add_done_callback(lambda _: changes.notify())
    try:
        async with aclosing(changes.ticks(interval_s=UPDATE_INTERVAL_S, max_silence_s=MAX_SILENCE_S)) as ticks:
            async for _ in ticks:
                if task.done():
                    break
                yield
        await task
    finally:
        task.cancel()
        await asyncio.wait({task})
