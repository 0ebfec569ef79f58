"""What goes into the library and what comes out of it."""

from dataclasses import dataclass, field
from pathlib import Path

from ocr.config.read_request import ReadRequest
from ocr.types import ABORTED, Document, PageResult

MAX_NUMBER = 2**63 - 1
"""The largest integer of SQLite; no document has a larger number."""


def can_be_kept(document: Document, result: PageResult) -> bool:
    """Whether a page goes into the library: it has a text or was read to its end, and no password was needed."""
    return not document.password and (result.finish not in ABORTED or bool(result.raw.strip()))


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
    damaged: bool = False
    """Whether what was kept cannot be understood; the result has failed then."""
