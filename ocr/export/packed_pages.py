"""Stores the results of a document compressed, so that a long one takes little memory."""

import pickle
import zlib
from collections.abc import Collection, Iterator

from ocr.types import PageResult


class PackedPages(Collection[PageResult]):
    """Results in page order, each decompressed when it is iterated over; a page of prose takes 1 to 2 kB."""

    def __init__(self) -> None:
        self._packed: dict[int, bytes] = {}

    def add(self, page: PageResult) -> None:
        """Add the result of a page."""
        self._packed[page.number] = zlib.compress(pickle.dumps(page, pickle.HIGHEST_PROTOCOL), 1)

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[PageResult]:
        return (pickle.loads(zlib.decompress(self._packed[number])) for number in sorted(self._packed))

    def __contains__(self, page: object) -> bool:
        return any(one == page for one in self)
