"""The rows of a batch run, one a page: their schema, and how a page's result becomes one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Protocol

import pyarrow as pa

import ocr
from ocr.config.profiles import Model, ReadOptions, profile_for
from ocr.errors import OcrError
from ocr.export.results import page_value
from ocr.inference.http import without_credentials
from ocr.types import Document, Finish, PageResult

ROW_VERSION = "3"
"""Of the schema; rows of another version are refused."""
VERSION_KEY = b"pagelight.rows"
"""Where it stands in the metadata of a file."""

_REGION = pa.struct([("label", pa.string()), ("box", pa.list_(pa.int16())), ("text", pa.string())])
_BLOCK = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("regions", pa.list_(pa.int16()))])
_TRY = pa.struct([
    ("temperature", pa.float32()),
    ("longest_side", pa.int32()),
    ("finish", pa.string()),
    ("tokens", pa.int32()),
    ("error", pa.string()),
])  # fmt: skip

_FIGURE = pa.struct([("name", pa.string()), ("file", pa.string())])
_CORNERS = pa.list_(pa.list_(pa.float64()))
_BOXES = pa.list_(pa.list_(pa.float64()))
_FINDING = pa.struct([
    ("kind", pa.string()),
    ("text", pa.string()),
    ("page_text", pa.string()),
    ("start", pa.int32()),
    ("end", pa.int32()),
    ("boxes", _BOXES),
    ("weak", pa.bool_()),
])  # fmt: skip
_CHECK = pa.struct([
    ("source", pa.string()),
    ("page_words", pa.int32()),
    ("found", pa.int32()),
    ("text_words", pa.int32()),
    ("supported", pa.int32()),
    ("set_aside", pa.int32()),
    ("note", pa.string()),
    ("findings", pa.list_(_FINDING)),
])  # fmt: skip

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("sha256", pa.string()),
        ("page", pa.int32()),
        ("pages", pa.int32()),
        ("markdown", pa.string()),
        ("raw", pa.string()),
        ("regions", pa.list_(_REGION)),
        ("blocks", pa.list_(_BLOCK)),
        ("figures", pa.list_(_FIGURE)),
        ("finish", pa.string()),
        ("error", pa.string()),
        ("blank", pa.bool_()),
        ("tokens", pa.int32()),
        ("attempts", pa.int32()),
        ("kept", pa.int32()),
        ("tries", pa.list_(_TRY)),
        ("seconds", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("rotation", pa.int16()),
        ("corners", _CORNERS),
        ("cached", pa.bool_()),
        ("missing_fonts", pa.list_(pa.string())),
        ("server", pa.string()),
        ("answered_by", pa.string()),
        ("check", _CHECK),
        ("model", pa.string()),
        ("root", pa.string()),
        ("revision", pa.string()),
        ("profile", pa.string()),
        ("version", pa.string()),
        ("read_at", pa.timestamp("ms", "UTC")),
    ],
    metadata={VERSION_KEY: ROW_VERSION.encode()},
)
"""The columns of a part, in order; those of a page of result.json have their names there, but for `page`.

A verified page's `words` with their places are left out: they would take several times the room of all the rest.
"""


class DocumentRecord(Protocol):
    """A document as a run's manifest and its sources have it."""

    @property
    def id(self) -> str:
        """Its path below SOURCE."""

    @property
    def uri(self) -> str:
        """Where it is."""


@dataclass(frozen=True, slots=True)
class ReadBy:
    """What read the pages of a task."""

    model: str
    root: str | None
    revision: str | None
    profile: str
    """The model's family."""

    @classmethod
    def of(cls, options: ReadOptions) -> "ReadBy":
        """What a page is asked of with these options."""
        family = profile_for(Model(options.model, options.root)).family
        return cls(options.model, options.root, options.revision, family)


def page_row(
    entry: DocumentRecord,
    document: Document,
    result: PageResult,
    read_by: ReadBy,
    figures: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The row of a page whose reading has ended; `figures` are names in its Markdown, and files of TARGET."""
    values = page_value(result)
    values.pop("words", None)
    return {
        **_document_values(entry, read_by),
        "sha256": document.sha256,
        "pages": document.pages,
        "page": values.pop("number"),
        "blank": result.blank,
        "blocks": list(_blocks(result)),
        "figures": [{"name": name, "file": file} for name, file in figures.items()],
        "check": None,
        **values,
    }


def document_row(entry: DocumentRecord, error: OcrError, read_by: ReadBy) -> dict[str, Any]:
    """The row of a document that cannot be opened, which says why: its page is 0, and nothing is known of its pages."""
    return {
        **_document_values(entry, read_by),
        "sha256": None,
        "pages": None,
        "page": 0,
        "markdown": "",
        "raw": "",
        "regions": [],
        "blocks": [],
        "figures": [],
        "finish": Finish.FAILED.value,
        "error": str(error),
        "blank": False,
        "tokens": 0,
        "attempts": 0,
        "seconds": 0.0,
    }


def _blocks(result: PageResult) -> Iterator[dict[str, Any]]:
    """Where the blocks of a page's text are in its Markdown, which has a blank line between two."""
    start = 0
    for block in result.blocks:
        end = start + len(block.markdown)
        yield {"start": start, "end": end, "regions": list(block.regions)}
        start = end + len("\n\n")


def without_password(uri: str) -> str:
    """An address as it may be published: without the user and password that may stand in it."""
    return without_credentials(uri) if "@" in uri.partition("://")[2].partition("/")[0] else uri


def _document_values(entry: DocumentRecord, read_by: ReadBy) -> dict[str, Any]:
    return {
        "id": entry.id,
        "source": without_password(entry.uri),
        "model": read_by.model,
        "root": read_by.root,
        "revision": read_by.revision,
        "profile": read_by.profile,
        "version": ocr.__version__,
        "read_at": datetime.now(UTC),
    }
