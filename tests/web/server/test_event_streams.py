"""The page's event stream is resumed where it broke off, and nothing of it is lost in silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from ocr.documents.renderer import Renderer
from ocr.web.server import event_streams
from ocr.web.server.event_streams import EventStreams
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
CLOSE = b'data: {"msg":"close_stream","event_id":null}\n\n'
END = b"event: end\ndata:\n\n"
DEADLINE_S = 60.0


def numbered(*messages: bytes, first: int = 1) -> list[bytes]:
    return [b"id: %d\n" % number + message for number, message in enumerate(messages, first)]


class Gradio:
    """Stands in for Gradio's stream: the test says when it sends what. `gone` is set once it was told to stop."""

    def __init__(self) -> None:
        self.outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.reads = self.events = 0
        self.goes_on = False
        self.status = 200
        self.queue: Any = SimpleNamespace(pending_messages_per_session={"tab": 1}, pending_event_ids_session={})
        self.streams = EventStreams(self, lambda: self.queue)

    def say(self, *messages: bytes) -> None:
        """Messages of an event that is pending until `close_stream`."""
        if not self.goes_on:
            self.events += 1
            self.queue.pending_event_ids_session.setdefault("tab", set()).add(self.events)
        self.goes_on = messages[-1] != CLOSE
        for message in messages:
            self.outgoing.put_nowait(message)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reads += 1
        await send({**START, "status": self.status})
        if self.status != 200:
            await send({"type": "http.response.body", "body": b"Log in.", "more_body": False})
            return
        told = asyncio.ensure_future(receive())
        while not told.done():
            message = asyncio.ensure_future(self.outgoing.get())
            await asyncio.wait([told, message], return_when=asyncio.FIRST_COMPLETED)
            if not message.done():
                message.cancel()
                break
            if message.result() == CLOSE:
                self.queue.pending_event_ids_session["tab"].pop()
            await send({"type": "http.response.body", "body": message.result(), "more_body": True})
            if message.result() == CLOSE:
                told.cancel()
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
        self.gone.set()


class Connection:
    """One request of the page; `hang_up` ends it from the page's side."""

    def __init__(self, gradio: Gradio, received: int, cookie: bytes = b"") -> None:
        self.bodies: list[bytes] = []
        self.left, self.news = asyncio.Event(), asyncio.Event()
        scope: Scope = {"type": "http", "asgi": {}, "headers": [(b"cookie", cookie)]}
        self.answer = asyncio.create_task(gradio.streams.resume(scope, self.receive, self.send, "tab", received))

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if body := message.get("body"):
            self.bodies.append(body)
            self.news.set()

    async def until(self, count: int) -> list[bytes]:
        """What was sent, once it is so many messages."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.bodies) < count:
                self.news.clear()
                await self.news.wait()
        return self.bodies

    async def ended(self) -> list[bytes]:
        """What was sent, once the server has ended the answer."""
        await asyncio.wait_for(self.answer, DEADLINE_S)
        return self.bodies

    async def hang_up(self) -> None:
        self.left.set()
        with suppress(asyncio.CancelledError):
            await self.answer


@pytest.fixture
async def gradio() -> AsyncIterator[Gradio]:
    gradio = Gradio()
    yield gradio
    for stream in gradio.streams._streams.values():
        stream.expire()
        if stream.reader:
            await asyncio.wait_for(stream.reader, DEADLINE_S)


async def test_event_streams_number_the_messages_and_say_when_no_event_is_pending(gradio: Gradio) -> None:
    """Gradio's own last message is not for the page: it would stop listening."""
    gradio.say(b"a\n\n", b"b\n\n", CLOSE)
    assert await Connection(gradio, 0).ended() == [*numbered(b"a\n\n", b"b\n\n"), END]
    assert await Connection(gradio, 2).ended() == [END]
    gradio.say(b"c\n\n", CLOSE)
    assert await Connection(gradio, 2).ended() == [*numbered(b"c\n\n", first=3), END]


async def test_event_streams_resume_after_the_last_message_received(gradio: Gradio) -> None:
    """What was sent and not received is sent again; what comes while nobody is connected waits."""
    gradio.say(b"a\n\n", b"b\n\n")
    first = Connection(gradio, 0)
    assert await first.until(2) == numbered(b"a\n\n", b"b\n\n")
    await first.hang_up()
    gradio.say(b"c\n\n", CLOSE)
    assert await Connection(gradio, 1).ended() == [*numbered(b"b\n\n", b"c\n\n", first=2), END]
    assert gradio.reads == 1


async def test_event_streams_of_one_tab_are_one(gradio: Gradio) -> None:
    """Asked for twice, the newest connection gets every message, and the older one ends."""
    gradio.say(b"a\n\n")
    older = Connection(gradio, 0)
    await older.until(1)
    newest = Connection(gradio, 0)
    await newest.until(1)
    assert await older.ended() == numbered(b"a\n\n")
    gradio.say(b"b\n\n", CLOSE)
    assert await newest.ended() == [*numbered(b"a\n\n", b"b\n\n"), END]
    assert gradio.reads == 1


