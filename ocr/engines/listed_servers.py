"""Servers of a list that changes: each joins the pool when it is listed, and leaves it when it is not any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from ocr.config.settings import Settings
from ocr.engines.select import Server, member_of, pool_limits
from ocr.engines.server_pool import ServerPool
from ocr.inference.client import Client
from ocr.pipeline.concurrency import PoolLimiter


@asynccontextmanager
async def following_list(
    server: Server, pool: ServerPool, settings: Settings, connect: Callable[[str], Client]
) -> AsyncIterator[None]:
    """Let the servers that are listed join `pool`, and leave it, while the block lasts.

    One that leaves finishes the pages that it is reading. While none is listed, pages wait. An error in following the
    list ends the block, which would otherwise go on with the servers of that moment: it is cancelled, and the error
    raised in its place.

    Args:
        server: has the list, and the servers that stay.
        pool: shares the pages among them.
        settings: how many pages each is asked for, and how long it is waited for.
        connect: makes the client of a server by URL.
    """
    error: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            follower = tasks.create_task(_Follower(server, pool, settings, connect).run())
            yield
            follower.cancel()
    except BaseExceptionGroup as errors:
        error = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error:
        raise error  # out of its groups, here, where it gets none of them as context


@dataclass(frozen=True, slots=True)
class _Follower:
    """What makes the servers of the list members of the pool."""

    server: Server
    pool: ServerPool
    settings: Settings
    connect: Callable[[str], Client]

    async def run(self) -> None:
        """Until it is cancelled, and the servers with it."""
        assert self.server.listed
        leaving: dict[str, asyncio.Event] = {}
        async with asyncio.TaskGroup() as tasks, aclosing(self.server.listed()) as lists:
            async for urls in lists:
                wanted = [url for url in dict.fromkeys(urls) if url not in self.server.urls]
                for url in leaving.keys() - set(wanted):
                    leaving.pop(url).set()
                for url in wanted:
                    if url not in leaving:
                        leaving[url] = asyncio.Event()
                        tasks.create_task(self._share(url, leaving[url]))

    async def _share(self, url: str, leaving: asyncio.Event) -> None:
        """Have one server share the pages until it is to leave."""
        member = member_of(url, self.settings, several=True)
        async with await asyncio.to_thread(self.connect, url) as client:
            try:
                await self.pool.join(member, client)
                self._resize()
                await leaving.wait()
                await self.pool.leave(member)
                self._resize()
            finally:
                await member.outage.close()

    def _resize(self) -> None:
        assert isinstance(self.server.concurrency, PoolLimiter)
        self.server.concurrency.resize(*pool_limits(self.settings, self.pool.server_count))
