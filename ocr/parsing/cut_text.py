"""A text of which spans were cut out, and where the offsets of the whole text are in it."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise


class CutText:
    """A text without some spans of it."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        """`spans` are pairs of offsets in `text`, where each begins and ends; they are in order and do not overlap."""
        self._spans = spans
        self._cut = list(accumulate((end - start for start, end in spans), initial=0))
        """Characters that the spans before each take out."""
        edges = [0, *(offset for span in spans for offset in span), len(text)]
        self.text = "".join(text[start:end] for start, end in list(pairwise(edges))[::2])

    def offset(self, before: int) -> int:
        """Where an offset of the whole text is now; one within a span is where that was."""
        number = bisect_right(self._spans, before, key=lambda span: span[0]) - 1
        if number < 0:
            return before
        start, end = self._spans[number]
        return before - self._cut[number] - (min(before, end) - start)