async def test_event_streams_go_on_for_an_event_that_came_while_they_ended(gradio: Gradio) -> None:
    """The page took its connection for open: it is."""
    gradio.say(b"a\n\n", CLOSE)
    connection = Connection(gradio, 0)
    gradio.say(b"b\n\n", CLOSE)
    assert await connection.ended() == [*numbered(b"a\n\n", b"b\n\n"), END]


async def test_event_streams_end_when_nobody_comes_back(gradio: Gradio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradio hears that the page is gone; a page that comes back too late hears that messages are missing."""
    monkeypatch.setattr(event_streams, "RECONNECT_S", 0.01)
    gradio.say(b"a\n\n")
    connection = Connection(gradio, 0)
    await connection.until(1)
    await connection.hang_up()
    await asyncio.wait_for(gradio.gone.wait(), DEADLINE_S)
    gradio.queue.pending_event_ids_session.clear()
    gradio.goes_on = False
    (lost,) = await Connection(gradio, 1).ended()
    assert lost == b"id: 2\nevent: lost\ndata:\n\n"
    gradio.say(b"b\n\n", CLOSE)
    assert await Connection(gradio, 2).ended() == [*numbered(b"b\n\n", first=3), END]


async def test_event_streams_that_rest_are_resumed_at_any_time(gradio: Gradio, monkeypatch: pytest.MonkeyPatch) -> None:
    """No event was pending and nothing is missing, however long nobody was connected."""
    monkeypatch.setattr(event_streams, "RECONNECT_S", 0.0)
    gradio.say(b"a\n\n", CLOSE)
    await Connection(gradio, 0).ended()
    await asyncio.sleep(0.01)
    assert await Connection(gradio, 1).ended() == [END]


async def test_event_streams_hold_bounded_memory(gradio: Gradio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradio waits while too much has not been sent; what was sent long ago is let go of."""
    monkeypatch.setattr(event_streams, "MAX_BYTES", 100)
    gradio.say(*[b"%40d\n\n" % number for number in range(10)], CLOSE)
    connection = Connection(gradio, 0)
    assert len(await connection.ended()) == 11
    (stream,) = gradio.streams._streams.values()
    assert stream.size <= 100
    assert b"event: lost" in (await Connection(gradio, 3).ended())[0]


async def test_event_streams_wait_while_nobody_is_connected(gradio: Gradio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "MAX_BYTES", 100)
    gradio.say(b"a\n\n")
    connection = Connection(gradio, 0)
    await connection.until(1)
    await connection.hang_up()
    gradio.say(*[b"%40d\n\n" % number for number in range(10)], CLOSE)
    await asyncio.sleep(0.05)
    assert gradio.outgoing.qsize() >= 7
    assert len(await Connection(gradio, 1).ended()) == 11


async def test_event_streams_are_the_visitors_own(gradio: Gradio) -> None:
    """Whoever knows a tab's name and has not logged in as it did gets what Gradio answers him: nothing."""
    gradio.say(b"a\n\n")
    owner = Connection(gradio, 0, b"x=1; access-token-7=secret")
    await owner.until(1)
    gradio.status = 401
    assert await Connection(gradio, 0, b"access-token-7=guess").ended() == [END]
    gradio.say(b"b\n\n", CLOSE)
    assert await owner.ended() == [*numbered(b"a\n\n", b"b\n\n"), END]


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["Read."]]), renderer) as app:
        yield app


def events(http: httpx.Client, tab: str, received: int) -> list[str]:
    """What the real server sends on one connection."""
    url = f"/gradio_api/queue/data?session_hash={tab}"
    answer = http.get(url, headers={"Last-Event-ID": str(received)}, timeout=DEADLINE_S)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer.text.split("\n\n")[:-1]


def test_event_streams_of_the_real_server(app: Served) -> None:
    """Every message of an event is there, and again from any of them on."""
    arrive = next(number for number, fn in app.desk.fns.items() if fn.fn and fn.fn.__name__ == "arrive")
    body = {"data": [], "fn_index": arrive, "session_hash": "tab", "event_data": {}, "trigger_id": None}
    with app.client() as http:
        event = http.post("/gradio_api/queue/join", json=body).raise_for_status().json()["event_id"]
        *sent, end = events(http, "tab", 0)
        assert end == "event: end\ndata:"
        assert [one.partition("\n")[0] for one in sent] == [f"id: {number + 1}" for number in range(len(sent))]
        told = [json.loads(one.partition("data: ")[2]) for one in sent]
        assert (told[-1]["msg"], told[-1]["event_id"]) == ("process_completed", event)
        assert events(http, "tab", 2) == [*sent[2:], end]


def test_event_streams_of_a_server_that_was_restarted(app: Served) -> None:
    """The page has a number from before: it hears that its session is gone, as Gradio tells it."""
    with app.client() as http:
        told, end = events(http, "nobody", 57)
    assert json.loads(told.partition("data: ")[2])["session_not_found"] is True
    assert told.startswith("id: 58\n")
    assert end == "event: end\ndata:"
