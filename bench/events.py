"""What vLLM 0.32 writes for a page, event by event: the imitations of a server in this folder send it."""

from __future__ import annotations

import json
import re
from functools import cache

from tests.conftest import SAMPLES

MODEL = "lightonai/LightOnOCR-2-1B"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
LONGEST_TOKEN = 4
"""Characters of a word; a word's first token has its blank too."""


def framed(data: str) -> bytes:
    """An event as a chunk of HTTP."""
    event = f"data: {data}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """A chunk of an answer."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish, "token_ids": None}
    return framed(_chunk(choices=[choice]))


def _chunk(**more: object) -> str:
    chunk = {"id": "chatcmpl-9f8e7d6c5b4a3f2e", "object": "chat.completion.chunk", "created": 1795521600}
    return json.dumps({**chunk, "model": MODEL, **more}, separators=(",", ":"))


def tokens() -> list[str]:
    """The text of the samples' pages, in pieces as long as a model's tokens."""
    text = "\n\n".join(path.read_text() for path in sorted(SAMPLES.glob("truth/*.txt")))
    return re.findall(rf" ?\w{{1,{LONGEST_TOKEN}}}|[^\w\s]+|\s+", text)


TOKENS = tokens()


def text(first: int, count: int) -> str:
    """Some tokens of a page that repeats the samples' text for ever."""
    return "".join(TOKENS[number % len(TOKENS)] for number in range(first, first + count))


def text_event(first: int, count: int) -> bytes:
    """The event that brings them."""
    return _text_event(first % len(TOKENS), count)


@cache
def _text_event(first: int, count: int) -> bytes:
    return event({"content": text(first, count)})


BEGIN = event({"role": "assistant", "content": ""})
"""What stands before the first token."""


def end(count: int) -> bytes:
    """What stands after the last of `count` tokens: why it ended, the usage, the stream's end."""
    usage = {"prompt_tokens": 2200, "total_tokens": 2200 + count, "completion_tokens": count}
    return event({"content": ""}, "stop") + framed(_chunk(choices=[], usage=usage)) + framed("[DONE]") + b"0\r\n\r\n"
