"""Run a module and count its reads from sockets: `python -m bench.reads FILE MODULE [ARGUMENTS]` writes them to FILE.

Counted are reads of this process that brought more than 16 bytes: an event has more, an event loop's wake-up fewer.
"""

from __future__ import annotations

import atexit
import runpy
import socket
import sys
from pathlib import Path

WAKE_UP_BYTES = 16

count = 0
receive, receive_into = socket.socket.recv, socket.socket.recv_into


def _recv(self: socket.socket, *arguments: int) -> bytes:
    global count  # noqa: PLW0603  # counted at each read of a socket: anything else costs more
    data = receive(self, *arguments)
    count += len(data) > WAKE_UP_BYTES
    return data


def _recv_into(self: socket.socket, *arguments: object) -> int:
    global count  # noqa: PLW0603
    length = receive_into(self, *arguments)  # type: ignore[arg-type]
    count += length > WAKE_UP_BYTES
    return length


if __name__ == "__main__":
    file, module, *rest = sys.argv[1:]
    socket.socket.recv, socket.socket.recv_into = _recv, _recv_into  # type: ignore[method-assign, assignment]
    atexit.register(lambda: Path(file).write_text(str(count)))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
