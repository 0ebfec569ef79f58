"""One page asked for over a real socket: what is sent, what comes back, and what every failure is called."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ocr import errors
from ocr.config.profiles import TIMEOUTS, Model, Timeouts, read_options
from ocr.events import Delta, Finished
from ocr.inference.chat_stream import MAX_TEXT_CHARS
from ocr.inference.client import Client, request_body
from ocr.types import Finish, PageImage
from tests.inference.scripted_server import MODELS, Connection, Request, scripted_server

pytestmark = pytest.mark.anyio

IMAGE = PageImage(1190, 1540, b"\x89PNG", "image/png")
OPTIONS = read_options(Model("lightonai/LightOnOCR-2-1B", None, 16384))

Answer = Callable[[Connection], Awaitable[None]]


async def read(answer: Answer, timeouts: Timeouts = TIMEOUTS) -> tuple[str, Finished | None, Exception | None]:
    """What one request yields from a server that answers so: text, end, error."""

    async def script(request: Request, connection: Connection) -> None:
        await answer(connection)

    text, end, failure = "", None, None
    async with scripted_server(script) as server, Client(server.url, timeouts=timeouts) as client:
        try:
            async for item in client.read(IMAGE, OPTIONS):
                if isinstance(item, Delta):
                    text += item.text
                else:
                    end = item
        except errors.OcrError as error:
            failure = error
    return text, end, failure


@pytest.mark.parametrize("written", ["http://", "http://host:port", "host"])
def test_client_not_a_url(written: str) -> None:
    with pytest.raises(errors.UsageError, match="not a URL"):
        Client(written)


def test_client_request_body() -> None:
    """One user message, one image, no text: LightOnOCR repeats a prompt."""
    body = json.loads(request_body(IMAGE, OPTIONS))
    (message,) = body["messages"]
    (part,) = message["content"]
    assert part["image_url"]["url"] == "data:image/png;base64," + base64.b64encode(IMAGE.data).decode()
    assert (body["temperature"], body["top_p"], body["stream"]) == (0.2, 0.9, True)
    assert body["stream_options"] == {"include_usage": True}
    assert 12_000 < body["max_tokens"] < 16_384 - 43 * 55, "room for the image is left, the rest is for the page"


def test_client_request_layout() -> None:
    """Layout mode is the single word `grounding`; the Qwen family is told not to think."""
    body = json.loads(request_body(IMAGE, read_options(Model("lightonai/LightOnOCR-3-4B"))))
    assert body["messages"][0]["content"][1] == {"type": "text", "text": "grounding"}
    assert body["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"error": {"message": "Unrecognized request argument supplied: repetition_detection"}}),
        (422, {"detail": [{"loc": ["body", "repetition_detection"], "msg": "Extra inputs are not permitted"}]}),
    ],
)
async def test_client_detection_refused(status: int, said: dict[str, object]) -> None:
    """A server that minds the field is asked again without it, and never with it again."""

    async def script(request: Request, connection: Connection) -> None:
        if "repetition_detection" in request.json:
            await connection.respond(status, said)
        else:
            await connection.stream("text")

    async with scripted_server(script) as server, Client(server.url) as client:
        for _ in range(2):
            assert [item async for item in client.read(IMAGE, OPTIONS)][-1] == Finished(Finish.STOP, None)
    assert ["repetition_detection" in request.json for request in server.reads] == [True, False, False]


@pytest.mark.parametrize(
    "minded", [("stream_interval",), ("continuous_usage_stats",), ("stream_interval", "repetition_detection")]
)
async def test_client_stream_interval(minded: tuple[str, ...]) -> None:
    """Tokens are asked for in bundles; a server that minds is read all the same, and not asked again."""

    async def script(request: Request, connection: Connection) -> None:
        sent = [name for name in minded if name.encode() in request.body]
        if sent:
            await connection.respond(400, {"error": {"message": f"Unrecognized argument: {sent[0]}"}})
        else:
            await connection.stream("text")

    async with scripted_server(script) as server, Client(server.url, stream_interval=16) as client:
        for _ in range(2):
            assert [item async for item in client.read(IMAGE, OPTIONS)][-1] == Finished(Finish.STOP, None)
    first, *_, last = [request.json for request in server.reads]
    assert (first["stream_interval"], first["stream_options"]["continuous_usage_stats"]) == (16, True)
    assert "stream_interval" not in last
    assert "continuous_usage_stats" not in last["stream_options"]
    assert len(server.reads) == len(minded) + 2


async def test_client_patient_asks_for_no_detection() -> None:
    """VLLM would end a form of equal rows that we bear."""
    async with scripted_server(lambda _, c: c.stream("text")) as server, Client(server.url) as client:
        for patient in (False, True):
            [item async for item in client.read(IMAGE, replace(OPTIONS, allow_equal_rows=patient))]
    assert ["repetition_detection" in request.json for request in server.reads] == [True, False]


async def test_client_other_refusals_stand() -> None:
    """A refusal for another reason is one, and the field goes on being sent."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(400, {"error": {"message": "cannot identify image file"}})

    async with scripted_server(script) as server, Client(server.url) as client:
        for _ in range(2):
            with pytest.raises(errors.Refused, match="cannot identify"):
                [item async for item in client.read(IMAGE, OPTIONS)]
    assert ["repetition_detection" in request.json for request in server.reads] == [True, True]


