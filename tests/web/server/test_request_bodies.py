from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import Message, Receive

from ocr.web.server.request_bodies import parse_event, read_body, replay

pytestmark = pytest.mark.anyio


def arriving(*pieces: bytes) -> Receive:
    left = list(pieces)

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


async def test_bodies_are_read_whole_or_not_at_all() -> None:
    assert await read_body(arriving(b"ab", b"cd"), 4) == b"abcd"
    assert await read_body(arriving(b"ab", b"cde"), 4) is None


async def test_bodies_are_given_once_more() -> None:
    """Then comes what the connection brings."""
    again = replay(b"abcd", arriving())
    assert await read_body(again, 4) == b"abcd"
    assert (await again())["type"] == "http.disconnect"


@pytest.mark.parametrize("body", [{"data": []}, {"data": [{"path": "/up/1", "meta": {}}]}])
async def test_bodies_may_name_what_was_uploaded(body: Any) -> None:
    assert parse_event(json.dumps(body).encode(), {"/up/1"}) == (body, None)


@pytest.mark.parametrize("file", [{"path": "/etc/passwd"}, {"path": "/up/1", "url": "http://127.0.0.1/"}, {"path": 1}])
async def test_bodies_may_name_no_other_file(file: dict[str, Any]) -> None:
    _, refused = parse_event(json.dumps({"a": [[{**file, "meta": {}}]]}).encode(), {"/up/1"})
    assert refused is not None
    assert refused.status_code == 403
