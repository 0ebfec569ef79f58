from __future__ import annotations

import socket

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from ocr.web.server.web_server import WebServer, listen


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no"})


def test_web_server_serves_until_it_is_closed() -> None:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server = WebServer(app, listener)
    server.start()
    assert httpx.get(url, trust_env=False).text == "here"
    server.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_web_server_says_that_it_did_not_start() -> None:
    with listen("127.0.0.1", 0) as listener, pytest.raises(RuntimeError):
        WebServer(broken, listener).start()


def test_web_server_takes_no_port_that_is_taken() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(OSError, match=r".+"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_web_server_listens_by_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
