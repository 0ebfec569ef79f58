"""The files of a multipart body, written to disk as they arrive; none is buffered in memory."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ocr.filenames import folder_name

MAX_HEADER_BYTES = 8 * 1024
"""Of one part."""


class BadMultipart(Exception):
    """The body is not what an upload sends."""


class TooManyBytes(Exception):
    """The files are larger than they may be."""


async def write_files(stream: AsyncIterator[bytes], content_type: str, folder: Path, limit_bytes: int) -> list[Path]:
    """Write the files of a body into new folders within `folder`, by their own names.

    Raises:
        BadMultipart: it is no multipart body, or has other parts than files.
        TooManyBytes: the files are larger than the limit together.
        OSError: they cannot be written.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadMultipart("no multipart body")
    writer = _Writer(folder, limit_bytes)
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": writer.begin,
                "on_header_field": writer.header_field,
                "on_header_value": writer.header_value,
                "on_header_end": writer.header_end,
                "on_headers_finished": writer.open,
                "on_part_data": writer.data,
                "on_part_end": writer.close,
            },
        )
        async for piece in stream:
            await asyncio.to_thread(parser.write, piece)
        parser.finalize()
    except MultipartParseError as error:
        raise BadMultipart(str(error)) from error
    finally:
        complete = writer.file is None
        writer.close()
    if not (complete and writer.paths):
        raise BadMultipart("no whole file")
    return writer.paths


class _Writer:
    """The parser's callbacks."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self._left = folder, limit_bytes
        self.paths: list[Path] = []
        self.file: BinaryIO | None = None
        self._field, self._value, self._disposition = bytearray(), bytearray(), b""

    def begin(self) -> None:
        self._disposition = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_header()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._field) + len(self._value) > MAX_HEADER_BYTES:
            raise BadMultipart("a header is too long")

    def header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def open(self) -> None:
        """Open the file of a part whose headers have ended; parts that are no files are refused."""
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != b"files" or b"filename" not in options:
            raise BadMultipart("a part is no file")
        folder = self._folder / secrets.token_urlsafe(24)
        folder.mkdir(parents=True)
        path = folder / file_name(options[b"filename"].decode("utf-8", "replace"))
        self.file = path.open("xb")
        self.paths.append(path)

    def data(self, data: bytes, start: int, end: int) -> None:
        self._left -= end - start
        if self._left < 0:
            raise TooManyBytes
        if self.file:
            self.file.write(data[start:end])

    def close(self) -> None:
        """Close the file of a part that has ended."""
        if self.file:
            self.file.close()
        self.file = None


def file_name(given: str) -> str:
    """A file name of at most 211 bytes, without folders, with the suffix of the given one."""
    name = given.replace("\\", "/").rpartition("/")[2]
    suffix = PurePosixPath(name).suffix
    return folder_name(name) + (suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", suffix) else "")
