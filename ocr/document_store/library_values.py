"""What goes into the library and what comes out of it."""

from dataclasses import dataclass, field
from pathlib import Path

from ocr.config.read_request import ReadRequest
from ocr.types import PageResult


@dataclass(frozen=True, slots=True)
class EndedPage:
    """A page to keep."""

    result: PageResult
    model: str
    request: ReadRequest | None = None
    """How it was asked for."""
    figures: dict[str, Path] = field(default_factory=dict)
    """Name in the Markdown → the file with the picture."""


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document as its further pages name it."""

    id: int
    generation: int
    """Counts the databases that this program has opened: a number means nothing in another one."""


@dataclass(frozen=True, slots=True)
class LibraryDocument:
    """A document as the list has it."""

    id: int
    """Its number, which is never given to another."""
    name: str
    media_type: str
    sha256: str
    page_count: int
    model: str
    """The one that read its latest page."""
    read_at: float
    """When its latest page was kept, in seconds since 1970."""
    pages_read: int
    """Pages with a text, be it partial."""
    pages_incomplete: int
    """Those of them whose text is partial."""


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page as it was kept."""

    result: PageResult
    request: ReadRequest
    figures: dict[str, Path]
    """Name in the Markdown → the file with the picture."""
