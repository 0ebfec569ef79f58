"""The tool for language models, called by the protocol's own client, over HTTP."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import TaskGroup
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.engines.waiting_reader import reader_of
from ocr.errors import MissingExtra, Refused
from ocr.extras import EXTRAS
from ocr.web.api import mcp_tool
from ocr.web.server.mcp_auth import refuse_call
from tests.conftest import SAMPLES
from tests.web.api.test_read_endpoint import left, until
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import Served, served
from tests.web.state.test_visitor_limits import limited
from tests.web.waiting import until as soon

pytestmark = pytest.mark.anyio
ACCEPT = {"accept": "application/json, text/event-stream"}
SOON = 60
"""Seconds a test waits for what should take one."""


@asynccontextmanager
async def model(app: Served, **options: Any) -> AsyncIterator[ClientSession]:
    """A language model's side of the protocol."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=60, **options) as http,
        streamable_http_client(f"{app.url}gradio_api/mcp/", http_client=http) as (receive, send, _),
        ClientSession(receive, send) as session,
    ):
        await session.initialize()
        yield session


def text(answer: CallToolResult) -> str:
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text


def data_url(path: Path) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(path.read_bytes()).decode()}"


def uploaded(app: Served, path: Path) -> str:
    """The address that `gradio upload-mcp` makes of a file."""
    with app.client() as http, path.open("rb") as file:
        stored = http.post("/gradio_api/upload", files={"files": (path.name, file)}).json()[0]
    return f"{app.url}gradio_api/file={stored}"


@pytest.fixture(scope="module")
def app(engine: Server, renderer: Renderer) -> Iterator[Served]:
    """The whole app, with the CPU engine."""
    with served(reader_of(engine, []), renderer, engine, mcp=True) as app:
        yield app


async def test_tool_is_the_only_one(app: Served) -> None:
    """What it takes, and what a model is told about it."""
    async with model(app) as session:
        (only,) = (await session.list_tools()).tools
    assert only.name == "read_document"
    assert list(only.inputSchema["properties"]) == ["file", "pages", "model"]
    assert only.inputSchema["required"] == ["file"]
    assert "upload_file_to_gradio" in only.inputSchema["properties"]["file"]["description"]
    assert "Markdown" in (only.description or "")


async def test_tool_reads_what_was_uploaded(app: Served) -> None:
    """The answer is text: how many pages there are, and those asked for as Markdown; nothing is left on disk."""
    async with model(app) as session:
        read = await session.call_tool("read_document", {"file": uploaded(app, SAMPLES / "article.pdf"), "pages": "1"})
    assert not read.isError
    first, _, rest = text(read).partition("\n")
    assert first == "article.pdf has 3 pages; tesseract has read 1."
    assert "<!-- page 1 -->" in rest
    assert "# How a Lawn Learns Where We Walk" in rest
    assert until(lambda: not left(app))


async def test_tool_reads_a_data_url(app: Served) -> None:
    async with model(app) as session:
        read = await session.call_tool("read_document", {"file": data_url(SAMPLES / "receipt.jpg")})
    assert text(read).startswith("document has 1 page; tesseract has read 1.\n")
    assert until(lambda: not left(app))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"file": "https://example.com/a.pdf"}, "URLs are not downloaded"),
        ({"file": "http://127.0.0.1/gradio_api/file=/etc/hostname"}, "file was not found"),
        ({"file": "/etc/hostname"}, "file was not found"),
        ({"file": "data:application/pdf;base64,***"}, "not a data URL"),
        ({"file": "data:application/pdf,words"}, "not a data URL"),
        ({"file": "data:;base64,d29yZHM="}, "Pagelight reads PDF"),
        ({"file": {"path": "/etc/hostname"}}, "not of type 'string'"),
        ({}, "required"),
    ],
    ids=str,
)
async def test_tool_says_what_makes_no_sense(app: Served, arguments: dict[str, Any], says: str) -> None:
    """An answer that a model can act on; no address is fetched, and nothing of this machine is read."""
    async with model(app) as session:
        answer = await session.call_tool("read_document", arguments)
    assert answer.isError
    assert says in text(answer)


async def test_tool_refuses_a_file_value(app: Served) -> None:
    """What Gradio would fetch by itself does not get to it."""
    file = {"path": "https://example.com/a.pdf", "meta": {"_type": "gradio.FileData"}}
    with app.client() as http:
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": {"file": file}}}
        answer = http.post("/gradio_api/mcp/", json=call, headers={"accept": "application/json, text/event-stream"})
    assert answer.status_code == 403


async def test_tool_tells_of_pages_that_failed(renderer: Renderer, three_pages: Path) -> None:
    reader = ScriptedReader([["one"], [Refused("The image is too large.")], ["three"]])
    server = Server("http://gpu.example/v1", "", 1)
    with served(reader, renderer, server, mcp=True) as app:
        async with model(app) as session:
            read = text(await session.call_tool("read_document", {"file": uploaded(app, three_pages)}))
    assert "Page 2 could not be read. The image is too large." in read.splitlines()[1]
    assert "<!-- page 2 failed -->" in read
    assert read.rstrip().endswith("three")


