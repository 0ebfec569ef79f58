"""The guard that asks for the key at every address; its life inside vLLM is in test_runpod_scripts.py."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.anyio


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("VLLM_API_KEY", "k3y")
    spec = importlib.util.spec_from_file_location("keyed", ROOT / "deploy" / "keyed.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """What is guarded: it answers everybody."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        ("/health", "", 200),
        ("/v1/models", "Bearer k3y", 200),
        ("/invocations", "Bearer k3y", 200),
        ("/invocations", "", 401),
        ("/metrics", "Bearer K3Y", 401),
        ("/v1/models", "k3y", 401),
        ("/health/", "", 401),
        ("//health", "", 401),
    ],
)
async def test_keyed_http(keyed: ModuleType, path: str, header: str, status: int) -> None:
    transport = httpx.ASGITransport(keyed.KeyEverywhere(inside))
    async with httpx.AsyncClient(transport=transport, base_url="http://h") as http:
        answer = await http.post("http://h" + path, headers={"authorization": header} if header else {})
    assert answer.status_code == status


@pytest.mark.parametrize(("header", "answer"), [(b"", "websocket.close"), (b"Bearer k3y", "websocket.accept")])
async def test_keyed_websocket(keyed: ModuleType, header: bytes, answer: str) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/v1/realtime", "headers": [(b"authorization", header)]}
    await keyed.KeyEverywhere(inside)(scope, receive, send)
    assert sent == [answer]


async def test_keyed_without_a_key(keyed: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard without a key does not stand there as if it had one."""
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("VLLM_API_KEY")
        else:
            monkeypatch.setenv("VLLM_API_KEY", value)
        with pytest.raises(KeyError):
            keyed.KeyEverywhere(inside)
