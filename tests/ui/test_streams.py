"""No event is lost that a tab posts while its stream ends."""

import asyncio
import time

import pytest
from starlette.types import Message

from ocr.ui.streams import HEARD_S, StreamEnds

pytestmark = pytest.mark.anyio
END = {"type": "http.response.body", "body": b'data: {"msg":"close_stream","event_id":null}\n\n', "more_body": True}
TEXT = {"type": "http.response.body", "body": b'data: {"text":"\\"msg\\":\\"close_stream\\""}\n\n', "more_body": True}
ANSWER = {"type": "http.response.start", "status": 200, "headers": []}


class Sent:
    """What was sent, and when."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, Message]] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append((time.monotonic(), message))


@pytest.mark.parametrize(("last", "tab", "waits"), [(END, "a", True), (TEXT, "a", False), (END, "b", False)])
async def test_stream_end_is_heard_before_the_answer_to_an_event(last: Message, tab: str, waits: bool) -> None:
    """The answer waits after the end of that tab's stream; after a text that speaks of one, or another tab's, not."""
    ends, stream, answer = StreamEnds(), Sent(), Sent()
    await ends.watched("a", stream)(last)
    await ends.held(tab, answer)(ANSWER)
    [(ended, sent)], [(answered, head)] = stream.messages, answer.messages
    assert (sent, head) == (last, ANSWER)
    assert (answered - ended >= HEARD_S - 0.01) == waits


async def test_stream_ends_are_forgotten() -> None:
    """A tab that has heard it waits no more, and nothing is kept of it once another's stream ends."""
    ends, answer = StreamEnds(), Sent()
    await ends.watched("a", Sent())(END)
    await asyncio.sleep(HEARD_S * 1.1)
    await ends.watched("b", Sent())(END)
    await ends.held("a", answer)(ANSWER)
    assert list(ends._ended) == ["b"]
