"""A server's health, asked for."""

from __future__ import annotations

import socket
import threading

from ocr.engines.local.monitor import healthy
from ocr.engines.local.program import free_port


def test_watch_nobody_is_not_healthy() -> None:
    assert not healthy(free_port())


def test_watch_nonsense_is_not_healthy() -> None:
    """Who answers something else than HTTP, or an error, is no server of ours."""
    for answer in (b"SSH-2.0\r\n", b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", b""):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def reply(listener: socket.socket = listener, answer: bytes = answer) -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

            thread = threading.Thread(target=reply)
            thread.start()
            assert not healthy(listener.getsockname()[1])
            thread.join(10)
