"""Carries out what a visitor asks for: whole runs, and single pages beside them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from ocr.config.profiles import Model, ReadOptions, choose_model, read_options
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.engines.tesseract import orientation
from ocr.errors import OcrError, UnknownModel, confined
from ocr.events import Event, FigureCut
from ocr.inference.reader import Reader
from ocr.pipeline.run import CountedPages, Stop, read_pages
from ocr.types import PageId
from ocr.web.actions.downloads import offer
from ocr.web.actions.form import Asked, asked_again
from ocr.web.actions.page_images import Pictures
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.browser_names import field_of
from ocr.web.state.page_state import Wish
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run
from ocr.web.views import model_choices
from ocr.web.views.engine_status import Engine
from ocr.web.views.remedies import remedy


@dataclass(frozen=True)
class Runner:
    """The runs of one app's visitors, and what they are carried out with."""

    settings: Settings
    reader: Reader
    renderer: Renderer
    server: Server
    engine: Engine
    answer_caches: AnswerCaches

    def begin(
        self, session: Session, said: Asked, pages: Callable[[], tuple[PageId, ...]], *, aside: bool = False
    ) -> None:
        """Begin to read what was asked for; say instead what makes no sense or stands in the way."""
        session.refused, session.problem = said.refused, None
        try:
            wanted = tuple(page for page in pages() if not session.reader(page))
            if wanted and not said.refused:
                self.read(session, wanted, Wish(said.model, said.overrides), aside=aside)
        except OcrError as error:
            session.problem = error

    def again(self, session: Session, page: PageId, event: object) -> None:
        """Begin to read a page again: by its remedy, or as the event says; say instead what makes no sense."""
        first, reading = self.first_wish(session), session.pages[page]
        offered = remedy(reading, first)
        refused: dict[str, str] = {}
        if offered and field_of(event, "remedy", None) is True:
            wish = offered.wish
        else:
            picture = session.pictures.get(page)
            lies = picture.rotation if picture else 0
            wish, refused = asked_again(event, reading.wish or first, self.settings.overrides, lies)
        session.refused_again, session.problem = refused, None
        try:
            if not refused:
                self.read(session, (page,), wish, aside=True)
        except OcrError as error:
            session.problem = error

    def read(self, session: Session, pages: tuple[PageId, ...], wish: Wish, *, aside: bool = False) -> None:
        """Begin to read, or wait for the server to; `aside` is a page's own run beside the one the status tells of.

        Raises:
            UnknownModel: the server does not have the one asked for.
        """
        if not self.engine.settled:
            self._wait(session, pages, wish, aside=aside)
            return
        options = self.options(session, wish)
        run = session.begin(pages, options.model, replace(wish, model=options.model), aside=aside)
        session.tasks.start(self._run(session, run, options), run.stop)

    def _wait(self, session: Session, pages: tuple[PageId, ...], wish: Wish, *, aside: bool) -> None:
        """Read when the server is there."""
        if aside:
            run = session.begin(pages, wish.model, wish, aside=True)
            session.tasks.start(self._page_later(session, run, wish), run.stop)
        else:
            before, waiting = session.run, session.queue(pages)
            session.tasks.start(self._later(session, waiting, before, wish), waiting.stop)

    async def _later(self, session: Session, waiting: Run, before: Run | None, wish: Wish) -> None:
        """Read once the server is there, unless that is stopped or the server fails."""
        try:
            ready = await self._ready(session, waiting.stop)
        finally:
            session.run = before
        pages = tuple(page for page in waiting.pages if not session.reader(page))
        if not ready or not pages:
            return
        try:
            self.read(session, pages, wish)
        except OcrError as error:
            session.problem = error

    async def _page_later(self, session: Session, run: Run, wish: Wish) -> None:
        """Carry out a page's own run once the server is there; the page waits in it, and can be stopped there."""
        try:
            if await self._ready(session, run.stop) and run.remaining:
                await self._run(session, run, self.options(session, wish))
        except UnknownModel as error:
            session.problem = error
        finally:
            if run.busy:
                session.end(run)

    async def _ready(self, session: Session, stop: Stop) -> bool:
        """Wait for the server; whether it is there now and nobody has stopped."""
        async with aclosing(self.engine.ticks(stop)) as ticks:
            async for _ in ticks:
                session.tasks.changes.notify()
        if not stop.is_set():
            await self.ask_models(session)
        return not (stop.is_set() or self.engine.problem or session.server_problem)

    async def _run(self, session: Session, run: Run, options: ReadOptions) -> None:
        pictures, reader = self.pictures(session, options), self.answer_caches.reader(self.reader, session, run)
        pages = CountedPages(run.next_pages(lambda: session.shown), lambda: len(run.remaining))
        try:
            async with aclosing(self.events(pages, pictures, options, reader, run.stop)) as arriving:
                async for event in arriving:
                    try:
                        with confined():
                            await _apply(event, session, run, pictures)
                    except OcrError as error:
                        session.problem = error
                    session.tasks.changes.notify()
        finally:
            session.end(run)
            session.discard_old_images(run.pages)
            offer(session)
            session.tasks.changes.notify()

    async def events(
        self,
        pages: AsyncIterable[PageId],
        pictures: Pictures,
        options: ReadOptions,
        reader: Reader,
        stop: Stop | None = None,
    ) -> AsyncGenerator[Event, None]:
        """What happens to these pages, in turn with everybody's; closing it ends their requests."""
        events = read_pages(pages, pictures, reader, options, concurrency=self.server.concurrency, stop=stop)
        async with self.engine.measured(), aclosing(events) as arriving:
            async for event in arriving:
                yield event

    async def ask_models(self, session: Session) -> None:
        """Find out what the server can read with; a server that does not say is the session's problem."""
        if self.engine.problem is not None:
            session.server_problem = None
            return
        try:
            session.models, session.server_problem = await self.reader.models(), None
        except OcrError as error:
            session.server_problem = error
        session.first = self.first_wish(session)
        session.choices = model_choices.choices(session.models, self.settings.model, self.settings.overrides)
        session.preferred = model_choices.preferred(session.models, self.settings.model)

    def pictures(self, session: Session, options: ReadOptions, *, shown: bool = True) -> Pictures:
        """The images of the session's pages as these options want them; `shown` if somebody looks at them."""
        return Pictures(session, self.renderer, options.longest_side, options.rotation, options.upright, shown)

    def options(self, session: Session, wish: Wish) -> ReadOptions:
        """How to ask as wished; no model means the one of the settings, or else the first.

        Raises:
            UnknownModel: the server does not have it.
        """
        name = wish.model or self.settings.model or ""
        away = [] if self.engine.public else self.server.away
        model = choose_model(session.models, name or None, away) if session.models else Model(name)
        asked = replace(read_options(model, wish.overrides), rotation=wish.rotation)
        return replace(asked, upright=asked.upright and orientation.available())

    def first_wish(self, session: Session) -> Wish:
        """How a page is asked for about which nobody has said anything."""
        return Wish(self._first(session).id, self.settings.overrides)

    def first_options(self, session: Session) -> ReadOptions:
        """How to ask for a page that is only looked at."""
        return read_options(self._first(session), self.settings.overrides)

    def _first(self, session: Session) -> Model:
        name = self.settings.model or ""
        served = {model.id: model for model in session.models}
        return served.get(name, next(iter(session.models), self.engine.model or Model(name)))


async def _apply(event: Event, session: Session, run: Run, pictures: Pictures) -> None:
    """Take one event of a run."""
    if not isinstance(event, FigureCut):
        session.apply(event, run)
    elif session.readers.get(event.page) is run:
        await pictures.keep(event)
