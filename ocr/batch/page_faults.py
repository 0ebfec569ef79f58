"""Whose fault it is that a page failed: the page's, which is a row, or the server's, which never is one."""

from contextlib import aclosing
from enum import Enum, auto
from typing import Any

from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader
from ocr.errors import (
    GatewayTimeout,
    OcrError,
    OutputError,
    Overloaded,
    PageTimeout,
    RecognitionFailed,
    RequestFailed,
    ServerError,
    ServerUnavailable,
    StorageError,
)
from ocr.sample_files import SAMPLES_FOLDER

SAMPLE = SAMPLES_FOLDER / "letter.pdf"
MAX_UNEXPLAINED = 32
"""Pages that fail in a row, with none read in between, after which the server has to show that it can read one."""


class Fault(Enum):
    """Whose fault a page's error is, as far as the error itself says."""

    PAGES = auto()
    """The page's: it has a row that says so."""
    UNEXPLAINED = auto()
    """The page's, if the server reads others."""
    SERVERS = auto()
    """The server's, at this page alone: it stays unread, and the others go on."""
    FATAL = auto()
    """The server's or the machine's, with which no page can be read: the task ends."""


def fault_of(error: OcrError) -> Fault:
    """Whose fault it is."""
    match error:
        case ServerUnavailable() | OutputError() | StorageError():
            return Fault.FATAL
        case Overloaded() | GatewayTimeout():
            return Fault.SERVERS
        case PageTimeout() | RecognitionFailed():
            return Fault.PAGES
        case RequestFailed():
            return Fault.UNEXPLAINED
        case _:
            return Fault.PAGES


class UnexplainedFailures:
    """Rows of pages that failed for what may be the server's fault; they count once it has read another page."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self.error: OcrError | None = None
        """Why the last of them failed; None where there is none."""

    def add(self, row: dict[str, Any], error: OcrError) -> bool:
        """Hold a row; returns whether there are so many now that the server has to be tried."""
        self._rows.append(row)
        self.error = error
        return len(self._rows) >= MAX_UNEXPLAINED

    def explained(self) -> list[dict[str, Any]]:
        """The rows, and forget them: the server reads pages."""
        rows, self._rows, self.error = self._rows, [], None
        return rows


async def reads_sample(renderer: Renderer, opened: OpenReader) -> bool:
    """Whether the server answers for a page that any server can read."""
    document = await renderer.open(SAMPLE)
    options = opened.options
    image = await renderer.render(document, 1, options.longest_side, multiple=options.patch_pixels)
    try:
        async with aclosing(opened.reader.read(image, options)) as answer:
            async for _ in answer:
                pass
    except ServerError:
        return False
    return True
