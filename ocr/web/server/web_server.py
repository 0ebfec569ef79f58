"""The page's web server: uvicorn in a thread, on a socket that is bound before its address is announced."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ocr.web.server.http_protocol import bounded_protocol

LOOPBACK = ("127.0.0.0/8", "::1")
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
"""What still streams by then is cut off."""
START_POLL_S = 0.01


class WebServer(uvicorn.Server):
    """Serves one app until it is closed."""

    def __init__(
        self, app: ASGIApp, listener: socket.socket, *, proxies: Sequence[str] = (), connections: int = 1000
    ) -> None:
        """Prepare the server.

        Args:
            app: what is served.
            listener: bound; closed with the server.
            proxies: addresses and networks whose X-Forwarded-For is believed, besides this machine's own.
            connections: of one peer at once, unless it is such a proxy.
        """
        proxied = ProxyHeadersMiddleware(app, [*LOOPBACK, *proxies])  # type: ignore[arg-type] # narrower than ASGIApp
        protocol = bounded_protocol(connections, proxied)
        super().__init__(uvicorn.Config(proxied, log_level="warning", ws="none", http=protocol, proxy_headers=False))
        self._listener = listener
        self._thread = threading.Thread(target=self._serve_here, name="web server", daemon=True)

    def start(self) -> None:
        """Serve in a thread.

        Raises:
            RuntimeError: the app did not start; why is in the log.
        """
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the web server did not start")
            time.sleep(START_POLL_S)

    def _serve_here(self) -> None:
        with suppress(SystemExit):  # uvicorn's way to say that the app did not start
            self.run([self._listener])

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the server's event loop, if it is up, and wait for its end for `STOP_TIMEOUT_S`."""

        async def called() -> None:
            function()

        for server in self.servers:
            wait([asyncio.run_coroutine_threadsafe(called(), server.get_loop())], STOP_TIMEOUT_S)

    def close(self) -> None:
        """Stop serving."""
        self.should_exit = True
        self._thread.join(timeout=STOP_TIMEOUT_S)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address; any free port for 0.

    Raises:
        OSError: the port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)
