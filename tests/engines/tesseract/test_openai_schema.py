"""The shapes of the API, as vLLM has them."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from ocr.engines.tesseract.openai_schema import (
    MAX_MODEL_LEN,
    Answer,
    ApiError,
    decode_image,
    event,
    model_list,
    parse_request,
)


def data_url(image: Image.Image, kind: str = "PNG") -> str:
    stored = io.BytesIO()
    image.save(stored, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(stored.getvalue()).decode()


def request(*parts: dict[str, Any], **fields: Any) -> bytes:
    image = {"type": "image_url", "image_url": {"url": data_url(Image.new("L", (30, 20), 7))}}
    return json.dumps({"messages": [{"role": "user", "content": [image, *parts]}], **fields}).encode()


def test_protocol_request() -> None:
    page = parse_request(
        request(
            {"type": "text", "text": "grounding"}, stream=True, stream_options={"include_usage": True}, max_tokens=9
        )
    )
    assert (page.width, page.height, page.gray) == (30, 20, bytes([7]) * 600)
    assert (page.grounding, page.stream, page.include_usage, page.max_tokens) == (True, True, True, 9)


def test_protocol_request_defaults() -> None:
    """Without the word `grounding` the answer is plain; without a limit it is as long as it can be."""
    page = parse_request(request())
    assert (page.grounding, page.stream, page.include_usage, page.max_tokens) == (False, False, False, MAX_MODEL_LEN)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "object"),
        (b"{}", 400, "messages"),
        (json.dumps({"messages": [{"content": "hello"}]}).encode(), 400, "got 0"),
        (json.dumps({"messages": [{"content": [{"type": "audio"}]}]}).encode(), 400, "audio"),
        (request({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}), 400, "got 2"),
        (request(model="other"), 404, "tesseract"),
        (request(max_tokens=0), 400, "at least 1"),
        (request(max_tokens=10**6), 400, str(MAX_MODEL_LEN)),
    ],
)
def test_protocol_bad_request(body: bytes, status: int, says: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_request(body)
    assert refused.value.status == status
    assert says in refused.value.message
    assert refused.value.body()["error"]["code"] == status


@pytest.mark.parametrize("url", ["http://h/a.png", "data:image/png;base64,!!", "data:image/png;base64,AAAA", "x"])
def test_protocol_bad_image(url: str) -> None:
    with pytest.raises(ApiError) as refused:
        decode_image(url)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("mode", "colour", "gray"),
    [("L", 9, 9), ("RGB", (255, 255, 255), 255), ("RGBA", (0, 0, 0, 0), 255), ("P", 0, 0), ("1", 1, 255)],
)
def test_protocol_image_modes(mode: str, colour: Any, gray: int) -> None:
    """Any image becomes gray; what is transparent becomes white."""
    assert decode_image(data_url(Image.new(mode, (2, 1), colour))) == (2, 1, bytes([gray, gray]))


def test_protocol_model() -> None:
    (card,) = model_list()["data"]
    assert (card["id"], card["root"], card["max_model_len"]) == ("tesseract", "tesseract", MAX_MODEL_LEN)


def test_protocol_answer() -> None:
    answer = Answer.new()
    chunk = json.loads(answer.chunk({"content": "é"}, "stop").removeprefix("data: "))
    assert chunk["choices"][0] == {
        "index": 0, "delta": {"content": "é"}, "logprobs": None, "finish_reason": "stop", "stop_reason": None,
    }  # fmt: skip
    assert json.loads(answer.usage_chunk(3).removeprefix("data: "))["choices"] == []
    assert answer.whole("é", "length", 1)["choices"][0]["message"]["content"] == "é"
    assert event({"a": 1}) == 'data: {"a":1}\n\n'
