"""No event is lost that a tab posts while its stream ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures

import httpx
import pytest
from starlette.types import Message

from ocr.documents.renderer import Renderer
from ocr.web.server import stream_ends
from ocr.web.server.stream_ends import StreamEnds
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

END = {"type": "http.response.body", "body": b'data: {"msg":"close_stream","event_id":null}\n\n', "more_body": True}
TEXT = {"type": "http.response.body", "body": b'data: {"text":"\\"msg\\":\\"close_stream\\""}\n\n', "more_body": True}
LAST = {"type": "http.response.body", "body": b"", "more_body": False}
ANSWER = {"type": "http.response.start", "status": 200, "headers": []}
TIMEOUT_S = 60.0


class Sent(list[Message]):
    """What was sent."""

    async def __call__(self, message: Message) -> None:
        self.append(message)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decided by the clock."""
    monkeypatch.setattr(stream_ends, "HANG_UP_TIMEOUT_S", TIMEOUT_S)


@pytest.mark.anyio
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("text", "tab", "waits"), [(END, "a", True), (TEXT, "a", False), (END, "b", False)])
async def test_stream_end_is_heard_before_the_answer_to_an_event(text: Message, tab: str, waits: bool) -> None:
    """The answer waits until that tab hangs up; after a text that speaks of an end, or another tab's, it does not."""
    ends, stream, answer = StreamEnds(), Sent(), Sent()
    send = ends.track("a", stream)
    await send(text)
    ending = asyncio.create_task(send(LAST))
    await asyncio.sleep(0)
    answering = asyncio.create_task(ends.delay(tab, answer)(ANSWER))
    await asyncio.wait([answering], timeout=0.1)
    assert answering.done() != waits
    ending.cancel()  # as the server does when the browser has hung up
    await asyncio.wait_for(answering, TIMEOUT_S / 2)
    assert answer == [ANSWER]


@pytest.mark.anyio
@pytest.mark.usefixtures("patient")
async def test_stream_end_was_heard_by_whoever_opens_another() -> None:
    """A browser behind a proxy that does not tell that it hung up is answered when it opens its next stream."""
    ends, answer = StreamEnds(), Sent()
    await ends.track("a", Sent())(END)
    answering = asyncio.create_task(ends.delay("a", answer)(ANSWER))
    await asyncio.sleep(0)
    ends.track("a", Sent())
    await asyncio.wait_for(answering, TIMEOUT_S / 2)


@pytest.mark.anyio
async def test_stream_end_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that never hangs up is answered all the same, its stream ends, and nothing is kept of it."""
    monkeypatch.setattr(stream_ends, "HANG_UP_TIMEOUT_S", 0.01)
    ends, stream, answer = StreamEnds(), Sent(), Sent()
    send = ends.track("a", stream)
    await send(END)
    await ends.delay("a", answer)(ANSWER)
    await send(LAST)
    assert (stream, answer) == ([END, LAST], [ANSWER])
    assert not ends._ending


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["Read."]]), renderer) as app:
        yield app


@pytest.mark.usefixtures("patient")
def test_stream_of_the_page_is_left_before_an_event_is_answered(app: Served) -> None:
    """The real server: while a tab has not hung up after its stream's last message, its next event has no answer."""
    hello = next(number for number, fn in app.desk.fns.items() if fn.fn and fn.fn.__name__ == "arrive")
    body = {"data": [], "fn_index": hello, "session_hash": "tab", "event_data": {}, "trigger_id": None}

    def post() -> httpx.Response:
        with app.client() as http:
            return http.post("/gradio_api/queue/join", json=body)

    post().raise_for_status()
    with ThreadPoolExecutor(1) as thread, app.client() as http:
        with http.stream("GET", "/gradio_api/queue/data?session_hash=tab") as stream:
            lines = stream.iter_lines()  # as long as it is held, the connection stays
            assert any("close_stream" in line for line in lines)
            answer = thread.submit(post)
            assert not wait_for_futures([answer], timeout=0.5).done
        answer.result(TIMEOUT_S / 2).raise_for_status()
