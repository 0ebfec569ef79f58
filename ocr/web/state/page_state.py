"""The state of one page on the screen, updated from its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ocr.config.read_request import ReadRequest
from ocr.errors import OcrError
from ocr.events import Event, PageDone, PageFailed, PageRetried, PageStarted, RegionFound, TextArrived
from ocr.page_words import Finding
from ocr.parsing.figures import without_missing
from ocr.parsing.visible_text import word_count
from ocr.types import ABORTED, Finish, ImageSpec, PageId, PageImage, PageResult, Region, TextBlock
from ocr.web.state.paragraphs import PageParagraphs
from ocr.web.state.verified_text import VerifiedText, place_id


class PageStatus(StrEnum):
    """Status of a page, as its badge shows it."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    BLANK = "blank"
    """Read to its end, and there was no text on it."""
    TRUNCATED = "truncated"
    REPEATED = "repeated"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNREAD = "unread"
    """Its run ended before it was read, since the server cannot be used."""


STATUS_OF_FINISH = {
    Finish.STOP: PageStatus.DONE,
    Finish.LENGTH: PageStatus.TRUNCATED,
    Finish.REPETITION: PageStatus.REPEATED,
    Finish.CANCELLED: PageStatus.CANCELLED,
    Finish.FAILED: PageStatus.FAILED,
    Finish.UNREAD: PageStatus.UNREAD,
}
UNFINISHED = {PageStatus.WAITING, PageStatus.READING}
"""Statuses of a page that nobody has asked for, that waits in a run, or that is being read."""
ANSWERED = {PageStatus.DONE, PageStatus.BLANK, PageStatus.TRUNCATED, PageStatus.REPEATED}
"""Statuses of a page that has an answer; pages of any other status are read when the visitor presses Read."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A page's image, written once to the session's folder."""

    path: Path
    image: PageImage
    """The image, its bytes left out."""
    requested: ImageSpec | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of a page that has ended, with its figures and its image."""

    result: PageResult
    figures: dict[str, Path]
    picture: StoredImage | None
    request: ReadRequest | None
    error: OcrError | None
    verified: VerifiedText | None = None
    """How its text compares with the page, where that was known when another text replaced it."""

    def better_than(self, result: PageResult) -> bool:
        """Whether this replaces a newer reading that has ended with `result`."""
        if result.finish not in ABORTED:
            return False
        return self.result.finish not in ABORTED or len(self.result.raw) >= max(len(result.raw), 1)


@dataclass(slots=True)
class PageState:
    """One page on the screen; changed by its methods alone."""

    page: PageId
    status: PageStatus = PageStatus.WAITING
    raw: str = ""
    markdown: str = ""
    text: PageParagraphs = field(default_factory=PageParagraphs)
    """`markdown` as the screen shows it."""
    regions: list[Region] = field(default_factory=list)
    figures: dict[str, Path] = field(default_factory=dict)
    """Where each figure's file is, by the name that the Markdown refers to."""
    words: int = 0
    """Words of the text of a page that has ended."""
    chunks: int = 0
    """Tokens that have arrived, until the result counts them."""
    attempt: int = 1
    reason: str = ""
    """Why it was retried, if it was."""
    error: OcrError | None = None
    result: PageResult | None = None
    verified: VerifiedText | None = None
    """The words and the check of `markdown`; None while it is not compared with the page."""
    dismissed: set[str] = field(default_factory=set)
    """Ids of the places that the visitor finds right as they are."""
    undoable: list[Reading | str] = field(default_factory=list)
    """What the visitor's latest steps can be taken back to: the reading before, or the id of the place dismissed."""
    redoable: list[Reading | str] = field(default_factory=list)
    """What the steps taken back led to, the one taken back last at the end."""
    request: ReadRequest | None = None
    """The latest request for it; None before the first."""
    previous: Reading | None = None
    """The previous reading; restored if this one fails or is stopped with less text."""
    latest: Reading | None = None
    """The latest reading that ended, whether the page shows it or not; without its image."""
    retry: PageState | None = None
    """Text of a retry, collected here as long as it repeats what the page already shows."""

    @property
    def cached(self) -> bool:
        """Whether its text came from the cache, and says nothing of a model's speed."""
        return self.result is not None and self.result.cached

    @property
    def tokens(self) -> int:
        """Tokens that a model has written for this page so far; none for a page from the cache."""
        if self.result and self.status is not PageStatus.READING:
            return 0 if self.cached else self.result.tokens
        return self.chunks

    @property
    def downloadable(self) -> Reading | None:
        """The reading to export; while the page is read again, the previous one."""
        return self.reading() if self.result else self.previous

    def reading(self, picture: StoredImage | None = None) -> Reading:
        """The reading that the page shows, which has ended."""
        assert self.result, "the page has been read"
        return Reading(self.result, self.figures, picture, self.request, self.error, self.verified)

    @property
    def places(self) -> tuple[Finding, ...]:
        """The places to look at, in the order of the text; the browser knows them by their index here."""
        found = self.verified.places if self.verified else ()
        return tuple(one for one in found if place_id(one) not in self.dismissed) if self.dismissed else found

    def place(self, name: str) -> Finding | None:
        """The place of that id; None if there is none any more."""
        return next((finding for finding in self.places if place_id(finding) == name), None)

    def queue(self, request: ReadRequest | None = None, picture: StoredImage | None = None) -> None:
        """Wait for a run; the text of an earlier reading stays until the first new text.

        `picture` is what the page looks like now: it comes back with the reading that belongs to it.
        """
        if self.result:
            self.previous = self.reading(picture)
        self.request, self.status, self.error, self.result = request, PageStatus.WAITING, None, None

    def apply(self, event: Event) -> None:
        """Take one event of this page."""
        match event:
            case PageStarted():
                self.status = PageStatus.READING
                self._clear()
                self.figures = {}
            case TextArrived() | RegionFound() if self.retry:
                self._apply_to_retry(self.retry, event)
            case TextArrived(raw=raw, markdown=markdown, tokens=tokens):
                self.raw += raw
                self.markdown += markdown
                self.text.write(markdown)
                self.chunks += tokens
            case RegionFound(region=region):
                self.text.begin(len(self.regions))
                self.regions.append(region)
            case PageRetried(attempt=attempt, reason=reason):
                self.retry, self.chunks = PageState(self.page), 0
                self.attempt, self.reason = attempt, reason
            case PageFailed(result=result, error=error):
                self.error = error
                self._finish(result)
            case PageDone(result=result):
                self._finish(result)

    def add_figure(self, name: str, path: Path) -> None:
        """A figure of the answer that arrives; it is shown with the text that refers to it."""
        (self.retry or self).figures[name] = path

    def interrupt(self) -> None:
        """End a page whose run ended before it; the text that has arrived stays."""
        if self.status is PageStatus.WAITING and self.previous:
            self._clear()  # what stands there was read before
        self.retry = None
        if self.status in UNFINISHED:
            self._finish(
                PageResult(
                    number=self.page.number, width=0, height=0,
                    markdown=without_missing(self.markdown, self.figures), raw=self.raw,
                    regions=tuple(self.regions), finish=Finish.CANCELLED, error=None, attempts=self.attempt,
                    tokens=self.chunks, seconds=0.0,
                    blocks=tuple(TextBlock(part.markdown.strip(), part.regions) for part in self.text.paragraphs),
                )
            )  # fmt: skip

    def _clear(self) -> None:
        self.raw, self.markdown, self.regions, self.chunks, self.attempt = "", "", [], 0, 1
        self.text, self.retry, self.verified = PageParagraphs(), None, None

    def _apply_to_retry(self, again: PageState, event: TextArrived | RegionFound) -> None:
        """Collect a retry's text; show it once it is longer than the abandoned answer, or differs from it."""
        again.apply(event)
        self.chunks = again.chunks
        if len(again.raw) >= len(self.raw) or not self.raw.startswith(again.raw):
            self.raw, self.markdown, self.text, self.regions = again.raw, again.markdown, again.text, again.regions
            self.figures, self.retry = again.figures, None

    def restore(self, reading: Reading) -> None:
        """Make an earlier reading the page's own again."""
        self.figures, self.request, self.error = reading.figures, reading.request, reading.error
        self._show(reading.result, verified=reading.verified)

    def correct(self, result: PageResult) -> None:
        """Show this text, which a person has changed, instead."""
        undoable = [*self.undoable, self.reading()]
        self._show(result)
        self.undoable = undoable

    def dismiss(self, place: str) -> None:
        """The place of this id is right as it is."""
        self.dismissed.add(place)
        self.undoable.append(place)
        self.redoable = []

    def undo(self) -> None:
        """Take the latest correction or dismissal back."""
        *undoable, last = self.undoable
        redoable = [*self.redoable, self.reading() if isinstance(last, Reading) else last]
        if isinstance(last, Reading):
            self.restore(last)
        else:
            self.dismissed.discard(last)
        self.undoable, self.redoable = undoable, redoable

    def redo(self) -> None:
        """Do again what was taken back last."""
        *redoable, last = self.redoable
        undoable = [*self.undoable, self.reading() if isinstance(last, Reading) else last]
        if isinstance(last, Reading):
            self.restore(last)
        else:
            self.dismissed.add(last)
        self.undoable, self.redoable = undoable, redoable

    def _finish(self, result: PageResult) -> None:
        if self.retry:  # those of the final answer came last
            self.figures |= self.retry.figures
        self.latest = Reading(result, self.figures, None, self.request, self.error)
        earlier, self.previous = self.previous, None
        if earlier and earlier.better_than(result):
            error = self.error
            self.restore(earlier)
            self.error = error or (earlier.error if earlier.result.finish is Finish.FAILED else None)
        else:
            self._show(result)

    def _show(self, result: PageResult, *, verified: VerifiedText | None = None) -> None:
        self.result, self.verified = result, verified
        self.retry, self.undoable, self.redoable = None, [], []
        self.raw, self.markdown, self.regions = result.raw, result.markdown, list(result.regions)
        self.text.finish(result.blocks or [TextBlock(result.markdown)])
        self.words = word_count(result.markdown)
        self.status = STATUS_OF_FINISH[result.finish]
        if self.status is PageStatus.DONE and not (result.markdown if result.corrected else result.raw).strip():
            self.status = PageStatus.BLANK
