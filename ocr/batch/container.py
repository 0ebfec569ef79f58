"""Files that hold documents: zip, WARC, Parquet and JSON lines; each document is a member at a place of its own."""

import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from ocr.documents.folder_listing import HIDDEN, is_document
from ocr.errors import DamagedDocument, DocumentError, PasswordRequired

SUFFIXES = (".zip", ".warc", ".warc.gz", ".parquet", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class ContainerMember:
    """A document in a container, not opened."""

    name: str
    """A path within it; two members may have the same."""
    place: Mapping[str, str | int]
    """What `open` takes, as text."""
    bytes: int
    """Its size, or about that."""


class Container(Protocol):
    """An open container; not for several threads at once.

    Its methods raise a DocumentError where it is damaged.
    """

    def members(self, skipped: Counter[str]) -> Iterator[ContainerMember]:
        """The documents in it, in its order; what is none is counted by its reason."""

    def open(self, place: Mapping[str, str]) -> IO[bytes]:
        """A member's content, until the next one is opened."""


def container_suffix(name: str) -> str | None:
    """The suffix by which a file is a container; None of one that is none."""
    lower = name.lower()
    return next((suffix for suffix in SUFFIXES if lower.endswith(suffix)), None)


def open_container(file: IO[bytes], suffix: str, column: str | None = None) -> Container:
    """The container of that suffix in a file; `column` is that of a dataset with the bytes of documents.

    Raises:
        DocumentError: it is not what its suffix says.
        MissingExtra: the package for it is not installed.
        UsageError: a dataset has no such column, or several and none is given.
    """
    match suffix:
        case ".zip":
            return ZipArchive(file)
        case ".warc" | ".warc.gz":
            from ocr.batch.warc_file import WarcFile

            return WarcFile(file)
        case ".parquet":
            from ocr.batch.parquet_dataset import ParquetDataset

            return ParquetDataset(file, column)
        case _:
            from ocr.batch.json_lines import JsonLines

            return JsonLines(file, column)


def changed(what: str) -> DocumentError:
    """What to raise where a member is no longer where it was."""
    return DocumentError(f"The {what} was changed after it was listed.", "Read it as a new SOURCE, into another --out.")


class ZipArchive:
    """A zip file; its members are known by their position and name."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, EOFError, ValueError) as error:
            raise DamagedDocument(f"The zip file cannot be opened: {error}.", "Make or download it again.") from error

    def members(self, skipped: Counter[str]) -> Iterator[ContainerMember]:
        """Told by their suffixes."""
        for index, info in enumerate(self._archive.infolist()):
            if info.is_dir():
                continue
            parts = info.filename.split("/")
            if any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts):
                skipped[HIDDEN] += 1
            elif is_document(info.filename, None, skipped):
                yield ContainerMember(info.filename, {"zip": info.filename, "index": index}, info.file_size)

    def open(self, place: Mapping[str, str]) -> IO[bytes]:
        """Reading it raises one of `READ_ERRORS` where it is damaged."""
        infos, index = self._archive.infolist(), int(place["index"])
        if index >= len(infos) or infos[index].filename != place["zip"]:
            raise changed("zip file")
        if infos[index].flag_bits & 1:
            raise PasswordRequired("The zip file is encrypted.", "Unpack it, and read the folder.")
        try:
            return self._archive.open(infos[index])
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise DamagedDocument(f"It cannot be unpacked: {error}.", "Unpack the zip file yourself.") from error


READ_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
"""What reading a member raises where it is damaged."""


def is_damage(error: OSError) -> bool:
    """Whether a library means its data by it (Arrow, bz2), not the file: what a system or a store raises is told apart.

    That has an error number, or a class of its own.
    """
    return type(error) is OSError and error.errno is None
