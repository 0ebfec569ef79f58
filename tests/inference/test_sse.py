"""A stream of events is split alike however it arrives."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ocr.inference.sse import SSEDecoder

STREAM = (
    'data: {"a": "é"}\n\n: a comment\n\nid: 1\nevent: x\ndata:no space\r\n\r\ndata: two\ndata: lines\n\n'
    "\n\ndata: [DONE]\n\ndata: cut off"
).encode()
EVENTS = ['{"a": "é"}'.encode(), b"no space", b"two\nlines", b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_sse_any_split(cuts: list[int]) -> None:
    """Comments and other fields are skipped; what the stream's end cuts off is dropped."""
    bounds = [0, *sorted(cuts), len(STREAM)]
    splitter = SSEDecoder()
    found = [data for at, to in pairwise(bounds) for data in splitter.feed(STREAM[at:to])]
    assert found == EVENTS
