"""What the screen knows of one page: the fold of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ocr.errors import OcrError
from ocr.figures import without_missing
from ocr.page import (
    Block,
    Event,
    Finish,
    PageDone,
    PageFailed,
    PageId,
    PageResult,
    PageRetried,
    PageStarted,
    Region,
    RegionFound,
    TextArrived,
)
from ocr.ui.text import PageParagraphs


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


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's image, written once to the session's folder."""

    path: Path
    width: int
    height: int
    media_type: str
    asked: int
    """Pixels of the longer side that were asked for."""


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
    """Pieces of text that arrived; stands for tokens until the result counts them."""
    attempt: int = 1
    error: OcrError | None = None
    result: PageResult | None = None
    earlier: tuple[PageResult, dict[str, Path]] | None = None
    """A whole reading from before, and its figures; comes back if this one fails or is stopped."""

    @property
    def tokens(self) -> int:
        """Tokens of this page's answer so far."""
        return self.result.tokens if self.result and self.state is not State.READING else self.chunks

    def queue(self) -> None:
        """The page is about to be asked for, perhaps again."""
        if self.result and self.state in READ:
            self.earlier = self.result, self.figures
        self.figures = {}
        self.state, self.error, self.result = State.WAITING, None, None
        self._forget()

    def apply(self, event: Event) -> None:
        """Take one event of this page."""
        match event:
            case PageStarted():
                self.state = State.READING
            case TextArrived(raw=raw, markdown=markdown):
                self.raw += raw
                self.markdown += markdown
                self.text.write(markdown)
                self.chunks += 1
            case RegionFound(region=region):
                self.text.begin(len(self.regions))
                self.regions.append(region)
            case PageRetried(attempt=attempt):
                self._forget()
                self.attempt = attempt
            case PageFailed(result=result, error=error):
                self.error = error
                self._settle(result)
            case PageDone(result=result):
                self._settle(result)

    def interrupt(self) -> None:
        """The run ended without a word on this page: what had arrived is kept."""
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
        self.text = PageParagraphs()

    def _settle(self, result: PageResult) -> None:
        if self.earlier and result.finish in (Finish.FAILED, Finish.CANCELLED):
            result, self.figures = self.earlier
        self.result, self.earlier = result, None
        self.raw, self.markdown, self.regions = result.raw, result.markdown, list(result.regions)
        self.text.settle(result.blocks or [Block(result.markdown)])
        self.state = FINISHED[result.finish]
        if self.state is State.DONE and not result.raw.strip():
            self.state = State.BLANK
