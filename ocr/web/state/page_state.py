"""What the screen knows of one page: the fold of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ocr.config.profiles import Overrides
from ocr.errors import OcrError
from ocr.events import Event, PageDone, PageFailed, PageRetried, PageStarted, RegionFound, TextArrived
from ocr.parsing.figures import without_missing
from ocr.types import Block, Finish, PageId, PageResult, Region
from ocr.web.state.paragraphs import PageParagraphs


class State(StrEnum):
    """What a page's chip shows."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    BLANK = "blank"
    """Read to its end, and there was no text on it."""
    TRUNCATED = "truncated"
    REPEATED = "repeated"
    CANCELLED = "cancelled"
    FAILED = "failed"


FINISHED = {
    Finish.STOP: State.DONE,
    Finish.LENGTH: State.TRUNCATED,
    Finish.REPETITION: State.REPEATED,
    Finish.CANCELLED: State.CANCELLED,
    Finish.FAILED: State.FAILED,
}
READ = {State.DONE, State.BLANK, State.TRUNCATED, State.REPEATED}
"""States of a page that has an answer; the others are asked for when the visitor presses Read."""


BROKEN = {Finish.FAILED, Finish.CANCELLED}
"""Ends of a reading that gave up; whatever else there is of the page may be better."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's image, written once to the session's folder."""

    path: Path
    width: int
    height: int
    media_type: str
    rotation: int = 0
    """Degrees clockwise by which it was turned."""
    asked: tuple[int, int, bool] = (0, 0, False)
    """Pixels of the longer side, degrees clockwise, and whether to stand upright: as it was asked for."""
    missing_fonts: tuple[str, ...] = ()
    """As of the page's image."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a page is to be read, as far as the visitor or the settings say."""

    model: str
    """Its ID; empty for the one that would be asked first."""
    overrides: Overrides = field(default_factory=Overrides)
    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading from before, whole with what belongs to it."""

    result: PageResult
    figures: dict[str, Path]
    picture: Picture | None
    wish: Wish | None
    error: OcrError | None

    def better_than(self, result: PageResult) -> bool:
        """Whether this is to come back now that a newer reading has ended like that."""
        if result.finish not in BROKEN:
            return False
        return self.result.finish not in BROKEN or len(self.result.raw) >= max(len(result.raw), 1)


@dataclass(slots=True)
class PageReading:
    """One page on the screen; changed by its methods alone."""

    page: PageId
    state: State = State.WAITING
    raw: str = ""
    markdown: str = ""
    text: PageParagraphs = field(default_factory=PageParagraphs)
    """`markdown` as the screen shows it."""
    regions: list[Region] = field(default_factory=list)
    figures: dict[str, Path] = field(default_factory=dict)
    """Where each figure's file is, by the name that the Markdown refers to."""
    chunks: int = 0
    """Tokens that have arrived, until the result counts them."""
    attempt: int = 1
    reason: str = ""
    """Why it is asked for again, where it is."""
    error: OcrError | None = None
    result: PageResult | None = None
    wish: Wish | None = None
    """How it was last asked for; None while it never was."""
    earlier: Kept | None = None
    """The reading from before; comes back if this one fails or is stopped and has no more to show."""
    ended: Kept | None = None
    """What the latest reading came to, whether it is what the page shows or not; without its picture."""
    again: PageReading | None = None
    """What has arrived of a further answer, as long as it says what stands there already."""

    @property
    def cached(self) -> bool:
        """Whether its text came from the cache, and says nothing of a model's speed."""
        return self.result is not None and self.result.cached

    @property
    def tokens(self) -> int:
        """Tokens that a model has written for this page so far; none for a page from the cache."""
        if self.result and self.state is not State.READING:
            return 0 if self.cached else self.result.tokens
        return self.chunks

    @property
    def kept(self) -> tuple[PageResult, dict[str, Path]] | None:
        """What can be taken away of it, and its figures: while it is read anew, the reading from before."""
        if self.result:
            return self.result, self.figures
        return (self.earlier.result, self.earlier.figures) if self.earlier else None

    @property
    def retried(self) -> bool:
        """Whether it had to be asked for more than once."""
        return self.result is not None and self.result.attempts > 1

    def queue(self, wish: Wish | None = None, picture: Picture | None = None) -> None:
        """The page is about to be asked for, perhaps again; what was read of it stays until the first new text.

        `picture` is what the page looks like now: it comes back with the reading that belongs to it.
        """
        if self.result:
            self.earlier = Kept(self.result, self.figures, picture, self.wish, self.error)
        self.wish, self.state, self.error, self.result = wish, State.WAITING, None, None

    def apply(self, event: Event) -> None:
        """Take one event of this page."""
        match event:
            case PageStarted():
                self.state = State.READING
                self._forget()
                self.figures = {}
            case TextArrived() | RegionFound() if self.again:
                self._follow(self.again, event)
            case TextArrived(raw=raw, markdown=markdown, tokens=tokens):
                self.raw += raw
                self.markdown += markdown
                self.text.write(markdown)
                self.chunks += tokens
            case RegionFound(region=region):
                self.text.begin(len(self.regions))
                self.regions.append(region)
            case PageRetried(attempt=attempt, reason=reason):
                self.again, self.chunks = PageReading(self.page), 0
                self.attempt, self.reason = attempt, reason
            case PageFailed(result=result, error=error):
                self.error = error
                self._settle(result)
            case PageDone(result=result):
                self._settle(result)

    def keep_figure(self, name: str, path: Path) -> None:
        """A figure of the answer that arrives; it is shown with the text that refers to it."""
        (self.again or self).figures[name] = path

    def interrupt(self) -> None:
        """The run ended without a word on this page: what had arrived is kept."""
        if self.state is State.WAITING and self.earlier:
            self._forget()  # what stands there was read before
        self.again = None
        if self.state in (State.WAITING, State.READING):
            self._settle(
                PageResult(
                    number=self.page.number, width=0, height=0,
                    markdown=without_missing(self.markdown, self.figures), raw=self.raw,
                    regions=tuple(self.regions), finish=Finish.CANCELLED, error=None, attempts=self.attempt,
                    tokens=self.chunks, seconds=0.0,
                    blocks=tuple(Block(part.markdown.strip(), part.regions) for part in self.text.paragraphs),
                )
            )  # fmt: skip

    def _forget(self) -> None:
        self.raw, self.markdown, self.regions, self.chunks, self.attempt = "", "", [], 0, 1
        self.text, self.again = PageParagraphs(), None

    def _follow(self, again: PageReading, event: TextArrived | RegionFound) -> None:
        """Take more of a further answer; it is shown once it goes beyond the one that was given up, or another way."""
        again.apply(event)
        self.chunks = again.chunks
        if len(again.raw) >= len(self.raw) or not self.raw.startswith(again.raw):
            self.raw, self.markdown, self.text, self.regions = again.raw, again.markdown, again.text, again.regions
            self.figures, self.again = again.figures, None

    def adopt(self, kept: Kept) -> None:
        """A reading from before becomes the page's own."""
        self.figures, self.wish, self.error = kept.figures, kept.wish, kept.error
        self._show(kept.result)

    def _settle(self, result: PageResult) -> None:
        if self.again:  # those of the answer that is kept came last
            self.figures |= self.again.figures
        self.ended = Kept(result, self.figures, None, self.wish, self.error)
        earlier, self.earlier = self.earlier, None
        if earlier and earlier.better_than(result):
            result, self.figures, self.wish = earlier.result, earlier.figures, earlier.wish
            if result.finish is Finish.FAILED:
                self.error = self.error or earlier.error
        self._show(result)

    def _show(self, result: PageResult) -> None:
        self.result, self.again = result, None
        self.raw, self.markdown, self.regions = result.raw, result.markdown, list(result.regions)
        self.text.settle(result.blocks or [Block(result.markdown)])
        self.state = FINISHED[result.finish]
        if self.state is State.DONE and not result.raw.strip():
            self.state = State.BLANK
