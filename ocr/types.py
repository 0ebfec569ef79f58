"""The immutable values passed between stages: documents, page images, results."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from ocr.page_words import PageCheck, PageWord, PlacedWord
from ocr.photo_sheets import PhotoMode, SheetCorners


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; integers 0–1000 on both axes, whatever the image's size.

    Raises:
        ValueError: if a corner lies outside 0–1000 or the box has no area.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1000 and 0 <= self.top < self.bottom <= 1000):
            raise ValueError(f"not a box on a 0-1000 page: {self.left},{self.top},{self.right},{self.bottom}")

    def as_list(self) -> list[int]:
        """The corners as `[left, top, right, bottom]`, the order of result.json."""
        return [self.left, self.top, self.right, self.bottom]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that the model named and placed."""

    label: str
    """Layout label as the model wrote it: `title`, `text`, `table`, `image` …"""
    box: Box
    text: str = ""
    """The model's text inside the region; empty when the region has just been found, and for pictures."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A part of a page's text for reading, and where on the page it was read."""

    markdown: str
    regions: tuple[int, ...] = ()
    """Indices in the page's regions; several where the model continued a block, none where it placed nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture within a page, to be cut out of it."""

    name: str
    """Path of its file, relative to the document's Markdown: `figures/page-2-1.png`."""
    box: Box


@dataclass(frozen=True, slots=True)
class Document:
    """A file that has been opened once and found readable."""

    path: Path
    name: str
    """The name the user knows it by, with its suffix."""
    media_type: str
    """`application/pdf` or `image/…`, told from the content."""
    pages: int
    sha256: str
    """Hex digest of the file's bytes."""
    password: str | None = field(default=None, repr=False)
    """What opens an encrypted PDF."""
    repaired: bool = False
    """Whether it is damaged and its pages come from a repaired copy."""


class PageId(NamedTuple):
    """Which page of which document of a run; a tuple, since it is looked up by the thousand at each update."""

    document: int
    """Index of the document in the run, from 0."""
    number: int
    """Page number in the document, from 1."""


class ImageSpec(NamedTuple):
    """How the image of a page is asked for."""

    longest_side: int
    """Pixels of the longer side; an image has fewer where the document has fewer."""
    rotation: int = 0
    """Degrees clockwise by which the page is turned: 0, 90, 180 or 270."""
    upright: bool = False
    """Whether it is turned further if its letters do not stand upright then."""
    multiple: int = 1
    """Pixels of which both sides are multiples."""
    sheet: PhotoMode | SheetCorners = PhotoMode.OFF
    """Whether a sheet is looked for in a photograph, or where it is."""
    size: tuple[int, int] | None = None
    """Width and height in pixels of the turned page, in place of `longest_side` and `multiple`."""

    @property
    def unturned_size(self) -> tuple[int, int] | None:
        """`size` before the page is turned by `rotation`."""
        return self.size[::-1] if self.size and self.rotation % 180 else self.size


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page rendered and encoded once; the request and the screen share these bytes."""

    width: int
    height: int
    """Both in pixels of the encoded image."""
    data: bytes = field(repr=False)
    media_type: str
    """`image/png` or `image/jpeg`."""
    blank: bool = False
    """Whether there is nothing on it to read, not even the faintest."""
    rotation: int = 0
    """Degrees clockwise by which the page was turned from how its document has it: 0, 90, 180 or 270."""
    corners: SheetCorners | None = None
    """Those of the sheet in the photograph of which this is the straightened page; None for all else."""
    missing_fonts: tuple[str, ...] = ()
    """Fonts that are neither in the document nor on this machine, and of whose letters some do not show."""


def sheet_of(image: "PageImage | PageResult") -> PhotoMode | SheetCorners:
    """What an `ImageSpec` says of the sheet, for a page to be straightened as it was before."""
    return image.corners or PhotoMode.OFF


class Finish(StrEnum):
    """How the reading of a page ended; the words of result.json."""

    STOP = "stop"
    """The model wrote its end token: the page is whole."""
    LENGTH = "length"
    """Cut at the token limit; the text is partial."""
    REPETITION = "repetition"
    """The model looped, and the server or we ended it; the text is partial."""
    FAILED = "failed"
    """An error; the text that had arrived stays."""
    CANCELLED = "cancelled"
    """Stopped by the user; the text that had arrived stays."""
    UNREAD = "unread"
    """Nothing of it was read, since the server cannot be used; that is no fault of the page."""


ABORTED = frozenset({Finish.FAILED, Finish.CANCELLED, Finish.UNREAD})
"""Finishes of a reading that did not complete; another reading of the page may be better."""


@dataclass(frozen=True, slots=True)
class Try:
    """One request for a page: how it was asked for, and what came of it."""

    temperature: float
    longest_side: int
    """Pixels of the longer side of the image sent."""
    finish: Finish
    """`failed` if the answer broke off, `cancelled` if the page was stopped before it ended."""
    tokens: int
    error: str | None = None
    """What broke the answer off."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """Everything known of one page when its reading has ended."""

    number: int
    """Page number in its document, from 1."""
    width: int
    height: int
    """Both in pixels of the image that was read; 0 when the page could not be rendered."""
    markdown: str
    """For reading; holds no box markers."""
    raw: str
    """The model's text, untouched."""
    regions: tuple[Region, ...]
    finish: Finish
    error: str | None
    """What went wrong and what to do next; set when `finish` is `failed`."""
    attempts: int
    """Requests made for this page; 0 when it never came to one."""
    tokens: int
    """Completion tokens as the server counted them, else the chunks that arrived."""
    seconds: float
    """Wall time from the first request to the end."""
    blocks: tuple[TextBlock, ...] = ()
    """`markdown` in parts; joined by blank lines they are the same."""
    tries: tuple[Try, ...] = ()
    """The requests in turn, each with what came of it."""
    chosen_try: int = 0
    """Number of the request in `tries` whose text this is, from 1; 0 if there was none. `kept` in result.json."""
    rotation: int = 0
    """Degrees clockwise by which the page was turned before it was read; its boxes are those of the turned page."""
    corners: SheetCorners | None = None
    """Those of the sheet in the photograph that was straightened before it was read; its boxes are those of the
    straightened page. None if it was read as it is."""
    cached: bool = False
    """Whether the text came from the cache: `seconds` then says nothing of a model's speed."""
    server: str | None = None
    """The address of the server that read it, where it is one by URL."""
    answered_by: str | None = None
    """The model that the server says has answered, where it is another than the one asked for."""
    words: tuple[PlacedWord, ...] = ()
    """The words of `markdown` with their places on the page; of verified pages only."""
    check: PageCheck | None = None
    """How the text compares with the words that stand on the page; of verified pages only."""
    missing_fonts: tuple[str, ...] = ()
    """Fonts of the page that are neither in the document nor on this machine: letters in them may be missing."""
    corrected: bool = False
    """Whether a person has changed `markdown` since the page was read."""
    page_words: tuple[PageWord, ...] = field(default=(), repr=False)
    """Those that the reader itself measured, until `words` has been made of them."""

    @property
    def blank(self) -> bool:
        """Whether it was read to its end and there is nothing on it."""
        return self.finish is Finish.STOP and not self.raw.strip()
