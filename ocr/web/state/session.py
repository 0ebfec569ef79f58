"""A visitor's session: documents, pages, files. It expires some minutes after its tab is closed."""

import asyncio
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ocr.config.profiles import Model
from ocr.config.read_request import ReadRequest
from ocr.errors import OcrError
from ocr.events import Event
from ocr.inference.cache import PageCache
from ocr.types import Document, PageId
from ocr.web.locale.translation import Language
from ocr.web.state.checked_server import CheckedServer
from ocr.web.state.chosen_sheets import ChosenSheets
from ocr.web.state.disk import Storage, free, in_background
from ocr.web.state.edited_text import EditOutcome, ReplacePreview
from ocr.web.state.latest_task import LatestTask
from ocr.web.state.model_choice import ModelChoice
from ocr.web.state.outline import Outline
from ocr.web.state.page_history import SessionHistory
from ocr.web.state.page_state import UNFINISHED, PageState, PageStatus, Reading, StoredImage
from ocr.web.state.page_turns import PageTurns
from ocr.web.state.search import Search
from ocr.web.state.sent_values import SentValues
from ocr.web.state.session_files import Download, Upload
from ocr.web.state.session_tasks import Run, SessionTasks
from ocr.web.state.text_window import TextWindow, around
from ocr.web.state.verified_text import SessionChecks
from ocr.web.state.word_places import ShownWordPlaces


