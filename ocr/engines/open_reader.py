"""Open a run's reader: its connections, cache and model, closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from ocr.config.profiles import ReadOptions, read_options
from ocr.config.settings import Settings
from ocr.engines.listed_servers import following_list
from ocr.engines.select import Server
from ocr.engines.server_pool import ServerPool
from ocr.engines.waiting_reader import reader_of
from ocr.inference.cache import CachedReader, PageCache
from ocr.inference.client import Client
from ocr.inference.model_list import served_model
from ocr.inference.reader import Reader


@dataclass(frozen=True, slots=True)
class OpenReader:
    """A reader whose server has answered, and how it is to be asked."""

    server: Server
    reader: Reader
    options: ReadOptions
    url: str | None
    """The base of the first server's API, without the credentials that may stand in it; None for the CPU engine, and
    where all servers are of a list that changes."""


@asynccontextmanager
async def open_reader(settings: Settings, server: Server, *, stream_interval: int = 1) -> AsyncIterator[OpenReader]:
    """Connect to `server` and choose the model; the connections are closed when the block ends.

    Complete answers are cached in `settings.cache_dir`, except the CPU engine's, whose pages are as quickly read again,
    and those of servers that come and go.

    Args:
        settings: the model, its options, the timeouts and the cache.
        server: where pages are read; it runs at least as long as the block.
        stream_interval: tokens in one event of an answer.

    Raises:
        UnknownModel: the server does not have `settings.request.model`.
        ServerError: the server does not answer, or not as a model server does.
    """
    timeouts = server.timeouts(settings.timeouts)
    connect = partial(Client, api_key=server.api_key, timeouts=timeouts, stream_interval=stream_interval)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(url)) for url in server.urls]
        shared = reader_of(server, clients)
        reader = await stack.enter_async_context(_caching(settings, server, shared))
        for member in server.members:
            stack.push_async_callback(member.outage.close)
        if isinstance(shared, ServerPool) and server.listed:
            await stack.enter_async_context(following_list(server, shared, settings, connect))
        model = await served_model(reader, settings.request.model, lambda: server.away)
        options = replace(read_options(model, settings.request), page_words=settings.finds_words)
        yield OpenReader(server, reader, options, clients[0].url if clients else None)


@asynccontextmanager
async def _caching(settings: Settings, server: Server, reader: Reader) -> AsyncIterator[Reader]:
    if server.embedded or server.listed or not settings.cache or settings.cache_dir is None:
        yield reader
        return
    cache = PageCache(settings.cache_dir / "pages.sqlite")
    try:
        yield CachedReader(reader, cache, server.identity)
    finally:
        await asyncio.to_thread(cache.close)
