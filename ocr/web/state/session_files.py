"""A visitor's files: those that were added, and those that can be downloaded."""

from dataclasses import dataclass
from pathlib import Path

from ocr.errors import OcrError, PasswordRequired, WrongPassword
from ocr.types import Document


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


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded."""

    name: str
    format: str
    path: Path | None = None
    """None until it is requested."""