async def test_client_streams() -> None:
    """Text comes piece by piece, then the end with the server's own token count."""
    text, end, failure = await read(lambda c: c.stream("# Ti", "", "tle", tokens=7))
    assert (text, end, failure) == ("# Title", Finished(Finish.STOP, 7), None)


async def test_client_holds_no_request_while_it_reads() -> None:
    """An answer takes seconds to minutes, and its request is larger than the page's image: the server alone has it."""
    large = replace(IMAGE, data=bytes(6_000_000))
    sent = len(request_body(large, OPTIONS))
    async with scripted_server(lambda _, c: c.stream("text")) as server, Client(server.url) as client:
        tracemalloc.start()
        try:
            answer = client.read(large, OPTIONS)
            assert await anext(answer) == Delta("text")
            held, _ = tracemalloc.get_traced_memory()
            assert len(server.requests[0].body) == sent
            assert held < 1.5 * sent
        finally:
            tracemalloc.stop()
        [item async for item in answer]


async def test_client_half_a_surrogate() -> None:
    """What no file could hold becomes a question mark; everything else comes through."""
    text, _, failure = await read(lambda c: c.stream("né \ud83d \U0001f600"))
    assert (text, failure) == ("né ? \U0001f600", None)


@pytest.mark.parametrize(("reason", "finish"), [("length", Finish.LENGTH), ("repetition", Finish.REPETITION)])
async def test_client_finish_reasons(reason: str, finish: Finish) -> None:
    _, end, _ = await read(lambda c: c.stream("a", finish=reason))
    assert end == Finished(finish, None)


async def test_client_bearer_key_and_models() -> None:
    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(500)

    async with scripted_server(script) as server, Client(server.url, "secret") as client:
        (model,) = await client.models()
    assert model == Model("lightonai/LightOnOCR-3-1B", "lightonai/LightOnOCR-3-1B", 16384)
    assert server.requests[0].headers["authorization"] == "Bearer secret"
    assert server.requests[0].path == "/v1/models"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, errors.Refused, "cannot identify image"),
        (401, errors.WrongKey, "OCR_API_KEY"),
        (403, errors.WrongKey, "OCR_API_KEY"),
        (413, errors.Refused, "413"),
        (422, errors.Refused, "422"),
        (418, errors.NotAnApi, "418"),
        (429, errors.Overloaded, "--concurrency"),
        (503, errors.Overloaded, "503"),
        (502, errors.GatewayTimeout, "502"),
        (504, errors.GatewayTimeout, "504"),
        (524, errors.GatewayTimeout, "524"),
        (500, errors.InternalError, "log"),
    ],
)
async def test_client_status(status: int, kind: type[errors.OcrError], words: str) -> None:
    """Each status is its own error and says the next step."""
    body = {"error": {"message": "cannot identify image file", "code": status}}
    _, _, failure = await read(lambda c: c.respond(status, body))
    assert type(failure) is kind
    assert words in str(failure)


