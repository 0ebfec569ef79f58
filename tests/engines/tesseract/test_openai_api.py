"""The CPU engine over real HTTP, with real Tesseract."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.engines.select import Server
from ocr.engines.tesseract.openai_api import Budget

WORDS = "Boxes and pages"


@pytest.fixture(scope="module")
def api(engine: Server) -> str:
    return engine.url.removesuffix("/v1")


def page(*lines: str) -> str:
    image = Image.new("L", (900, 200 * max(1, len(lines))), 255)
    for number, words in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + 200 * number), words, font=ImageFont.load_default(60), fill=0)
    stored = io.BytesIO()
    image.save(stored, "PNG")
    return "data:image/png;base64," + base64.b64encode(stored.getvalue()).decode()


def body(*lines: str, prompt: str = "", **fields: Any) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": page(*lines)}}]
    if prompt:
        parts.append({"type": "text", "text": prompt})
    return {"model": "tesseract", "messages": [{"role": "user", "content": parts}], **fields}


def post(api: str, content: Any) -> httpx.Response:
    return httpx.post(f"{api}/v1/chat/completions", json=content, timeout=60, trust_env=False)


def test_api_health_and_models(api: str) -> None:
    health = httpx.get(f"{api}/health", trust_env=False)
    assert (health.status_code, health.content) == (200, b"")
    assert httpx.get(f"{api}/v1/models", trust_env=False).json()["data"][0]["id"] == "tesseract"


def test_api_whole_answer(api: str) -> None:
    """Without streaming the text comes at once, plain unless asked for with `grounding`."""
    answer = post(api, body(WORDS)).json()
    assert answer["choices"][0]["message"]["content"] == WORDS
    assert (answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]) == ("stop", 3)


def test_api_layout_answer(api: str) -> None:
    content = post(api, body(WORDS, prompt="grounding")).json()["choices"][0]["message"]["content"]
    assert content.startswith("![")
    assert content.endswith(f") {WORDS}")


def test_api_streamed_answer(api: str) -> None:
    """As vLLM streams: a role, the text in pieces, the finish reason, the usage, [DONE]."""
    response = post(api, body(WORDS, "Another line", stream=True, stream_options={"include_usage": True}))
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    first, *pieces, last, usage = [json.loads(line) for line in lines]
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(piece["choices"][0]["delta"]["content"] for piece in pieces)
    assert WORDS in text
    assert "Another line" in text
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]["completion_tokens"]) == ([], 5)


@pytest.mark.parametrize("stream", [True, False])
def test_api_max_tokens(api: str, stream: bool) -> None:
    response = post(api, body(WORDS, max_tokens=2, stream=stream))
    assert '"length"' in response.text
    assert "and" in response.text
    assert "pages" not in response.text


def test_api_blank_page(api: str) -> None:
    answer = post(api, body()).json()
    assert (answer["choices"][0]["message"]["content"], answer["choices"][0]["finish_reason"]) == ("", "stop")


@pytest.mark.parametrize(
    ("content", "status"), [({"model": "x", "messages": [{"content": ""}]}, 404), ({"messages": []}, 400), ([], 400)]
)
def test_api_errors(api: str, content: Any, status: int) -> None:
    """Errors have vLLM's status codes and shape."""
    response = post(api, content)
    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_api_no_such_route(api: str) -> None:
    assert httpx.get(f"{api}/v1/embeddings", trust_env=False).status_code == 404


def test_api_budget() -> None:
    """A token is a word with the white space before it."""
    budget = Budget(3)
    assert [budget.take("one two"), budget.take(" three four")] == ["one two", " three"]
    assert (budget.used, budget.exceeded) == (3, True)
