"""Run what a visitor requests: whole documents, and single pages at the same time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from ocr.config.profiles import Model, ReadOptions, choose_model, read_options
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource, PageSource
from ocr.engines.tesseract import orientation
from ocr.errors import OcrError, confined
from ocr.events import Event, FigureCut, PageDone, PageFailed
from ocr.pipeline.run import CountedPages, Stop, read_pages
from ocr.types import ABORTED, ImageSpec, PageId, sheet_of
from ocr.web.actions.add_documents import select_to_read
from ocr.web.actions.downloads import offer_downloads, report_errors
from ocr.web.actions.form import parse_form, parse_ranges, parse_reread
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.page_images import SessionImages, chosen_spec, discard_unused_images, write_figure
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.browser_names import field_of, number_of
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.session_tasks import Run
from ocr.web.views import model_choices
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.retry_suggestions import suggest_retry


@dataclass(frozen=True)
class Runner:
    """The runs of one app's visitors, and what they are carried out with."""

    settings: Settings
    sessions: Sessions
    engines: PageEngines
    renderer: Renderer
    answer_caches: AnswerCaches
    checks: PageChecks
    library: SessionLibrary | None = None
    """Where a private page keeps what it reads."""

    @property
    def engine(self) -> EngineStatus:
        """What reads where no model is named."""
        return self.engines.current.status

    def begin(self, session: Session, event: object, page: PageId | None = None) -> None:
        """Begin to read what the event asks for, or this page; say instead what makes no sense or stands in the way."""
        request, session.refused = parse_form(event, self.settings.request)
        session.problem = None
        with report_errors(session):
            failed = field_of(event, "failed") is True
            pages = (page,) if page else select_to_read(session, request.pages, parse_ranges(event), failed=failed)
            free = tuple(one for one in pages if not session.reader(one))
            if free and not session.refused:
                self.read(session, free, request, aside=page is not None)

    def read_again(self, session: Session, page: PageId, event: object) -> None:
        """Begin to read a page again: as is suggested, or as the event says; say instead what makes no sense."""
        first, reading = self.default_request(session), session.pages[page]
        if field_of(event, "suggested") is True and (offered := suggest_retry(reading, first)):
            request, session.refused_again = self.served(session, offered.request), {}
        else:
            picture = session.pictures.get(page)
            rotation = session.turns.by_page.get(page, picture.image.rotation if picture else 0)
            before = self.served(session, reading.request or first)
            request, session.refused_again = parse_reread(event, before, self.settings.request, rotation)
        session.problem = None
        with report_errors(session):
            if not session.refused_again:
                self.read(session, (page,), request, aside=True)
                if number_of(event, "turn"):  # the request has it now
                    session.turns.by_page.pop(page, None)

    def read(self, session: Session, pages: tuple[PageId, ...], request: ReadRequest, *, aside: bool = False) -> None:
        """Begin to read, or wait for the server to; `aside` is a page's own run beside the one the status tells of.

        Raises:
            UnknownModel: the server does not have the one asked for.
        """
        if self.engines.of(request.model).status.settled:
            options = self.options(session, request)
            paused_s = partial(self.engines.of(options.model).status.server.paused_s, options)
            run = session.begin(pages, replace(request, model=options.model), paused_s, aside=aside)
            session.tasks.start(self._run(session, run, options), run.stop)
        elif aside:
            run = session.begin(pages, request, aside=True)
            session.tasks.start(self._read_page_when_ready(session, run, request), run.stop)
        else:
            before = session.run
            session.run = waiting = Run(pages, request, queued=True)
            session.tasks.start(self._read_when_ready(session, waiting, before, request), waiting.stop)

    async def _read_when_ready(self, session: Session, waiting: Run, before: Run | None, request: ReadRequest) -> None:
        """Read once the server is there, unless that is stopped or the server fails."""
        try:
            ready = await self._wait_until_ready(session, waiting.stop)
        finally:
            session.run = before
        pages = tuple(page for page in waiting.pages if not session.reader(page))
        with report_errors(session):
            if ready and pages:
                self.read(session, pages, request)

    async def _read_page_when_ready(self, session: Session, run: Run, request: ReadRequest) -> None:
        """Carry out a page's own run once the server is there; the page waits in it, and can be stopped there."""
        try:
            with report_errors(session):
                if await self._wait_until_ready(session, run.stop) and run.remaining:
                    await self._run(session, run, self.options(session, request))
        finally:
            if run.busy:
                session.end(run)

    async def _wait_until_ready(self, session: Session, stop: Stop) -> bool:
        """Wait for the server; whether it is there now and nobody has stopped."""
        async with aclosing(self.engine.ticks(stop)) as ticks:
            async for _ in ticks:
                session.tasks.changes.notify()
        if not stop.is_set():
            await self.ask_models(session)
        return not (stop.is_set() or self.engine.problem or session.server_problem)

    async def _run(self, session: Session, run: Run, options: ReadOptions) -> None:
        source, engine = self.source(session, options), self.engines.of(options.model)
        reader = self.answer_caches.reader(engine.reader, engine.status.server, session, run)
        try:
            engine = replace(engine, reader=reader)
            with_words = replace(options, page_words=True)
            async with aclosing(self.events(session, run, source, with_words, engine)) as arriving:
                async for event in arriving:
                    with report_errors(session), confined():
                        await _apply(await self.checks.set_words_aside(session, event), session, run)
                    if isinstance(event, PageDone | PageFailed):
                        if self.library:
                            self.library.keep(session, (event.page,))
                        self.checks.start(session)
                    session.tasks.changes.notify()
            if run.stop.error:
                await self.ask_models(session)
                session.problem = None if session.server_problem or engine.status.problem else run.stop.error
        finally:
            session.end(run)
            self.checks.start(session)
            if self.library:
                await self.library.keep(session, run.pages)
            await discard_unused_images(session, run)
            offer_downloads(session)
            session.tasks.changes.notify()

    async def events(
        self, session: Session, run: Run, source: PageSource, options: ReadOptions, engine: PageEngine
    ) -> AsyncGenerator[Event, None]:
        """What happens to the run's pages, in turn with everybody's; closing it ends their requests."""
        concurrency = engine.status.server.concurrency
        with self.checks.reading():
            async with engine.status.measured():
                while run.remaining:  # once more for pages that were added while the last ones were read
                    pages = CountedPages(run.next_pages(lambda: session.shown), lambda: len(run.remaining))
                    events = read_pages(pages, source, engine.reader, options, concurrency=concurrency, stop=run.stop)
                    async with aclosing(events) as arriving:
                        async for event in arriving:
                            _note_duration(event, engine, options)
                            yield event

    async def ask_models(self, session: Session) -> None:
        """Find out what the server can read with; a server that does not say is the session's problem."""
        session.models_of = self.engines.current
        if self.engine.problem is not None:
            session.server_problem = None
            return
        try:
            session.models, session.server_problem = await self.engines.models(), None
        except OcrError as error:
            session.server_problem = error
        session.first = self.default_request(session)
        session.choices = model_choices.choices(session.models, self.settings.request)
        session.preferred = self.settings.request.model or next((model.id for model in session.models), "")

    async def follow_engines(self, session: Session) -> None:
        """Ask for the models anew where another tab has started or stopped a server since they were asked for."""
        if session.models_of not in (None, self.engines.current) and self.engine.settled:
            await self.ask_models(session)

    def source(self, session: Session, options: ReadOptions, *, shown: bool = True) -> DocumentSource:
        """The images of the session's pages as these options want them; `shown` if somebody looks at them."""
        store = SessionImages(session) if shown else None
        spec = ImageSpec(options.longest_side, options.rotation, options.upright, options.patch_pixels, options.photos)
        return DocumentSource(self.renderer, session.document, spec, store, partial(chosen_spec, session))

    async def render_page(self, session: Session, page: PageId) -> None:
        """Render a page for the session as it was read, or else as it would be.

        Raises:
            OcrError: it cannot be rendered.
        """
        options, result = self.default_options(session), session.pages[page].result
        if result and result.width:  # opened from the library: its boxes are those of the turned page
            options = replace(options, rotation=result.rotation, upright=False)
            session.sheets.by_page.setdefault(page, sheet_of(result))
        await self.source(session, options).image(page)

    def options(self, session: Session, request: ReadRequest) -> ReadOptions:
        """How to ask for pages; no model means the one of the settings, or else the first.

        Raises:
            UnknownModel: the server does not have it.
        """
        name = request.model or self.settings.request.model
        away = [] if self.engine.public else self.engine.server.away
        model = choose_model(session.models, name, away) if session.models else Model(name)
        options = read_options(model, request)
        return replace(options, upright=options.upright and orientation.available())

    def default_request(self, session: Session) -> ReadRequest:
        """How a page is asked for about which nobody has said anything."""
        return replace(self.settings.request, model=self._default_model(session).id)

    def served(self, session: Session, request: ReadRequest) -> ReadRequest:
        """The request; where its model is no longer there, the default one's."""
        there = not session.models or any(model.id == request.model for model in session.models)
        return request if there else replace(session.first, rotation=request.rotation)

    def default_options(self, session: Session) -> ReadOptions:
        """How to ask for a page that is only looked at."""
        return read_options(self._default_model(session), self.settings.request)

    def _default_model(self, session: Session) -> Model:
        name = self.settings.request.model
        served = {model.id: model for model in session.models}
        return served.get(name, next(iter(session.models), self.engine.model or Model(name)))


def _note_duration(event: Event, engine: PageEngine, options: ReadOptions) -> None:
    """Record the seconds of a page that the engine has read to its end."""
    if isinstance(event, PageDone) and event.result.finish not in ABORTED and not event.result.cached:
        engine.status.last_page_s[options.model] = event.result.seconds


async def _apply(event: Event, session: Session, run: Run) -> None:
    """Take one event of a run."""
    if not isinstance(event, FigureCut):
        session.apply(event, run)
    elif session.readers.get(event.page) is run:
        await write_figure(session, event)
