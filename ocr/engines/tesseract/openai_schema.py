"""The shapes of the OpenAI-compatible API as vLLM has them: what a request must hold, what an answer looks like."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

MODEL = "tesseract"
MAX_MODEL_LEN = 16384
"""Tokens of answer; the image takes none. A token is a word: a run of characters that are not white space."""
MAX_BODY = 64 * 2**20
"""Bytes of a request; a page of 2500 × 3500 px is 26 MB before PNG compresses it."""
MAX_PIXELS = 64 * 10**6
"""Pixels of an image; an A4 page at 600 DPI has 35 million."""


class ApiError(Exception):
    """A request that is answered with an error: HTTP status and vLLM's name for its kind."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        """`param` names the field of the request that is to blame."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param

    def body(self) -> dict[str, Any]:
        """The body of the answer, and of an error line inside a stream."""
        kind = KINDS.get(self.status, "InternalServerError")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.status}}


KINDS = {
    400: "BadRequestError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    413: "RequestTooLargeError",
    503: "ServiceUnavailableError",
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to read, checked and decoded."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    gray: bytes
    """`height` rows of `width` bytes, 0 black to 255 white."""
    grounding: bool
    """The answer is to be in layout blocks; plain Markdown otherwise."""
    max_tokens: int
    stream: bool
    include_usage: bool
    model: str = MODEL


def parse_request(body: bytes) -> PageRequest:
    """Check a chat completion request and decode its image. Takes CPU time: keep it off the event loop.

    Raises:
        ApiError: 400 for anything malformed, 404 for another model.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"The body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise ApiError(400, "The body must be a JSON object.")
    model = request.get("model", MODEL)
    if model != MODEL:
        raise ApiError(404, f"The model `{model}` does not exist. Available: {MODEL}.", "model")
    url, text = _message_parts(request.get("messages"))
    options = request.get("stream_options")
    width, height, gray = decode_image(url)
    return PageRequest(
        width,
        height,
        gray,
        grounding="grounding" in text.lower().split(),
        max_tokens=_max_tokens(request),
        stream=bool(request.get("stream")),
        include_usage=isinstance(options, dict) and bool(options.get("include_usage")),
    )


def _max_tokens(request: Mapping[str, Any]) -> int:
    value = request.get("max_completion_tokens", request.get("max_tokens"))
    if value is None:
        return MAX_MODEL_LEN
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ApiError(400, f"max_tokens must be at least 1, got {value!r}.", "max_tokens")
    if value > MAX_MODEL_LEN:
        raise ApiError(400, f"max_tokens is {value}, but this model writes at most {MAX_MODEL_LEN}.", "max_tokens")
    return value


def _message_parts(messages: object) -> tuple[str, str]:
    """The one image's URL and all text, from every message of the request."""
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "messages must be a list with at least one message.", "messages")
    urls: list[str] = []
    texts: list[str] = []
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, dict):
                _sort_part(part, urls, texts)
            else:
                raise ApiError(400, "A message's content must be text or a list of parts.", "messages")
    if len(urls) != 1:
        raise ApiError(400, f"Exactly 1 image may be provided in one prompt, got {len(urls)}.", "messages")
    return urls[0], "\n".join(texts)


def _sort_part(part: Mapping[str, Any], urls: list[str], texts: list[str]) -> None:
    kind = part.get("type")
    if kind == "text" and isinstance(part.get("text"), str):
        texts.append(part["text"])
        return
    if kind == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        if isinstance(url, str):
            urls.append(url)
            return
    raise ApiError(400, f"A part of type {kind!r} is not understood; text and image_url are.", "messages")


DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII | re.IGNORECASE)


def decode_image(url: str) -> tuple[int, int, bytes]:
    """Width, height and gray pixels of a data URL's image; transparency becomes white.

    Raises:
        ApiError: 400 when it is not a base64 data URL, not an image, damaged, or larger than `MAX_PIXELS`.
    """
    prefix = DATA_URL.match(url)
    if prefix is None:
        raise ApiError(400, "The image must be sent as a base64 data URL.", "messages")
    try:
        data = base64.b64decode(url[prefix.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, f"The image's data URL is not base64: {error}", "messages") from error
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ApiError(400, f"The image has more than {MAX_PIXELS // 10**6} million pixels.", "messages")
            gray = _gray(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ApiError(400, f"Failed to load image: {error}", "messages") from error
    return gray.width, gray.height, gray.tobytes()


def _gray(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB"):
        return image.convert("L")
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("L")


def model_list() -> dict[str, Any]:
    """The answer of `GET /v1/models`."""
    card = {
        "id": MODEL,
        "object": "model",
        "created": int(time.time()),
        "owned_by": "pagelight",
        "root": MODEL,
        "parent": None,
        "max_model_len": MAX_MODEL_LEN,
        "permission": [],
    }
    return {"object": "list", "data": [card]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What every piece of one answer repeats."""

    id: str
    created: int

    @classmethod
    def new(cls) -> Answer:
        """An answer that begins now."""
        return cls(f"chatcmpl-{uuid.uuid4().hex}", int(time.time()))

    def chunk(self, delta: Mapping[str, str], finish: str | None = None) -> str:
        """A server-sent event with a piece of the answer."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        if finish is not None:
            choice["stop_reason"] = None
        return self._event({"choices": [choice]})

    def usage_chunk(self, tokens: int) -> str:
        """The server-sent event that counts the answer's tokens."""
        return self._event({"choices": [], "usage": _usage(tokens)})

    def whole(self, text: str, finish: str, tokens: int) -> dict[str, Any]:
        """The answer to a request that is not streamed."""
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish, "stop_reason": None}
        return self._envelope("chat.completion") | {"choices": [choice], "usage": _usage(tokens)}

    def _event(self, fields: dict[str, Any]) -> str:
        return event(self._envelope("chat.completion.chunk") | fields)

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}


def event(value: Mapping[str, Any]) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n"


DONE = "data: [DONE]\n\n"


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 0, "total_tokens": tokens, "completion_tokens": tokens}
