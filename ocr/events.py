"""The events of a run: what a server's answer brings, and what happens to each page."""

from dataclasses import dataclass

from ocr.errors import OcrError
from ocr.page_words import PageWord
from ocr.types import Document, Finish, PageId, PageImage, PageResult, Region


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a page's text, as it came from the server."""

    text: str
    chunks: int = 1
    """Tokens, by the server's running count; else the chunks that the server sent it in."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of one answer."""

    finish: Finish
    tokens: int | None
    """Completion tokens by the server's usage chunk; None when it sent none."""
    cached: bool = False
    """Whether the answer came from the cache, not from a server."""
    server: str | None = None
    """The address of the server that read it, where it is one by URL."""
    answered_by: str | None = None
    """The model that the server says has answered, where it is another than the one asked for."""
    page_words: tuple[PageWord, ...] = ()
    """The words that were read with their places, if they are wanted and the reader measures them."""


@dataclass(frozen=True, slots=True)
class PageStarted:
    """A page has been rendered and its first request is about to leave."""

    page: PageId
    image: PageImage


@dataclass(frozen=True, slots=True)
class TextArrived:
    """More text of a page; append both strings to what came before."""

    page: PageId
    raw: str
    """The model's own characters."""
    markdown: str
    """The same for reading; provisional, the result's `markdown` is final."""
    tokens: int = 0
    """Of `raw`, counted as `Delta.chunks` is."""


@dataclass(frozen=True, slots=True)
class RegionFound:
    """A region's marker is complete; its text is still to come."""

    page: PageId
    region: Region


@dataclass(frozen=True, slots=True)
class FigureCut:
    """A figure has been cut out of its page; the Markdown refers to it by its name."""

    page: PageId
    name: str
    """Relative to the document's Markdown."""
    image: PageImage


@dataclass(frozen=True, slots=True)
class PageRetried:
    """An attempt broke off and the page is asked for again: forget its text and regions so far."""

    page: PageId
    attempt: int
    """The attempt that now begins, from 2."""
    reason: str
    """What was wrong with the one before and how the page is asked for now, in a sentence."""


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page's reading has ended without an error: whole, truncated or cancelled, as `result.finish` says."""

    page: PageId
    result: PageResult


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page could not be read to its end; the others go on."""

    page: PageId
    result: PageResult
    error: OcrError


Event = PageStarted | TextArrived | RegionFound | FigureCut | PageRetried | PageDone | PageFailed
"""What happens to a page."""


@dataclass(frozen=True, slots=True)
class DocumentOpened:
    """A document has been opened, and its pages begin to be read; comes before any event of a page of it."""

    index: int
    """Which document of the run it is, from 0: the `PageId.document` of its pages."""
    document: Document
    pages: tuple[int, ...]
    """Numbers of the pages that are read, from 1, ascending."""


@dataclass(frozen=True, slots=True)
class DocumentFailed:
    """A document cannot be opened, or none of its pages is asked for; the other documents are read all the same."""

    index: int
    """Which document of the run it is, from 0."""
    error: OcrError


ReadEvent = DocumentOpened | DocumentFailed | Event
"""What happens to a document or to a page."""
