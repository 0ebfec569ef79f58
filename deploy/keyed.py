"""Ask for the key at every address of a vLLM but `/health`: its own guards `/v1` only, and `/invocations` reads too.

An ASGI middleware for `vllm serve --middleware keyed.KeyEverywhere`, with this folder on PYTHONPATH and the key in
VLLM_API_KEY. It needs nothing but Python.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = {"/health", "/ping"}
"""Addresses that proxies and watchers ask; they tell nothing but that the server lives."""


class KeyEverywhere:
    """Answers 401 to whoever does not send the key as bearer token."""

    def __init__(self, app: App) -> None:
        """`app` is what is guarded.

        Raises:
            KeyError: VLLM_API_KEY is not set; a guard without a key would let everybody in.
        """
        key = os.environ.get("VLLM_API_KEY")
        if not key:
            raise KeyError("VLLM_API_KEY")
        self._app = app
        self._wanted = f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN or self._has_key(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"error": "Unauthorized"}'})

    def _has_key(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._wanted)
