"""Documents in a column of a file of JSON lines, as base64."""

import base64
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

from ocr.batch.container import ContainerMember, changed
from ocr.documents.filetypes import HEAD_BYTES, media_type_of
from ocr.errors import DamagedDocument, NotADocument, UsageError

LINES_LOOKED_AT = 20
"""In which a document must stand for its column to be found."""


class JsonLines:
    """A file with a JSON object a line; a document is known by its line's offset, and the whole file is read to list.

    The column's values are base64, with or without `data:…,` in front, or an object with that as `bytes`.
    """

    def __init__(self, file: IO[bytes], column: str | None) -> None:
        self._file, self._given = file, column

    def members(self, skipped: Counter[str]) -> Iterator[ContainerMember]:
        """One a line; none, and the file is counted, where no column holds documents."""
        self._file.seek(0)
        lines = islice(self._file, LINES_LOOKED_AT)
        column = self._given or _column(parsed for line in lines if (parsed := _parsed(line)))
        if column is None:
            skipped[".jsonl without a column of documents"] += 1
            return
        self._file.seek(0)
        offset = 0
        for number, line in enumerate(self._file):
            if line.strip():
                place: dict[str, str | int] = {"jsonl": column, "offset": offset, "length": len(line)}
                yield ContainerMember(f"{number:08}", place, len(line) * 3 // 4)
            offset += len(line)

    def open(self, place: Mapping[str, str]) -> IO[bytes]:
        """The bytes in a line; none where the column is missing or null.

        Raises:
            DocumentError: the line is no JSON, or what stands in it no base64.
        """
        self._file.seek(int(place["offset"]))
        line = self._file.read(int(place["length"]))
        parsed = _parsed(line)
        if parsed is None:
            raise changed("file") if not line else DamagedDocument("The line is no JSON object.", "Write it again.")
        try:
            return io.BytesIO(_decoded(parsed.get(place["jsonl"])))
        except (ValueError, TypeError) as error:
            raise DamagedDocument(f"The column {place['jsonl']} holds no base64.", "Write it again.") from error


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _decoded(value: Any) -> bytes:
    if isinstance(value, dict):
        value = value.get("bytes")
    if value is None:
        return b""
    text = value.rpartition(",")[2] if value.startswith("data:") else value
    return base64.b64decode(text)


def _column(lines: Iterator[dict[str, Any]]) -> str | None:
    """The only column in which a document stands."""
    found: dict[str, None] = {}
    for line in lines:
        for name, value in line.items():
            try:
                media_type_of(_decoded(value)[:HEAD_BYTES], name)
            except (NotADocument, ValueError, TypeError, AttributeError):
                continue
            found[name] = None
    if len(found) > 1:
        raise UsageError(f"Several columns hold documents: {', '.join(found)}.", "Choose one with --column.")
    return next(iter(found), None)