@dataclass(slots=True, eq=False)
class Session:
    """Everything one visitor has."""

    private: Path
    """Folder of the visitor's documents; never served."""
    public: Path
    """Folder of page images and downloads; served, under a secret name."""
    key: str = ""
    """A secret of its browser tab, by which it finds the session after a reload."""
    address: str = ""
    """The visitor's, as `network` has it."""
    tabs: set[str] = field(default_factory=set)
    """Gradio's names of the tabs that have it: one, or more where a tab was duplicated."""
    language: Language | None = None
    """The tab's language; None until it is known."""
    uploads: dict[int, Upload] = field(default_factory=dict)
    pages: dict[PageId, PageState] = field(default_factory=dict)
    pictures: dict[PageId, StoredImage] = field(default_factory=dict)
    thumbnails: set[PageId] = field(default_factory=set)
    """Pages whose thumbnail is in the public folder."""
    shown: PageId | None = None
    run: Run | None = None
    """The latest press of Read."""
    readers: dict[PageId, Run] = field(default_factory=dict)
    """Page → the run that reads it, or read it last; a page is read by one at a time."""
    tasks: SessionTasks = field(default_factory=SessionTasks)
    storage: Storage = field(default_factory=Storage)
    models: tuple[Model, ...] = ()
    """What the server offered this visitor."""
    models_of: object = None
    """The engine that was asked for them; None before."""
    choices: tuple[ModelChoice, ...] = ()
    """What the picker offers."""
    first: ReadRequest = ReadRequest()
    """The request for a page where the visitor has set nothing."""
    preferred: str = ""
    """The model picked until the visitor picks another."""
    refused: dict[str, str] = field(default_factory=dict)
    """Field under Advanced → what it accepts, for each that was invalid when Read was pressed."""
    refused_again: dict[str, str] = field(default_factory=dict)
    """The same for Read again."""
    problem: OcrError | None = None
    """Why the last action failed; shown beside the button."""
    server_problem: OcrError | None = None
    checked_server: CheckedServer | None = None
    """The server that was to be changed to last."""
    downloads: tuple[Download, ...] = ()
    downloaded: str = ""
    """The browser's name of the latest request for a download that has ended, be it written or not."""
    search: Search = field(default_factory=Search)
    outline: Outline = field(default_factory=Outline)
    history: SessionHistory = field(default_factory=SessionHistory)
    checks: SessionChecks = field(default_factory=SessionChecks)
    sheets: ChosenSheets = field(default_factory=ChosenSheets)
    edit: EditOutcome = field(default_factory=EditOutcome)
    """What became of the latest paragraph that was typed."""
    turns: PageTurns = field(default_factory=PageTurns)
    replacing: ReplacePreview = field(default_factory=ReplacePreview)
    looking: LatestTask[ReplacePreview] = field(default_factory=LatestTask)
    """Looks for what is to be replaced."""
    word_places: ShownWordPlaces = field(default_factory=ShownWordPlaces)
    missing: int = 0
    """The document that was to be opened from the library last, if that has none of this number."""
    text_window: TextWindow | None = None
    """What the document's continuous text shows; None while it is closed."""
    text_tied: bool = True
    """Whether that text goes to the page that is shown."""
    touched_at: float = field(default_factory=time.monotonic)
    left_at: float | None = None
    """When the tab's connection ended."""
    sent: dict[str, SentValues] = field(default_factory=dict)
    """What its tabs have been sent."""
    update_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an update of the screen is sent."""
    text_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the visitor changes a text, so that the next press comes after that (corrections.py)."""
    thumbnail_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while one thumbnail is made and in the pause after it."""
    answer_cache: PageCache | None = None
    """Answers of this visitor alone, on a public page (answer_caches.py)."""
    _added: int = 0

    @property
    def busy(self) -> bool:
        """Whether a press of Read is under way."""
        return self.run is not None and self.run.busy

    @property
    def active(self) -> bool:
        """Whether any page is being read or waits for it."""
        return self.busy or self.tasks.active

    def sent_to(self, tab: str) -> SentValues:
        """What this tab has been sent since it came."""
        return self.sent.setdefault(tab, SentValues())

    def touch(self) -> None:
        """Record that the visitor is there."""
        self.touched_at = time.monotonic()

    def add(self, name: str, path: Path) -> Upload:
        """Add a file, which is opened later."""
        upload = Upload(self._added, name, path)
        self._added += 1
        self.uploads[upload.key] = upload
        return upload

    def add_pages(self, upload: Upload, document: Document) -> None:
        """Add the pages of a file that was opened."""
        upload.document, upload.problem = document, None
        for number in range(1, document.pages + 1):
            page = PageId(upload.key, number)
            self.pages[page] = PageState(page)
        self.pages = dict(sorted(self.pages.items()))  # a file added earlier may be opened later
        if self.shown is None:
            self.shown = PageId(upload.key, 1)

    def document(self, key: int) -> Document:
        """The document of this key; it has been opened."""
        document = self.uploads[key].document
        assert document, "pages are of documents that were opened"
        return document

    def remove(self, key: int) -> None:
        """Remove a file and everything read from it."""
        upload, removed = self.uploads.pop(key, None), list[Any]()
        for page in [page for page in self.pages if page.document == key]:
            removed += self.pages.pop(page), self.history.remove(page)
            self.pictures.pop(page, None)
            self.readers.pop(page, None)
            self.checks.forget(page)
        self.sheets.remove(key)
        self.turns.remove(key)
        self.outline.remove(key)
        self.search.remove(key)
        in_background(free, removed)
        self.thumbnails = {page for page in self.thumbnails if page.document != key}
        self.storage.discard([path for path in self.storage.files if path.name.startswith(f"{key}-")])
        if upload:
            upload.path.unlink(missing_ok=True)
            self.storage.forget(upload.path)
        if self.shown is not None and self.shown.document == key:
            self.shown = min(self.pages, default=None)

    def begin(
        self,
        pages: tuple[PageId, ...],
        request: ReadRequest,
        paused_s: Callable[[float], float] = lambda since: 0.0,
        *,
        aside: bool = False,
    ) -> Run:
        """Start a run over these pages; a page whose new reading fails or is stopped gets its previous one back.

        `paused_s` is the run's; `aside`: beside the run that the status shows, as for one page's Read again.
        """
        run = Run(pages, request, paused_s=paused_s)
        self._queue(pages, run)
        if not aside:
            self.shown = self.shown if self.shown in pages else pages[0]
            self.run = run
        return run

    def extend(self, run: Run, pages: tuple[PageId, ...]) -> None:
        """Have a run that is under way read these pages too."""
        run.extend(pages)
        if not run.queued:
            self._queue(pages, run)

    def _queue(self, pages: tuple[PageId, ...], run: Run) -> None:
        for page in pages:
            if self.reader(page):
                self.stop_page(page)
                self._change(page, PageState.interrupt)
            self.readers[page] = run
            self.history.start_rereading(page)
            self.pages[page].queue(run.request, self.pictures.get(page))

    def reader(self, page: PageId) -> Run | None:
        """The run that reads this page, or in which it waits."""
        run = self.readers.get(page)
        under_way = page in self.pages and self.pages[page].status in UNFINISHED
        return run if run and run.busy and under_way else None

    def stop_page(self, page: PageId) -> None:
        """Stop this page, whether it waits or is being read; its text stays, and the rest of its run goes on."""
        run = self.reader(page)
        if run and page in run.remaining:
            run.remaining.remove(page)
            self._change(page, PageState.interrupt)
        elif run:
            run.stop.set_page(page)

    def apply(self, event: Event, run: Run | None = None) -> None:
        """Apply one event of a run, by default the latest press of Read."""
        run = run or self.run
        if self.readers.get(event.page) is run:
            if run:
                run.record_timing(event)
            self._change(event.page, lambda page: page.apply(event))

    def end(self, run: Run) -> None:
        """End a run, however it ended; none of its pages stays unfinished."""
        run.end()
        for page in run.pages:
            if self.readers.get(page) is run:
                self._change(page, PageState.interrupt)

    def restore(self, page: PageId, number: int) -> None:
        """Make this reading the page's own again, unless it was dropped or the page is being read."""
        history = self.history.of(page)
        reading = history.readings.get(number)
        if page not in self.pages or reading is None or self.reader(page):
            return
        history.picked, history.own = history.pair(), number
        self.pages[page].restore(reading)
        self.text_changed(page)
        if reading.picture:
            self.pictures[page] = reading.picture

    def show_reading(self, page: PageId, reading: Reading) -> bool:
        """Show a reading of an earlier session, unless the page is gone, or is or was read in this one; whether so."""
        if page not in self.pages or self.pages[page].result or self.reader(page):
            return False
        self.pages[page].restore(reading)
        self.history.add(page, reading, reading.result)
        self.text_changed(page)
        return True

    def _change(self, page: PageId, change: Callable[[PageState], None]) -> None:
        """Change a page; a previous reading that is restored brings back the image that its boxes refer to."""
        if page not in self.pages:
            return
        page_state = self.pages[page]
        before, previous, latest = page_state.result, page_state.previous, page_state.latest
        change(page_state)
        if page_state.latest and page_state.latest is not latest:
            ended = replace(page_state.latest, picture=self.pictures.get(page))
            self.history.add(page, ended, page_state.result)
        if page_state.result and page_state.result is not before:
            self.text_changed(page)
        if previous and previous.picture and page_state.result is previous.result:
            self.pictures[page] = previous.picture

    def text_changed(self, page: PageId) -> None:
        """The page that has ended shows another text: find its headings and matches, and compare it if need be."""
        self.search.update(self.pages[page])
        self.outline.update(self.pages[page])
        if self.pages[page].verified:
            self.checks.remove(page)
        else:
            self.checks.add(page)

    def pages_of(self, run: Run) -> list[PageState]:
        """The pages of a run as they are now, without those whose file was removed."""
        return [self.pages[page] for page in run.pages if page in self.pages]

    def has_pages_of(self, run: Run) -> bool:
        """Whether there are any; none are left once all its files were removed."""
        return any(page in self.pages for page in run.pages)

    @property
    def requested(self) -> list[PageState]:
        """The pages of all runs so far."""
        return [page for one, page in self.pages.items() if one in self.readers]

    @property
    def statuses(self) -> Counter[PageStatus]:
        """How many pages have each status."""
        return Counter([page.status for page in self.pages.values()])

    @property
    def requested_statuses(self) -> Counter[PageStatus]:
        """The same of the pages of all runs so far."""
        return Counter([page.status for page in self.requested])

    @property
    def pages_by_document(self) -> dict[int, list[PageState]]:
        """The pages of each document that was opened, by its key."""
        pages = defaultdict[int, list[PageState]](list)
        for (document, _), page in self.pages.items():
            pages[document].append(page)
        return pages

    @property
    def shown_window(self) -> TextWindow | None:
        """What the continuous text shows now: another page that is shown moves it, unless it is not tied to that."""
        window, shown = self.text_window, self.shown
        if window is None or shown is None:
            return None
        same = window.document == shown.document
        if same and (window.has(shown.number - 1) or not self.text_tied):
            return window
        return around(shown.document, shown.number - 1)

    def close(self) -> None:
        """Stop the run, forget the pages and delete the files."""
        self.tasks.stop()
        removed = [*self.pages.values(), *map(self.history.remove, self.pages)]
        self.pages, self.shown = {}, None
        in_background(self._delete, removed)

    def _delete(self, objects: list[Any]) -> None:
        free(objects)
        if self.answer_cache:
            self.answer_cache.close()
        for folder in (self.private, self.public):
            shutil.rmtree(folder, ignore_errors=True)
