"""The imitation of a server leaves nothing open."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import suppress

import pytest

from tests.inference.scripted_server import Connection, Request, scripted_server


@pytest.mark.parametrize("turns", range(6))
def test_scripted_server_closes_what_it_accepted_last(turns: int) -> None:
    """Clients may come at the moment of its end, so many turns of the event loop before it."""

    async def never(request: Request, connection: Connection) -> None:
        await connection.gone()

    async def serve() -> None:
        async with scripted_server(never) as server:
            port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
            clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(10)]
            for _ in range(turns):
                await asyncio.sleep(0)
        for client in clients:
            with client, suppress(ConnectionResetError):  # none was accepted, where there was no turn
                assert client.recv(1) == b""

    asyncio.run(serve())
    gc.collect()  # what was left open warns of it
