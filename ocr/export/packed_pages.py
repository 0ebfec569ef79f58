"""Stores the results of a document compressed, so that a long one takes little memory."""

import pickle
import weakref
import zlib
from collections.abc import Collection, Iterator
from tempfile import TemporaryFile
from typing import IO

from ocr.types import PageResult

MAX_BYTES_IN_MEMORY = 4 * 1024**2
"""Of compressed results, before further ones go into a temporary file."""


class PackedPages(Collection[PageResult]):
    """Results in page order, each decompressed when it is iterated over.

    A page of prose takes 1 to 2 kB, a verified one, which has the places of its words, 28 bytes more a word. Those of a
    long document lie in a temporary file without a name, which is gone with the program.
    """

    def __init__(self) -> None:
        self._packed: dict[int, bytes | tuple[int, int]] = {}  # else where in the file it begins, and its length
        self._bytes_in_memory = 0
        self._file: IO[bytes] | None = None

    def add(self, page: PageResult) -> None:
        """Add the result of a page."""
        packed = zlib.compress(pickle.dumps(page, pickle.HIGHEST_PROTOCOL), 1)
        place = self._written(packed) if self._bytes_in_memory + len(packed) > MAX_BYTES_IN_MEMORY else packed
        self._bytes_in_memory += len(place) if isinstance(place, bytes) else 0
        self._packed[page.number] = place

    def _written(self, packed: bytes) -> bytes | tuple[int, int]:
        """Where it lies in the file; itself where there is no room on the disk, so that it stays in memory."""
        try:
            if self._file is None:
                self._file = TemporaryFile(buffering=0)  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            begin = self._file.seek(0, 2)
            return (begin, len(packed)) if self._file.write(packed) == len(packed) else packed
        except OSError:
            return packed

    def _read(self, place: bytes | tuple[int, int]) -> bytes:
        if isinstance(place, bytes):
            return place
        assert self._file
        self._file.seek(place[0])
        return self._file.read(place[1])

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[PageResult]:
        return (pickle.loads(zlib.decompress(self._read(self._packed[number]))) for number in sorted(self._packed))

    def __contains__(self, page: object) -> bool:
        return any(one == page for one in self)
