"""A streamed answer is folded alike however its bytes arrive, and text comes before what is wrong after it."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.errors import StreamCut, StreamError
from ocr.events import Delta, Finished
from ocr.inference.chat_stream import MAX_EVENT_BYTES, ChatStream
from ocr.types import Finish


def event(**chunk: object) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def text(content: object, finish: object = None) -> bytes:
    return event(choices=[{"delta": {"content": content}, "finish_reason": finish}])


STREAM = (
    event(choices=[{"delta": {"role": "assistant", "content": ""}}])
    + b"".join(map(text, ("# É", "tat", "\n\n", "\U0001f600")))
    + text(None, "stop")
    + event(choices=[], usage={"completion_tokens": 7})
    + b"data: [DONE]\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_answer_any_split(cuts: list[int]) -> None:
    """Whatever one read brings comes in one piece that knows its number of chunks."""
    answer = ChatStream("http://h/v1")
    pieces = [piece for at, to in pairwise([0, *sorted(cuts), len(STREAM)]) for piece in answer.feed(STREAM[at:to])]
    assert "".join(piece.text for piece in pieces) == "# État\n\n\U0001f600"
    assert sum(piece.chunks for piece in pieces) == 4
    assert len(pieces) <= len(cuts) + 1
    assert answer.finished() == Finished(Finish.STOP, 7)


WRONG = (
    event(error={"message": "dead"}), b"data: {half\n\n", b"data: \xff\n\n", b"data: " + b"[" * 100_000 + b"\n\n",
    b"data: 7\n\n", event(choices=7), event(choices=["text"]), event(choices=[{"delta": "text"}]), text(7),
    text(None, ["stop"]), event(usage="many"), b"data: " + b"x" * (MAX_EVENT_BYTES + 1),
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[:60].decode(errors="replace").strip())
def test_answer_text_before_an_error(wrong: bytes) -> None:
    """What arrived with the error, before it, is handed over first."""
    feeding = ChatStream("http://h/v1").feed(text("half ") + text("a pa") + wrong + text("never"))
    assert next(feeding) == Delta("half a pa", 2)
    with pytest.raises(StreamError):
        next(feeding)


KEYS = st.sampled_from(["choices", "delta", "content", "finish_reason", "usage", "completion_tokens", "error"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
)


@given(JSON)
def test_answer_any_json(chunk: object) -> None:
    """Whatever a server sends instead of a chunk, it is passed over or is an error of the stream, never a crash."""
    answer = ChatStream("http://h/v1")
    try:
        for delta in answer.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n"):
            assert delta.text.encode()
        assert isinstance(answer.finished().tokens, int | None)
    except (StreamError, StreamCut) as error:
        assert str(error).encode()


@pytest.mark.parametrize("tokens", [True, -1, 2**63, 10**25, 7.5, "7", None, [7]])
def test_answer_tokens_that_are_none(tokens: object) -> None:
    """A result holds a number of tokens, and the cache a number of 64 bits."""
    answer = ChatStream("http://h/v1")
    list(answer.feed(text("text", "stop") + event(choices=[], usage={"completion_tokens": tokens})))
    assert answer.finished().tokens is None


def test_answer_end_that_nobody_can_print() -> None:
    answer = ChatStream("http://h/v1")
    list(answer.feed(text("text", "x\udfff\x1b" + "x" * 10_000)))
    with pytest.raises(StreamError) as caught:
        answer.finished()
    assert "x??xxx" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("finish", "error"), [(None, StreamCut), ("abort", StreamCut), ("tool_calls", StreamError)])
def test_answer_without_a_proper_end(finish: str | None, error: type[Exception]) -> None:
    answer = ChatStream("http://h/v1")
    assert list(answer.feed(text("text", finish)))
    with pytest.raises(error):
        answer.finished()


def test_answer_counts_the_tokens_of_a_bundle() -> None:
    """Where each event tells the tokens so far, these are counted; a figure that no text can have is not believed."""
    answer = ChatStream("http://h/v1")
    for tokens, said in ((16, 16), (32, 16), (33, 1), (2**60, 52)):
        chunk = {"choices": [{"delta": {"content": "thirteen char"}}], "usage": {"completion_tokens": tokens}}
        assert [delta.chunks for delta in answer.feed(event(**chunk))] == [said]


@pytest.mark.parametrize(("model", "told"), [("asked", None), ("org/root", None), ("other\udc00", "other?"), (7, None)])
def test_answer_of_another_model(model: object, told: str | None) -> None:
    """The model that the chunks name is compared with the one asked for, which has two names."""
    answer = ChatStream("http://h/v1")
    list(answer.feed(event(model=model, choices=[{"delta": {"content": "a"}, "finish_reason": "stop"}])))
    assert answer.finished("asked", "org/root").answered_by == told
