"""The server that reads: one by URL, several, those of a list that changes, one started here, or the CPU engine."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ocr.config.arguments import EngineName, address_of, is_loopback
from ocr.config.profiles import TIMEOUTS, ReadOptions, Timeouts
from ocr.config.settings import Settings
from ocr.engines.choose_engine import EngineChoice, choose_engine
from ocr.engines.llamacpp import llama_command
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.outage import POOL_BACKOFF_S, SINGLE_SERVER_BACKOFF_S, Outage, paused_s
from ocr.engines.server_members import Member
from ocr.engines.tesseract.tesseract_reader import TesseractReader
from ocr.engines.vllm import command as vllm_command
from ocr.machine import cores
from ocr.pipeline.concurrency import (
    MAX_PAGES_IN_FLIGHT,
    MAX_UNANSWERED_PAGES,
    MAX_UNANSWERED_PAGES_PER_SERVER,
    AdaptiveLimiter,
    PoolLimiter,
)

ListedServers = Callable[[], AsyncGenerator[tuple[str, ...], None]]
"""Yields the bases of the servers' APIs at once, and again whenever they are others."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where pages are read."""

    url: str | None
    """The base of its API; ends in `/v1`. None for the CPU engine, which reads in processes of this program, and where
    all servers are `listed`."""
    note: str
    """One sentence or two for the user; empty when there is nothing to say."""
    concurrency: int | AdaptiveLimiter
    """Pages in flight: a limiter for all runs and all visitors together, a number for each run."""
    api_key: str | None = field(default=None, repr=False)
    """What it asks for as bearer token."""
    local: LocalServer | None = None
    """The one started here, which may still be loading; None for a server that is there already."""
    members: tuple[Member, ...] = ()
    """The servers by URL; none where it was started here."""
    tesseract: TesseractReader | None = None
    """The CPU engine."""
    listed: ListedServers | None = None
    """Servers that come and go, besides `members`."""
    alias: str | None = None
    """Stands for the address of each of `members` where strangers could learn it."""

    @property
    def embedded(self) -> bool:
        """Whether this is the CPU engine."""
        return self.url is None and self.listed is None

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each server; none for the CPU engine."""
        return tuple(self.alias or member.url for member in self.members) or ((self.url,) if self.url else ())

    @property
    def on_this_machine(self) -> bool:
        """Whether it is the CPU engine, was started here, or is reached at loopback addresses alone."""
        if self.listed is not None:
            return False
        return self.local is not None or all(is_loopback(urlsplit(url).hostname or "") for url in self.urls)

    @property
    def away(self) -> list[str]:
        """The names of the servers that do not answer."""
        return [member.name for member in self.members if member.outage.seconds is not None]

    def serving(self, options: ReadOptions | None) -> list[Member]:
        """The servers by URL that can read this, be they there or not; an only one is always asked."""
        return [member for member in self.members if len(self.members) == 1 or member.serves(options)]

    def paused_s(self, options: ReadOptions, since: float) -> float:
        """Seconds from `since`, a time of the monotonic clock, to now in which none was there that can read this."""
        return paused_s([member.outage for member in self.serving(options)], since)

    def timeouts(self, wanted: Timeouts) -> Timeouts:
        """When a page is given up: `wanted`, but its defaults give way to those of a server started here."""
        own = self.local.launch.program.timeouts if self.local else TIMEOUTS
        return Timeouts(
            own.silence if wanted.silence == TIMEOUTS.silence else wanted.silence,
            own.first_token if wanted.first_token == TIMEOUTS.first_token else wanted.first_token,
            own.page if wanted.page == TIMEOUTS.page else wanted.page,
        )

    @property
    def identity(self) -> str:
        """What tells its answers from another server's in the cache; the same from one run to the next."""
        return self.local.launch.identity if self.local else " ".join(sorted({address_of(url) for url in self.urls}))


