"""By which way a server is reached; what becomes of the requests is tested with the client, over real sockets."""

from __future__ import annotations

import aiohttp
import pytest

from ocr.errors import Unreachable, UsageError
from ocr.inference.client import Client
from ocr.inference.http import connections, proxy_for, trust
from tests.inference.scripted_server import Connection, Request, scripted_server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("variable", "value", "proxied"),
    [("HTTP_PROXY", "", True), ("ALL_PROXY", "", True), ("HTTPS_PROXY", "", False), ("NO_PROXY", "gpu.example", False)],
)
async def test_connections_proxy(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, proxied: bool) -> None:
    """The environment's proxy stands between us and other machines."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    asked = []

    async def script(request: Request, connection: Connection) -> None:
        asked.append(request.path)
        await connection.respond(200)

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as proxy:
        address = proxy.url.removesuffix("/v1")
        if variable == "NO_PROXY":
            monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv(variable, value or address)
        assert proxy_for("http://gpu.example/v1") == (address if proxied else None)
        if proxied:
            async with (
                connections("http://gpu.example/v1", 60.0) as http,
                http.get("http://gpu.example/v1/models") as answer,
            ):
                assert answer.status == 200
    assert asked == ["http://gpu.example/v1/models"] * proxied


async def test_connections_bearer_key_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A password for the host in ~/.netrc is neither sent nor in the key's way."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(200, b"ok")

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        for key in ("secret", None):
            async with connections(server.url, 60.0, key) as http, http.get(server.url) as answer:
                assert answer.status == 200
    assert [request.headers.get("authorization") for request in server.requests] == ["Bearer secret", None]


async def test_connections_authorities_are_read_once() -> None:
    """All connections share one TLS context."""
    assert trust("http://gpu.example/v1") is None
    first = trust("https://gpu.example/v1")
    assert first is not None
    for _ in range(2):
        async with connections("https://gpu.example/v1", 60.0) as http:
            assert isinstance(http.connector, aiohttp.TCPConnector)
            assert http.connector._ssl is first


async def test_connections_credentials_in_the_url() -> None:
    """The user and password of a URL are sent as such, and stand in no message."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(401)

    async with scripted_server(script) as server:
        url = server.url.replace("http://", "http://us%40er:pass%20word@")
        async with Client(url) as client:
            await client.models()
    assert [request.headers.get("authorization") for request in server.requests] == ["Basic dXNAZXI6cGFzcyB3b3Jk"]
    async with Client(url) as client:
        with pytest.raises(Unreachable) as caught:
            await client.models()
    assert "word" not in str(caught.value)


def test_connections_credentials_and_a_key() -> None:
    """A request can carry one of them: said at once, not at each page."""
    with pytest.raises(UsageError, match="--api-key"):
        Client("http://user:password@gpu.example/v1", "key")