@pytest.mark.parametrize("leave", ["cancel", "disconnect"])
async def test_tool_ends_when_the_model_no_longer_waits(renderer: Renderer, three_pages: Path, leave: str) -> None:
    """A call that is given up, or whose connection breaks off, ends its requests."""
    reader = ScriptedReader([["Once upon", forever]])
    with served(reader, renderer, mcp=True) as app:
        call = {"file": uploaded(app, three_pages)}

        async def read(session: ClientSession) -> None:
            await session.call_tool("read_document", call)

        async def stream(http: httpx.AsyncClient) -> None:
            params = {"name": "read_document", "arguments": call}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            async with http.stream("POST", "/gradio_api/mcp/", json=body, headers=ACCEPT) as answer:
                async for _ in answer.aiter_lines():
                    pass

        @asynccontextmanager
        async def left_while_it_reads() -> AsyncIterator[TaskGroup]:
            async with anyio.create_task_group() as calls:
                yield calls
                await soon(lambda: reader.asked > 0)
                calls.cancel_scope.cancel()

        if leave == "cancel":
            async with model(app) as session, left_while_it_reads() as calls:
                calls.start_soon(read, session)
        else:
            async with (
                httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=60) as http,
                left_while_it_reads() as calls,
            ):
                calls.start_soon(stream, http)
        assert await anyio.to_thread.run_sync(reader.closed.wait, SOON)
        assert await anyio.to_thread.run_sync(lambda: until(lambda: not left(app)))


async def test_tool_calls_of_an_address_are_counted(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, three_pages: Path
) -> None:
    """As those of programs are; other addresses are answered meanwhile, and the same one when a call has ended."""
    reader = ScriptedReader([["Once upon", lambda: asyncio.to_thread(go.wait, SOON)], ["text"]])
    go = threading.Event()
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    with limited(renderer, monkeypatch, reader, reads=1, mcp=True) as app:
        # not by a client of the protocol: what that posts at its start may overlap with its first call
        async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=60, headers=ACCEPT) as http:
            params = {"name": "read_document", "arguments": {"file": data_url(three_pages), "pages": "1"}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            call = asyncio.create_task(http.post("/gradio_api/mcp/", json=body))
            await soon(lambda: bool(reader.asked))
            refused = await http.post("/gradio_api/mcp/", json=ping)
            elsewhere = await http.post("/gradio_api/mcp/", json=ping, headers={"x-forwarded-for": "203.0.113.9"})
            go.set()
            assert (await call).status_code == 200
            async with asyncio.timeout(SOON):  # its result comes a moment before it has ended
                while (await http.post("/gradio_api/mcp/", json=ping)).status_code == 429:
                    pass
    assert [answer.status_code for answer in (refused, elsewhere)] == [429, 200]
    assert int(refused.headers["retry-after"]) >= 1


async def test_tool_is_there_only_if_wanted(renderer: Renderer) -> None:
    with served(ScriptedReader([["text"]]), renderer) as app, app.client() as http:
        assert http.post("/gradio_api/mcp/", json={}).status_code == 404
        assert list(http.get("/gradio_api/info").json()["named_endpoints"]) == ["/read"]


async def test_tool_asks_for_the_password_of_the_page(renderer: Renderer, three_pages: Path) -> None:
    """By HTTP's own authentication, since a model fills in no log-in."""
    with served(ScriptedReader([["text"]]), renderer, mcp=True, auth=("ada", "lovelace")) as app:
        with app.client() as http:
            assert http.post("/gradio_api/mcp/", json={}).status_code == 401
            assert http.post("/gradio_api/mcp/", json={}, auth=("ada", "byron")).status_code == 401
        async with model(app, auth=httpx.BasicAuth("ada", "lovelace")) as session:
            read = await session.call_tool("read_document", {"file": data_url(three_pages), "pages": "1"})
        assert text(read).rstrip().endswith("text")


async def test_tool_bounds_a_call(app: Served) -> None:
    """A document that would fill the memory has to be uploaded."""
    with app.client() as http:
        assert http.post("/gradio_api/mcp/", content=b" " * (17 * 1024 * 1024)).status_code == 413


def test_door() -> None:
    """It is posted to, by no other site; and by nobody without the password, where there is one."""
    assert refuse_call("POST", {}, None) is None
    for method, headers, status in [
        ("GET", {}, 405),
        ("DELETE", {}, 405),
        ("POST", {b"sec-fetch-site": b"cross-site"}, 403),
        ("POST", {b"sec-fetch-site": b"same-site"}, 403),
    ]:
        refused = refuse_call(method, headers, None)
        assert refused is not None
        assert refused.status_code == status


def test_tool_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    mcp_tool.check_installed()
    monkeypatch.setitem(EXTRAS, "mcp", replace(EXTRAS["mcp"], module="mcp_is_not_installed"))
    with pytest.raises(MissingExtra, match=r"setup.sh mcp.*gradio\[mcp\]"):
        mcp_tool.check_installed()