async def test_client_unknown_model_lists_the_served() -> None:
    body = {"error": {"message": "The model `x` does not exist."}}
    _, _, failure = await read(lambda c: c.respond(404, body))
    assert type(failure) is errors.UnknownModel
    assert "It serves: lightonai/LightOnOCR-3-1B." in str(failure)


async def test_client_not_found_without_model() -> None:
    _, _, failure = await read(lambda c: c.respond(404, b"<h1>Not Found</h1>"))
    assert type(failure) is errors.NotAnApi


async def test_client_retry_after() -> None:
    _, _, failure = await read(lambda c: c.respond(429, b"", ["retry-after: 7"]))
    assert isinstance(failure, errors.Overloaded)
    assert failure.retry_after == 7.0


async def test_client_error_inside_the_stream() -> None:
    """An error line is an error even when [DONE] follows; the text before it stands."""

    async def answer(connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("half a pa")
        await connection.line('{"error": {"message": "EngineCore died", "code": 500}}')
        await connection.line("[DONE]")

    text, end, failure = await read(answer)
    assert (text, end, type(failure)) == ("half a pa", None, errors.StreamError)
    assert "EngineCore died" in str(failure)


@pytest.mark.parametrize("garbage", ["{half", "[1, 2]", "null"])
async def test_client_garbage_in_the_stream(garbage: str) -> None:
    async def answer(connection: Connection) -> None:
        await connection.begin()
        await connection.line(garbage)

    _, _, failure = await read(answer)
    assert type(failure) is errors.StreamError


async def test_client_unknown_finish() -> None:
    _, _, failure = await read(lambda c: c.stream("a", finish="content_filter"))
    assert type(failure) is errors.StreamError


@pytest.mark.parametrize("done", [True, False])
async def test_client_stream_ends_early(done: bool) -> None:
    """A stream without a finish reason is cut, whether or not [DONE] stands at its end."""

    async def answer(connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("half a pa")
        if done:
            await connection.line("[DONE]")

    text, end, failure = await read(answer)
    assert (text, end, type(failure)) == ("half a pa", None, errors.StreamCut)


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("held", [True, False])
async def test_client_whole_page_outlives_its_connection(held: bool, done: bool) -> None:
    """Once the page has its end, a connection that then is cut, or never closed, takes nothing from it."""

    async def answer(connection: Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99999\r\n\r\n"
        connection.writer.write(head)
        await connection.chunk("a page")
        await connection.chunk(finish="stop")
        if done:
            await connection.line("[DONE]")
        if held:
            await connection.gone()

    assert await read(answer, timeouts=Timeouts(silence=1, first_token=60)) == (
        "a page",
        Finished(Finish.STOP, None),
        None,
    )


async def test_client_reset_in_the_stream() -> None:
    async def answer(connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("half")
        connection.reset()

    _, _, failure = await read(answer)
    assert type(failure) is errors.StreamCut


@pytest.mark.parametrize("closed", ["reset", "ended"])
async def test_client_asks_anew_on_a_connection_that_was_closed_meanwhile(closed: str) -> None:
    """A connection from the page before may have been closed by the server, as by llama-server: that is no failure."""
    served: set[asyncio.StreamWriter] = set()

    async def script(request: Request, connection: Connection) -> None:
        if connection.writer in served:
            if closed == "reset":
                connection.reset()
            return
        served.add(connection.writer)
        text = {"choices": [{"delta": {"content": "a page"}, "finish_reason": "stop"}]}
        said = f"data: {json.dumps(text)}\n\ndata: [DONE]\n\n".encode()
        await connection.respond(200, said, ["content-type: text/event-stream"])

    async with scripted_server(script) as server, Client(server.url) as client:
        for _ in range(3):
            items = [item async for item in client.read(IMAGE, OPTIONS)]
            assert items == [Delta("a page", 1), Finished(Finish.STOP, None)]
    assert len(served) == 3


async def test_client_reset_before_headers() -> None:
    async def answer(connection: Connection) -> None:
        connection.reset()

    _, _, failure = await read(answer)
    assert type(failure) is errors.StreamCut


@pytest.mark.parametrize("begun", [False, True])
async def test_client_silence(begun: bool) -> None:
    """A server that accepts and then says nothing is given up after the silence, before and after its headers."""

    async def answer(connection: Connection) -> None:
        if begun:
            await connection.begin()
            await connection.chunk("half")
        await connection.gone()

    timeouts = Timeouts(silence=0.2, first_token=600) if begun else Timeouts(silence=600, first_token=0.2)
    text, _, failure = await read(answer, timeouts)
    assert type(failure) is errors.Silence
    assert text == ("half" if begun else "")


async def test_client_takes_no_request() -> None:
    """A server that accepts a connection and takes nothing from it is given up too."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # the kernel accepts for it, and holds some megabytes
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        async with Client(url, timeouts=Timeouts(first_token=1)) as client:  # time to write 43 MB of request
            with pytest.raises(errors.Silence):
                [item async for item in client.read(replace(IMAGE, data=bytes(32_000_000)), OPTIONS)]


async def test_client_answer_is_no_stream() -> None:
    async def answer(connection: Connection) -> None:
        await connection.begin("text/html")
        connection.writer.write(b"<html>welcome</html>")

    _, _, failure = await read(answer)
    assert type(failure) is errors.NotAnApi


async def fails(url: str) -> errors.OcrError:
    async with Client(url, timeouts=Timeouts(30, 30)) as client:
        with pytest.raises(errors.OcrError) as caught:
            await client.models()
    return caught.value


async def test_client_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await fails(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert type(error) is errors.Unreachable
    assert "Nothing answers at" in str(error)


async def test_client_name_not_resolved() -> None:
    error = await fails("http://no-such-host.invalid/v1")
    assert type(error) is errors.NameNotResolved
    assert "no-such-host.invalid" in str(error)


async def test_client_tls() -> None:
    """Ask for https from a server that speaks plain http."""

    async def script(request: Request, connection: Connection) -> None: ...

    async with scripted_server(script) as server:
        error = await fails(server.url.replace("http://", "https://"))
    assert type(error) is errors.TlsFailed


async def test_client_models_not_a_list() -> None:
    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(200, b"<html>")

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        assert type(await fails(server.url)) is errors.NotAnApi


@pytest.mark.parametrize(
    ("listed", "model"),
    [
        ({"id": "m", "root": 5, "max_model_len": True, "revision": 7}, Model("m")),
        ({"id": "m", "root": "a/b", "revision": "v2"}, Model("m", "a/b", revision="v2")),
        ({"id": "m", "root": ["a"], "max_model_len": -5}, Model("m")),
        ({"id": "m", "root": "", "max_model_len": 0}, Model("m", "")),
        ({"id": "a\ud800b", "max_model_len": "8192"}, Model("a?b")),
        ({"id": ["m"], "root": None, "max_model_len": 8192.0}, Model("['m']")),
    ],
)
async def test_client_models_of_odd_shapes(listed: dict[str, object], model: Model) -> None:
    """What is no name and no number was not said; what is left can be asked for and written down."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(200, {"data": [listed]})

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server, Client(server.url) as client:
        assert await client.models() == (model,)
    assert read_options(model).context == 16384


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "no-such"])
async def test_client_charset_of_no_text(charset: str) -> None:
    """An answer is read as UTF-8, whatever it says of itself: Python knows codecs that are none of texts."""
    said = [f"content-type: application/json; charset={charset}"]

    async def script(request: Request, connection: Connection) -> None:
        status = 200 if request.method == "GET" else 500
        await connection.respond(status, MODELS, said)

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server, Client(server.url) as client:
        assert await client.models()
        with pytest.raises(errors.InternalError):
            [item async for item in client.read(IMAGE, OPTIONS)]


async def endless(connection: Connection, head: bytes, part: bytes) -> None:
    """Answer without an end, as fast as it is taken."""
    connection.writer.write(head)
    while not connection.reader.at_eof():
        connection.writer.write(part)
        await connection.writer.drain()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n"])
async def test_client_models_without_an_end(head: bytes) -> None:
    """No more of an answer is taken than a list of models can have."""

    async def script(request: Request, connection: Connection) -> None:
        await endless(connection, head, b"[1," * 20_000)

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server, asyncio.timeout(60):
        assert type(await fails(server.url)) is (errors.NotAnApi if b"200" in head else errors.InternalError)


async def test_client_models_never_begun() -> None:
    """A server that only ever says that it goes on is given up."""

    async def script(request: Request, connection: Connection) -> None:
        await endless(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    script.serves_models = True  # type: ignore[attr-defined]
    async with (
        scripted_server(script) as server,
        Client(server.url, timeouts=Timeouts(0.2, 0.2)) as client,
        asyncio.timeout(60),
    ):
        with pytest.raises(errors.Silence):
            await client.models()


async def test_client_error_without_an_end() -> None:
    """Of an error's page the beginning is enough; one that trickles is not waited for."""
    head = b"HTTP/1.1 500 No\r\n\r\n"
    async with asyncio.timeout(60):
        _, _, failure = await read(lambda c: endless(c, head, b"no reason, " * 1000))
        assert type(failure) is errors.InternalError

        async def trickle(connection: Connection) -> None:
            connection.writer.write(head)
            while not connection.reader.at_eof():
                connection.writer.write(b".")
                await connection.writer.drain()
                await asyncio.sleep(0.01)

        _, _, failure = await read(trickle, timeouts=Timeouts(0.2, 0.2))
        assert type(failure) is errors.Silence


async def test_client_no_models() -> None:
    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(200, {"data": []})

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        assert type(await fails(server.url)) is errors.NoModelListed


async def test_client_cancel_disconnects() -> None:
    """Cancelling a read closes its connection, so that the server can stop generating."""
    begun, gone = asyncio.Event(), asyncio.Event()

    async def script(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("half")
        begun.set()
        await connection.gone()
        gone.set()

    async with scripted_server(script) as server, Client(server.url) as client:

        async def drain() -> None:
            async for _ in client.read(IMAGE, OPTIONS):
                pass

        task = asyncio.create_task(drain())
        await begun.wait()
        task.cancel()
        await asyncio.wait_for(gone.wait(), 60)
        assert task.cancelled() or task.cancelling()


async def test_client_ignores_proxy_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def script(request: Request, connection: Connection) -> None: ...

    async with scripted_server(script) as server, Client(server.url) as client:
        assert await client.models()


async def test_client_connections_are_open_while_somebody_asks() -> None:
    """After the last request nothing is left open, whoever forgets to close the client."""
    gone = asyncio.Event()

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(200, MODELS)
        await connection.gone()
        gone.set()

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        client = Client(server.url)
        await client.models()
        await asyncio.wait_for(gone.wait(), 60)
        assert await client.models()


async def keeps_alive(connection: Connection, line: bytes) -> None:
    """Send this again and again, until the client has gone."""
    while not connection.reader.at_eof():
        connection.writer.write(line)
        await connection.writer.drain()
        await asyncio.sleep(0.01)


NO_WORD = [b": ping\n\n", b'data: {"choices": [{"delta": {"content": ""}}]}\n\n', b"d", b"id: 1\n\n"]


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("line", NO_WORD, ids=["comment", "empty chunk", "trickle", "other field"])
async def test_client_what_is_no_word_is_silence(line: bytes, begun: bool) -> None:
    """A stream that is kept alive without a word is given up, before its first word and after it."""

    async def answer(connection: Connection) -> None:
        await connection.begin()
        if begun:
            await connection.chunk("half")
        await keeps_alive(connection, line)

    timeouts = Timeouts(silence=0.2, first_token=600) if begun else Timeouts(silence=600, first_token=0.2)
    async with asyncio.timeout(60):
        text, _, failure = await read(answer, timeouts)
    assert (text, type(failure)) == ("half" if begun else "", errors.Silence)
    assert ("--timeout" if begun else "--first-token-timeout") in str(failure)


async def test_client_first_word_may_take_longer_than_the_others() -> None:
    """A queue: pings for longer than a silence may last within the text, then the page."""

    async def answer(connection: Connection) -> None:
        await connection.begin()
        for _ in range(120):
            connection.writer.write(b": ping\n\n")
            await asyncio.sleep(0.01)
        await connection.chunk("a page", finish="stop")

    text, _, failure = await read(answer, Timeouts(silence=1, first_token=60))
    assert (text, failure) == ("a page", None)


async def test_client_page_without_an_end() -> None:
    """Words that go on for ever are given up once, and what they said is kept; the page is not asked for again."""

    async def answer(connection: Connection) -> None:
        await connection.begin()
        await keeps_alive(connection, b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n')

    async with asyncio.timeout(60):
        text, _, failure = await read(answer, Timeouts(page=2))
    assert text.startswith("word word ")
    assert isinstance(failure, errors.PageTimeout)
    assert not failure.retryable


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_client_compressed_answer_is_not_unpacked(encoding: str) -> None:
    """Nobody asked for it; 6 kB would be 6 MB on the event loop."""
    bomb = gzip.compress(b"data: {}\n\n" * 640_000, 9)

    async def script(request: Request, connection: Connection) -> None:
        assert request.headers["accept-encoding"] == "identity"
        media = b"application/json" if request.method == "GET" else b"text/event-stream"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n"
        connection.writer.write(head % (media, encoding.encode(), len(bomb)) + bomb)
        await connection.writer.drain()

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server, Client(server.url) as client:
        with pytest.raises(errors.NotAnApi, match="compressed"):
            [item async for item in client.read(IMAGE, OPTIONS)]
        with pytest.raises(errors.NotAnApi):
            await client.models()


@pytest.mark.parametrize("line", [b"data: x\n", b"data: " + b"x" * 1000, b"data:\n", b"x" * 1000])
async def test_client_event_without_an_end(line: bytes) -> None:
    """Neither lines that no blank line follows nor a line without an end are kept for long."""

    async def answer(connection: Connection) -> None:
        await endless(connection, b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", line * 64)

    async with asyncio.timeout(60):
        _, _, failure = await read(answer)
    assert type(failure) is errors.StreamError


async def test_client_text_without_an_end() -> None:
    """More text than any page has is not kept: the answer is given up, and not asked for again."""
    chunk = json.dumps({"choices": [{"delta": {"content": "word " * 2000}}]}).encode()

    async def answer(connection: Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        await endless(connection, head, b"data: " + chunk + b"\n\n")

    async with asyncio.timeout(60):
        text, _, failure = await read(answer)
    assert MAX_TEXT_CHARS <= len(text) < 2 * MAX_TEXT_CHARS
    assert isinstance(failure, errors.AnswerTooLong)
    assert not failure.retryable


async def test_client_burst_of_events_leaves_the_loop_its_turns() -> None:
    """Another task runs on while one read of the socket brings thousands of events."""
    event = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def script(request: Request, connection: Connection) -> None:
        await connection.begin()
        connection.writer.write(event * 10_000)
        await connection.chunk(finish="stop")

    between: Counter[int] = Counter()
    async with scripted_server(script) as server, Client(server.url) as client:
        task = asyncio.create_task(other())
        async for item in client.read(IMAGE, OPTIONS):
            if isinstance(item, Delta):
                between[turns] += item.chunks
        task.cancel()
    assert between.total() == 10_000
    assert max(between.values()) <= 1000  # a read brings some 1,400 and more
