"""A visitor's files: those that were added, and those that can be downloaded."""

from dataclasses import dataclass, field
from pathlib import Path

from ocr.document_store.library_values import KeptDocument
from ocr.errors import OcrError, PasswordRequired, WrongPassword
from ocr.types import Document, PageResult


@dataclass(slots=True)
class Upload:
    """A file that a visitor added: a document, or the reason why it is none."""

    key: int
    """The document's index in `PageId`; never used twice in a session."""
    name: str
    path: Path
    document: Document | None = None
    problem: OcrError | None = None
    kept: KeptDocument | None = None
    """The document in the library that this is, if it is one."""
    unkept: bool = False
    """Whether it was deleted from the library: what is read of it from then on is not kept."""
    kept_results: dict[int, PageResult] = field(default_factory=dict)
    """Page number → the result that the library has."""

    @property
    def locked(self) -> bool:
        """Whether a password would open it."""
        return isinstance(self.problem, PasswordRequired | WrongPassword)


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded."""

    name: str
    format: str
    path: Path | None = None
    """None until it is requested."""
