"""Connections that do nothing, on real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from ocr.web.server import http_protocol
from ocr.web.server.web_server import WebServer, listen
from tests.web.server.test_web_server import app

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@contextmanager
def serving(peers_limit: int = 1000) -> Iterator[tuple[str, int]]:
    listener = listen("127.0.0.1", 0)
    address: tuple[str, int] = listener.getsockname()
    server = WebServer(app, listener, connections=peers_limit)
    server.start()
    yield address
    server.close()


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=60)


def ended(connection: socket.socket) -> bool:
    """Whether the server ends the connection before long."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    assert http_protocol.HEAD_TIMEOUT_S <= 30
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT_S", 1.0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("sent", [b"", b"G", GET, GET + b"X: " + b"y" * 1000])
def test_http_protocol_ends_a_connection_whose_head_does_not_come(sent: bytes) -> None:
    with serving() as address, connected(address) as connection:
        connection.sendall(sent)
        assert ended(connection)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["first", "kept alive"])
def test_http_protocol_further_bytes_win_no_time(before: bytes) -> None:
    """A byte now and then would hold a connection for ever, also one that has had an answer."""
    with serving() as address, connected(address) as connection:
        connection.sendall(before)
        if before:
            assert connection.recv(4096)
        connection.settimeout(0.02)
        for _ in range(3000):
            try:
                connection.sendall(b"X")
                if connection.recv(4096) == b"":
                    return
            except TimeoutError:
                pass
            except ConnectionError:
                return
        pytest.fail("the connection was held for a minute")


def test_http_protocol_sends_at_once_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a streamed answer does not wait until the part before has been acknowledged."""
    options, made = [], http_protocol.BoundedProtocol.connection_made

    def noted(self: http_protocol.BoundedProtocol, transport: asyncio.Transport) -> None:
        made(self, transport)
        options.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(http_protocol.BoundedProtocol, "connection_made", noted)
    with serving() as (host, port):
        httpx.get(f"http://{host}:{port}/", trust_env=False)
    assert options
    assert all(options)


def test_http_protocol_answers_as_before() -> None:
    """Several requests on one connection, each in its time."""
    with serving() as (host, port), httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as http:
        for _ in range(3):
            assert http.get("/").text == "here"


def test_http_protocol_a_peer_has_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is told so; those that it has go on, and one that ends makes room."""
    monkeypatch.setattr(
        "ocr.web.server.web_server.LOOPBACK", ("192.0.2.1",)
    )  # else this machine would count as a proxy
    with serving(3) as address, ExitStack() as held:
        connections = [held.enter_context(connected(address)) for _ in range(3)]
        for connection in connections:
            connection.sendall(GET + b"\r\n")
            assert b" 200 " in connection.recv(4096)
        with connected(address) as refused:
            answer = refused.recv(4096)
            assert b" 429 " in answer
            assert answer.rstrip().endswith(b"Close some.")
        connections.pop().close()
        for _ in range(500):
            with suppress(ConnectionError), connected(address) as again:  # one that is refused may be reset
                again.sendall(GET + b"\r\n")
                if b" 200 " in again.recv(4096):
                    break
        else:
            pytest.fail("no room was made")


def test_http_protocol_a_trusted_proxy_has_the_connections_of_many() -> None:
    with serving(1) as address, connected(address), connected(address) as second:
        second.sendall(GET + b"\r\n")
        assert b" 200 " in second.recv(4096)
