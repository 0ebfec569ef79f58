"""A server is checked: sound ones, dead ones, locked and open ones, one behind a proxy that holds words back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.errors import Overloaded, Unreachable
from ocr.server_check.check_report import Report
from ocr.server_check.check_steps import TRUTH, check, find_program, find_unprotected, wait_until_healthy
from tests.inference.scripted_server import MODELS, Connection, Request, Script, scripted_server

pytestmark = pytest.mark.anyio
WORDS = TRUTH.read_text().split(" ")


def serving(
    stream: Callable[[Connection], Awaitable[None]], *, key: str | None = None, health: int = 200, doors: int = 404
) -> Script:
    """An imitation of a vLLM, with a page's answer given by `stream`."""

    async def script(request: Request, connection: Connection) -> None:
        allowed = key is None or request.headers.get("authorization") == f"Bearer {key}"
        match request.path:
            case "/health":
                await connection.respond(health)
            case "/v1/models":
                await connection.respond(200 if allowed else 401, MODELS if allowed else {"error": "Unauthorized"})
            case "/v1/chat/completions" if allowed:
                await stream(connection)
            case _:
                await connection.respond(doors)

    script.serves_models = True  # type: ignore[attr-defined]
    return script


async def at_once(connection: Connection) -> None:
    """What a buffering proxy hands on: the whole answer in one go, after all of it was written."""
    chunks = [json.dumps({"choices": [{"delta": {"content": f"{word} "}}]}) for word in WORDS]
    chunks.append(json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]}))
    await connection.begin()
    connection.writer.write("".join(f"data: {chunk}\n\n" for chunk in [*chunks, "[DONE]"]).encode())
    await connection.writer.drain()


async def word_by_word(connection: Connection) -> None:
    await connection.begin()
    for word in WORDS:
        await connection.chunk(f"{word} ")
        await asyncio.sleep(0.003)
    await connection.chunk(finish="stop")
    await connection.line("[DONE]")


async def nonsense(connection: Connection) -> None:
    await connection.stream("I am a helpful assistant and see no picture")


async def checked(script: Script, **said: str) -> tuple[int, dict[str, str]]:
    lines: list[str] = []
    async with scripted_server(script) as server:
        settings = Settings(server_url=(server.url,), **said)  # type: ignore[arg-type]
        with Renderer(workers=1) as renderer:
            code = await check(settings, 0.0, Report(lines.append), renderer)
    return code, {line.split()[1]: line for line in lines}


async def test_check_a_good_server() -> None:
    code, lines = await checked(serving(word_by_word, key="k3y"), api_key="k3y")
    assert code == 0
    assert all(line.startswith("ok") for line in lines.values()), lines
    assert "LightOnOCR-3-1B" in lines["model"]
    assert "16384" in lines["context"]
    assert "required everywhere" in lines["key"]
    assert "each as it was generated" in lines["stream"]
    assert "100%" in lines["page"]
    assert "k3y" not in "".join(lines.values())


@pytest.mark.parametrize(
    ("path", "answer", "program"),
    [
        ("/", "Ollama is running", "ollama"),
        ("/openapi.json", {"openapi": "3.1.0", "info": {"title": "MLX-VLM Inference API"}, "paths": {}}, "mlx-vlm"),
        (
            "/openapi.json",
            {"info": {"title": "FastAPI"}, "paths": {"/v1/models": {}, "/load_model": {}}},
            "transformers",
        ),
        ("/openapi.json", {"info": {"title": "FastAPI"}, "paths": {"/v1/models": {}}}, None),
        ("/somewhere", "", None),
    ],
)
async def test_check_finds_the_program(path: str, answer: object, program: str | None) -> None:
    """As they describe themselves; of these the source of each says so, and none was asked here."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(*((200, answer) if request.path == path else (404, "")))

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        assert await find_program(server.url) == program


async def test_check_a_buffering_proxy() -> None:
    """Words that come many at once are told, and the server is fit all the same."""
    code, lines = await checked(serving(at_once))
    assert code == 0
    assert lines["stream"].startswith("!")
    assert "a proxy buffers" in lines["stream"]
    assert "check: stream" in lines["verdict"]


async def test_check_no_model_that_reads() -> None:
    code, lines = await checked(serving(nonsense))
    assert code == 1
    assert lines["verdict"].startswith("FAILED")
    assert "cannot read" in lines["verdict"]


async def test_check_without_health() -> None:
    """Other servers of the API may lack it."""
    code, lines = await checked(serving(word_by_word, health=404))
    assert (code, lines["health"][0]) == (0, "!")


async def test_check_waits_for_a_server_that_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy says while nothing serves yet (503, 404) is not the last word, within the time allowed."""
    monkeypatch.setattr("ocr.server_check.check_steps.POLL_INTERVAL_S", 0.01)
    answers = [503, 404, 502, 200]

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(answers.pop(0))

    script.serves_models = True  # type: ignore[attr-defined]
    told: list[str] = []
    async with scripted_server(script) as server:
        assert (await wait_until_healthy(server.url, 20.0, 5.0, told.append))[1].startswith("answers after")
    assert answers == []
    assert [line.endswith("20 s.") for line in told] == [True] * 3


@pytest.mark.parametrize("status", [401, 403, 405])
async def test_check_does_not_wait_in_vain(status: int) -> None:
    """A refusal is not changed by waiting."""
    async with scripted_server(serving(word_by_word, health=status)) as server:
        assert (await wait_until_healthy(server.url, 900.0, 5.0))[1].startswith(f"no /health ({status})")


async def test_check_waits_no_longer() -> None:
    async with scripted_server(serving(word_by_word, health=503)) as server:
        with pytest.raises(Overloaded):
            await wait_until_healthy(server.url, 0.0, 5.0)
    with pytest.raises(Unreachable):
        await wait_until_healthy(server.url, 0.0, 5.0)


@pytest.mark.parametrize(
    ("key", "doors", "found"),
    [
        (None, 404, ["/v1/models"]),
        ("k", 400, ["/invocations", "/tokenize"]),
        ("k", 422, ["/invocations", "/tokenize"]),
        ("k", 401, []),
    ],
)
async def test_check_unguarded(key: str | None, doors: int, found: list[str]) -> None:
    """Every address that lets somebody in without the key is found."""
    async with scripted_server(serving(word_by_word, key=key, doors=doors)) as server:
        assert await find_unprotected(server.url) == found
