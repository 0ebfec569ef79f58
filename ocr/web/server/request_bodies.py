"""Request bodies: a minimum rate for all; all but uploads are read whole before Gradio sees them."""

import asyncio
import json
import time
from collections.abc import Container, Iterable
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive

from ocr.errors import UsageError
from ocr.i18n import gettext

BODY_GRACE_S = 20.0
"""Seconds without a minimum rate: the time of a lost packet or two."""
MIN_BODY_BYTES_PER_S = 4 * 1024
"""After that, on average: 32 kbit/s. What comes slower occupies a connection for nothing."""


class SlowBody(UsageError):
    """A body came too slowly."""


def with_minimum_rate(receive: Receive) -> Receive:
    """Receive the same, as long as it comes fast enough; only the time spent waiting counts.

    The function that is returned raises `SlowBody`.
    """
    waited_s, received_bytes, complete = 0.0, 0, False

    async def receive_in_time() -> Message:
        nonlocal waited_s, received_bytes, complete
        if complete:  # now it waits for the end of the connection, however long that takes
            return await receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(BODY_GRACE_S + received_bytes / MIN_BODY_BYTES_PER_S - waited_s):
                message = await receive()
        except TimeoutError as error:
            happened = gettext("The upload was too slow.")
            raise SlowBody(happened, gettext("Try again with a faster connection.")) from error
        waited_s += time.monotonic() - began
        received_bytes += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        return message

    return receive_in_time


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None if it is longer than `limit` bytes.

    Raises:
        SlowBody: it came too slowly.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(body) > limit:
            return None
    return bytes(body)


def parse_event(body: bytes, uploaded: Container[str]) -> tuple[Any, PlainTextResponse | None]:
    """A posted event, and why it is refused: it is not JSON, or carries a file that Gradio would go and fetch."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None, PlainTextResponse("Not JSON.", 400)
    if not all(_is_upload(item, uploaded) for item in _objects(content) if "meta" in item):
        return content, PlainTextResponse("Files come by upload only.", 403)
    return content, None


def _is_upload(item: dict[str, Any], uploaded: Container[str]) -> bool:
    """Whether this object, if Gradio took it for a file, is one that was uploaded here."""
    path = item.get("path")
    return item.get("url") is None and (path is None or (isinstance(path, str) and path in uploaded))


def _objects(content: Any) -> Iterable[dict[str, Any]]:
    """Every JSON object in there, however deep."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def replay(body: bytes, receive: Receive) -> Receive:
    """Receive the body once more, then what follows it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