@contextmanager
def running_server(
    settings: Settings, write: Callable[[str], object] = str, *, listed: ListedServers | None = None
) -> Iterator[Server]:
    """The server of `settings`; one started here runs while the block does. One started here may still be loading.

    Args:
        settings: says which; those of `server_url` are asked while the block lasts.
        write: is given the line that tells how to reach a server that is left running.
        listed: servers that come and go; with them none is started here.

    Raises:
        EngineFailed: if the CPU engine lacks a language, or there is no program to start.
    """
    if settings.server_url or listed:
        yield server_by_url(settings, listed)
        return
    choice = choose_engine(settings)
    if choice.engine is not EngineName.TESSERACT:
        with _local_server(settings, choice, write) as server:
            yield server
        return
    workers = settings.concurrency or cores()
    with TesseractReader(settings.languages, workers, settings.timeouts) as reader:
        reader.start()
        yield Server(None, choice.note, _limiter(workers), tesseract=reader)


def server_by_url(settings: Settings, listed: ListedServers | None = None) -> Server:
    """The servers of `settings.server_url`, and those that are `listed`; none is asked yet."""
    several = len(settings.server_url) > 1 or listed is not None
    members = tuple(member_of(url, settings, several=several) for url in settings.server_url)
    limiter = PoolLimiter(*pool_limits(settings, len(members)))
    return Server(members[0].url if members else None, "", limiter, settings.api_key, members=members, listed=listed)


@contextmanager
def _local_server(settings: Settings, choice: EngineChoice, write: Callable[[str], object]) -> Iterator[Server]:
    """A vLLM or llama-server on its way up."""
    if choice.engine is EngineName.VLLM:
        start = vllm_command.launch(settings)
    else:
        start = llama_command.launch(settings, choice.model, choice.source)
    local = LocalServer(start, keep_running=settings.keep_server)
    try:
        with local:
            yield server_of(local, choice.note, settings)
    finally:
        if local.left_running:
            write(left_running_message(local))


def server_of(local: LocalServer, note: str, settings: Settings) -> Server:
    """A server that was started here, as pages are read with it."""
    start = local.launch
    return Server(start.url, note, _limiter(settings.concurrency or start.slots), start.api_key, local)


def member_of(url: str, settings: Settings, *, several: bool) -> Member:
    """A server by URL as a member of a pool, alone there or one of several."""
    backoff_s = POOL_BACKOFF_S if several else SINGLE_SERVER_BACKOFF_S
    outage = Outage(_name(url), settings.outage_timeout, backoff_s=backoff_s)
    return Member(url, outage, _limiter(settings.concurrency))


def _name(url: str) -> str:
    """What users know a server by: its host and port, and its path where it is not the usual one."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path.removesuffix("/v1")


def pool_limits(settings: Settings, count: int) -> tuple[int, int]:
    """Pages that may be prepared for so many servers, and those of them that may be without a first word.

    How many each server is asked for is for its own limiter to say.
    """
    count = max(1, count)
    if settings.concurrency is None:
        return count * MAX_PAGES_IN_FLIGHT, max(MAX_UNANSWERED_PAGES, MAX_UNANSWERED_PAGES_PER_SERVER * count)
    rendering = MAX_UNANSWERED_PAGES_PER_SERVER if count > 1 else 0  # while all servers are full
    most = count * (settings.concurrency + rendering)
    return most, most


def _limiter(most: int | None) -> AdaptiveLimiter:
    """Always so many pages at once where that is said; else as many as the server turns out to take."""
    return AdaptiveLimiter(most, most) if most else AdaptiveLimiter()


def left_running_message(server: LocalServer) -> str:
    """How a server that is left running is reached and ended; a line."""
    start = server.launch
    return (
        f"{start.program.name} runs on: --server-url {start.url} with OCR_API_KEY={start.api_key}; "
        f"`kill {server.guard_pid}` ends it.\n"
    )
