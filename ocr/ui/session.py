"""A visitor's session: documents, pages, files. It dies with the tab; no visitor can name another's."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from ocr.errors import OcrError, PasswordRequired, WrongPassword
from ocr.page import Document, Event, PageDone, PageFailed, PageId
from ocr.pipeline import Stop
from ocr.profiles import Model
from ocr.ui.models import Choice
from ocr.ui.reading import PageReading, Picture, State
from ocr.ui.search import Search

GRACE = 300.0
"""Seconds that a session outlives its tab's connection: a network that blinks costs no results."""
IDLE = 6 * 3600.0
"""Seconds after which a session that nobody touches is dropped, tab or no tab."""
MOST = 2000
"""Sessions kept at once; beyond, the one untouched for longest goes. One holds its texts, its files are on disk."""


@dataclass(slots=True)
class Upload:
    """A file that a visitor added: a document, or the reason why it is none."""

    key: int
    """The document's index in `PageId`; never used twice in a session."""
    name: str
    path: Path
    document: Document | None = None
    problem: OcrError | None = None

    @property
    def locked(self) -> bool:
        """Whether a password would open it."""
        return isinstance(self.problem, PasswordRequired | WrongPassword)


@dataclass(slots=True)
class Run:
    """One press of Read."""

    pages: tuple[PageId, ...]
    model: str
    stop: Stop = field(default_factory=Stop)
    queued: bool = False
    """Whether it still waits for the server; its pages are as they were before."""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def busy(self) -> bool:
        """Whether pages are still being read."""
        return self.ended is None

    @property
    def seconds(self) -> float:
        """Wall time from the press to the end, or to now."""
        return (self.ended or time.monotonic()) - self.started


@dataclass(frozen=True, slots=True)
class Download:
    """A file ready to be taken away."""

    name: str
    path: Path


@dataclass(slots=True)
class Session:
    """Everything one visitor has."""

    private: Path
    """Folder of the visitor's documents; never served."""
    public: Path
    """Folder of page images and downloads; served, under a name nobody can guess."""
    uploads: dict[int, Upload] = field(default_factory=dict)
    pages: dict[PageId, PageReading] = field(default_factory=dict)
    pictures: dict[PageId, Picture] = field(default_factory=dict)
    thumbs: set[PageId] = field(default_factory=set)
    """Pages whose thumbnail is in the public folder."""
    shown: PageId | None = None
    run: Run | None = None
    models: tuple[Model, ...] = ()
    """What the server offered this visitor."""
    choices: tuple[Choice, ...] = ()
    """What the picker offers."""
    preferred: str = ""
    """The model picked until the visitor picks another."""
    refused: dict[str, str] = field(default_factory=dict)
    """Field under Advanced → what it takes, for each that held something else when Read was pressed."""
    problem: OcrError | None = None
    """What keeps the next run from starting; shown beside the button."""
    server_problem: OcrError | None = None
    downloads: tuple[Download, ...] = ()
    search: Search = field(default_factory=Search)
    whole: int = 0
    """Pages of the document on the desk that its continuous text shows; 0 while nobody looks at it."""
    touched: float = field(default_factory=time.monotonic)
    left: float | None = None
    """When the tab's connection ended."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an update of the screen is on its way out."""
    _added: int = 0

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return self.run is not None and self.run.busy

    def add(self, name: str, path: Path) -> Upload:
        """Take a file in; it is not opened yet."""
        upload = Upload(self._added, name, path)
        self._added += 1
        self.uploads[upload.key] = upload
        return upload

    def opened(self, upload: Upload, document: Document) -> None:
        """A file turned out to be a document: its pages wait."""
        upload.document, upload.problem = document, None
        for number in range(1, document.pages + 1):
            page = PageId(upload.key, number)
            self.pages[page] = PageReading(page)
        if self.shown is None:
            self.shown = PageId(upload.key, 1)

    def remove(self, key: int) -> None:
        """Forget a file and everything read from it."""
        upload = self.uploads.pop(key, None)
        for page in [page for page in self.pages if page.document == key]:
            del self.pages[page]
            self.pictures.pop(page, None)
        if upload:
            upload.path.unlink(missing_ok=True)
        if self.shown is not None and self.shown.document == key:
            self.shown = min(self.pages, default=None)

    def queue(self, pages: tuple[PageId, ...]) -> Run:
        """A run that waits for the server: it can be stopped, nothing that was read is touched."""
        self.run = Run(pages, "", queued=True)
        return self.run

    def begin(self, pages: tuple[PageId, ...], model: str) -> Run:
        """Start a run over these pages; what was read of them before is forgotten, all else stays."""
        for page in pages:
            self.pages[page].queue()
        if self.shown not in pages:
            self.shown = pages[0]
        self.downloads = ()
        self.run = Run(pages, model)
        return self.run

    def apply(self, event: Event) -> None:
        """Take one event of the run."""
        if event.page in self.pages:
            self.pages[event.page].apply(event)
            if isinstance(event, PageDone | PageFailed):
                self.search.update(self.pages[event.page])

    def end(self, run: Run) -> None:
        """The run is over, however it ended: no page stays in the air."""
        run.ended = time.monotonic()
        for page in run.pages:
            if page in self.pages:
                self.pages[page].interrupt()

    def count(self, *states: State) -> int:
        """Pages of the latest run in one of these states."""
        pages = self.run.pages if self.run else ()
        return sum(1 for page in pages if page in self.pages and self.pages[page].state in states)

    def close(self) -> None:
        """Stop the run and delete the files."""
        if self.run:
            self.run.stop.set()
        shutil.rmtree(self.private, ignore_errors=True)
        shutil.rmtree(self.public, ignore_errors=True)


class Sessions:
    """The sessions of one running app, each known only to the tab that has its key."""

    def __init__(self) -> None:
        """Make the folders; `close` deletes them."""
        self.root = Path(tempfile.mkdtemp(prefix="pagelight-")).resolve()
        self.public = self.root / "public"
        self.private = self.root / "private"
        self._sessions: dict[str, Session] = {}

    def of(self, key: str | None) -> Session:
        """The session of this key, a new one if there is none."""
        key = key or ""
        self._sweep()
        session = self._sessions.get(key)
        if session is None:
            self._make_room()
            name = secrets.token_urlsafe(24)
            session = self._sessions[key] = Session(self.private / name, self.public / name)
            session.private.mkdir(parents=True)
            session.public.mkdir(parents=True)
        session.touched, session.left = time.monotonic(), None
        return session

    def leave(self, key: str | None) -> None:
        """The tab is gone: its requests stop at once, its results are kept a little in case it comes back."""
        session = self._sessions.get(key or "")
        if session:
            session.left = time.monotonic()
            if session.run:
                session.run.stop.set()
            asyncio.get_running_loop().call_later(GRACE + 1, self._sweep)

    def close(self) -> None:
        """End all sessions; nothing of them stays on disk."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        shutil.rmtree(self.root, ignore_errors=True)

    def _sweep(self) -> None:
        """Drop the sessions whose time is up."""
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.touched > IDLE or (session.left is not None and now - session.left > GRACE):
                self._sessions.pop(key).close()

    def _make_room(self) -> None:
        """One more session must fit."""
        while len(self._sessions) >= MOST:
            oldest = min(self._sessions, key=lambda key: self._sessions[key].touched)
            self._sessions.pop(oldest).close()
