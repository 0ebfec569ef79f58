"""An imitation of a server for which each write is one read: it goes on when the client says that it has the bytes.

    python -m bench.lockstep INTERVAL TOGETHER TOKENS PAGES

It takes as many requests as there are pages, then writes to one page after the other, `TOGETHER` events of `INTERVAL`
tokens at a time, and waits for a byte on its standard input after each write. The port is the first line printed.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.events import HEAD, end, text_event


@contextmanager
def lockstep(interval: int, together: int, count: int, pages: int) -> Iterator[tuple[int, int]]:
    """The port of such a server in a process of its own, and the file descriptor that takes the byte."""
    command = [sys.executable, "-m", "bench.lockstep", *map(str, (interval, together, count, pages))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdin and server.stdout
            yield int(server.stdout.readline()), server.stdin.fileno()
        finally:
            server.kill()


def writes(interval: int, together: int, count: int) -> list[bytes]:
    """What is written for a page, write by write."""
    events = [text_event(at, interval) for at in range(0, count, interval)]
    return [b"".join(events[at : at + together]) for at in range(0, len(events), together)]


def take(listener: socket.socket) -> socket.socket:
    """Read one request to its end, and begin to answer."""
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head, data = b"", b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, _, data = head.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    assert length, "a request without its length"
    missing = int(length[1]) - len(data)
    while missing:
        missing -= len(connection.recv(missing))
    connection.sendall(HEAD)
    return connection


def main(interval: int, together: int, count: int, pages: int) -> None:
    """Serve these pages."""
    text = writes(interval, together, count)
    with socket.create_server(("127.0.0.1", 0), backlog=pages) as listener:
        print(listener.getsockname()[1], flush=True)
        connections = [take(listener) for _ in range(pages)]
        for data in text:
            for connection in connections:
                connection.sendall(data)
                assert os.read(sys.stdin.fileno(), 1), "the client is gone"
        for connection in connections:
            connection.sendall(end(count))
        for connection in connections:
            connection.recv(1)  # the client closes first
            connection.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
