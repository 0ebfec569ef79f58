"""Pagelight reads documents with LightOnOCR, page by page, and streams the text.

`read` and `aread` read documents from Python; the values that they yield and the errors that they raise stand beside
them. They are loaded when they are first used, so that `import ocr` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ocr.errors import DocumentError as DocumentError
    from ocr.errors import OcrError as OcrError
    from ocr.errors import PageError as PageError
    from ocr.errors import ServerError as ServerError
    from ocr.errors import ServerUnavailable as ServerUnavailable
    from ocr.errors import UsageError as UsageError
    from ocr.events import DocumentFailed as DocumentFailed
    from ocr.events import DocumentOpened as DocumentOpened
    from ocr.events import FigureCut as FigureCut
    from ocr.events import PageDone as PageDone
    from ocr.events import PageFailed as PageFailed
    from ocr.events import PageRetried as PageRetried
    from ocr.events import PageStarted as PageStarted
    from ocr.events import ReadEvent as ReadEvent
    from ocr.events import RegionFound as RegionFound
    from ocr.events import TextArrived as TextArrived
    from ocr.library.functions import aread as aread
    from ocr.library.functions import read as read
    from ocr.library.read_arguments import ReadArguments as ReadArguments
    from ocr.types import Box as Box
    from ocr.types import Document as Document
    from ocr.types import Finish as Finish
    from ocr.types import PageId as PageId
    from ocr.types import PageResult as PageResult
    from ocr.types import Region as Region

_MODULES = {
    "ocr.errors": ("DocumentError", "OcrError", "PageError", "ServerError", "ServerUnavailable", "UsageError"),
    "ocr.events": (
        "DocumentFailed", "DocumentOpened", "FigureCut", "PageDone", "PageFailed", "PageRetried", "PageStarted",
        "ReadEvent", "RegionFound", "TextArrived",
    ),
    "ocr.library.functions": ("aread", "read"),
    "ocr.library.read_arguments": ("ReadArguments",),
    "ocr.types": ("Box", "Document", "Finish", "PageId", "PageResult", "Region"),
}  # fmt: skip
"""Module → the names that can be taken from `ocr`."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ocr' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """What can be taken from here."""
    return sorted({*globals(), *_HOMES})
