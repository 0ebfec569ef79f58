"""HTTP connections to a server: proxies, certificates and timeouts."""

import base64
import ssl
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi

from ocr.errors import UsageError
from ocr.i18n import gettext

CONNECT_TIMEOUT_S = 10.0
"""A host that has not accepted a connection by then is called unreachable."""

MAX_LIST_BYTES = 16 * 1024 * 1024
"""Bytes of a list of models, or of a vLLM's metrics; 10,000 models take six million."""

MAX_ERROR_BYTES = 64 * 1024
"""Bytes of an error's page that are looked at."""

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def connections(url: str, silence: float, api_key: str | None = None) -> aiohttp.ClientSession:
    """As many connections as are wanted at once, for the event loop that runs; to be closed.

    Args:
        url: the server's.
        silence: seconds without a byte after which the wait for an answer is given up.
        api_key: sent as bearer token, in place of the user and password that may stand in the URL; requests are made
            to the URL without these.
    """
    authorization = f"Bearer {api_key}" if api_key else _basic(url)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=trust(url) or True),
        headers={"accept-encoding": "identity"} | ({"authorization": authorization} if authorization else {}),
        auto_decompress=False,  # a kilobyte of gzip may unpack to a megabyte, on the event loop
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_TIMEOUT_S, silence), sock_read=silence),
        proxy=proxy_for(url),
        trace_configs=[Reused.trace()],
    )


class Reused:
    """Whether the connection of a request had served another one before; passed as `trace_request_ctx`."""

    def __init__(self) -> None:
        self._reused = False

    def __bool__(self) -> bool:
        return self._reused

    @classmethod
    def trace(cls) -> aiohttp.TraceConfig:
        """What finds it out."""

        async def reused(_: aiohttp.ClientSession, context: Any, __: aiohttp.TraceConnectionReuseconnParams) -> None:
            if isinstance(context.trace_request_ctx, cls):
                context.trace_request_ctx._reused = True

        config = aiohttp.TraceConfig()
        config.on_connection_reuseconn.append(reused)
        return config


def is_encoded(response: aiohttp.ClientResponse) -> bool:
    """Whether an answer is compressed, though it was asked not to be."""
    return response.headers.get("content-encoding", "identity").lower() != "identity"


async def text_of(response: aiohttp.ClientResponse, most: int) -> str:
    """What an answer that is no stream says, in its first `most` bytes; UTF-8, whatever charset it claims.

    aiohttp's own `text` holds all of it, though it never ends, and fails for charsets that are no text's, as `hex`.
    Nothing is read of a compressed answer, which nobody has asked for.
    """
    if is_encoded(response):
        return ""
    said = bytearray()
    async for data in response.content.iter_any():
        said += data
        if len(said) >= most:
            break
    return said[:most].decode(errors="replace")


def without_credentials(url: str) -> str:
    """The URL without the user and password that may stand in it: what is asked, and what may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _basic(url: str) -> str | None:
    """The header for the user and password in a URL, if there are any."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(words.encode()).decode()}"


def check_url(url: str, api_key: str | None = None) -> None:
    """Make sure that it names a server, and that there is one way to say who asks.

    Raises:
        UsageError: it is no URL, or names no host, or holds a user while there is a key.
    """
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port)
    except ValueError as error:
        wrong = gettext("'{text}' is not a URL: {reason}.", text=url, reason=str(error))
        raise UsageError(wrong, "Use the form http://host:port/v1.") from error
    if parts.username is not None and api_key:
        raise UsageError(
            "The server's URL contains a user name and password, and an API key is set: a request can carry only "
            "one of the two.",
            "Remove user:password@ from the URL, or omit --api-key and OCR_API_KEY.",
        )
    if not named:
        raise UsageError(
            gettext("'{text}' is not a URL: it has no host name.", text=url), "Use the form http://host:port/v1."
        )


def proxy_for(url: str) -> str | None:
    """The proxy of this system for a URL; none stands between us and this machine.

    aiohttp would find it too, by `trust_env`, but then also looks for passwords in ~/.netrc, before each request.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.hostname in LOOPBACK or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def trust(url: str) -> ssl.SSLContext | None:
    """Whom a connection to this URL trusts; None for one without TLS. Read once, which takes some 40 ms of CPU."""
    return _trust() if url.startswith("https:") else None


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that Mozilla trusts: some Pythons find none of their own. `SSL_CERT_FILE` names others."""
    made = ssl.create_default_context(cafile=certifi.where())
    made.load_default_certs()
    return made
