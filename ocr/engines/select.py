"""Which server reads: one by URL, a vLLM started here, or the CPU engine; and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ocr.config.arguments import NEVER, address_of
from ocr.config.settings import Settings, vllm_environment
from ocr.engines.outage import POOL_BACKOFF_S, SINGLE_SERVER_BACKOFF_S, Outage
from ocr.engines.server_members import Member
from ocr.engines.tesseract.tesseract_reader import TesseractReader
from ocr.engines.vllm.command import find_vllm, has_gpu, launch
from ocr.engines.vllm.supervisor import LocalServer
from ocr.errors import NoVllm
from ocr.i18n import gettext, join
from ocr.machine import cores
from ocr.pipeline.concurrency import (
    MAX_PAGES_IN_FLIGHT,
    MAX_UNANSWERED_PAGES,
    MAX_UNANSWERED_PAGES_PER_SERVER,
    AdaptiveLimiter,
    PoolLimiter,
)

CPU_ENGINE_NOTE = gettext(
    "This is the CPU engine (Tesseract), not LightOnOCR: it makes more mistakes and knows no formulas."
)
ELSEWHERE_NOTE = gettext("For LightOnOCR, pass the address of a vLLM on a GPU with --server-url.")
INSTALL_NOTE = gettext(
    "There is an NVIDIA GPU here, but no vLLM. Once it is installed (in a checkout: ./setup.sh vllm), LightOnOCR reads."
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where pages are read."""

    url: str | None
    """The base of its API; ends in `/v1`. None for the CPU engine, which reads in processes of this program."""
    note: str
    """One sentence or two for the user; empty when there is nothing to say."""
    concurrency: int | AdaptiveLimiter
    """Pages in flight: a limiter for all runs and all visitors together, a number for each run."""
    api_key: str | None = field(default=None, repr=False)
    """What it asks for as bearer token."""
    local: LocalServer | None = None
    """The vLLM started here, which may still be loading; None for a server that is there already."""
    members: tuple[Member, ...] = ()
    """The servers by URL; none where it was started here."""
    tesseract: TesseractReader | None = None
    """The CPU engine."""

    @property
    def embedded(self) -> bool:
        """Whether this is the CPU engine."""
        return self.url is None

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each server; none for the CPU engine."""
        return tuple(member.url for member in self.members) or ((self.url,) if self.url else ())

    @property
    def away(self) -> list[str]:
        """The names of the servers that do not answer."""
        return [member.name for member in self.members if member.outage.seconds is not None]

    @property
    def identity(self) -> str:
        """What tells its answers from another server's in the cache; the same from one run to the next."""
        return self.local.launch.identity if self.local else " ".join(sorted({address_of(url) for url in self.urls}))


@contextmanager
def running_server(settings: Settings, write: Callable[[str], object] = str) -> Iterator[Server]:
    """The server of `settings`; one started here runs while the block does. A local vLLM may still be loading.

    `write` is given the line that tells how to reach a server that is left running.

    Raises:
        EngineFailed: if the CPU engine lacks a language, or there is no vLLM to start.
    """
    if settings.server_url:
        members = tuple(_member(url, settings) for url in settings.server_url)
        yield Server(members[0].url, "", _pool_limiter(settings), settings.api_key, members=members)
        return
    gpu = settings.local is None and has_gpu()
    if settings.local not in {None, NEVER} or (gpu and has_vllm(settings)):
        with _local_server(settings, write, found=gpu) as server:
            yield server
        return
    workers = settings.concurrency or cores()
    with TesseractReader(settings.languages, workers, settings.timeouts) as reader:
        note = join(" ", [CPU_ENGINE_NOTE, INSTALL_NOTE if gpu else ELSEWHERE_NOTE])
        yield Server(None, note, _limiter(workers), tesseract=reader)


@contextmanager
def _local_server(settings: Settings, write: Callable[[str], object], *, found: bool) -> Iterator[Server]:
    """A vLLM on its way up; `found` if nobody asked for it."""
    start = launch(settings)
    note = gettext("Reading with {model} by vLLM on this machine.", model=start.model)
    if found:
        note = gettext("An NVIDIA GPU and vLLM were found. {note} (--local no reads with the CPU engine.)", note=note)
    local = LocalServer(start, vllm_environment(start.api_key), keep_running=settings.keep_server)
    try:
        with local:
            yield Server(start.url, note, _limiter(settings.concurrency), start.api_key, local)
    finally:
        if local.left_running:
            write(left_running_message(local))


def _member(url: str, settings: Settings) -> Member:
    backoff_s = POOL_BACKOFF_S if len(settings.server_url) > 1 else SINGLE_SERVER_BACKOFF_S
    outage = Outage(_name(url), settings.outage_timeout, backoff_s=backoff_s)
    return Member(url, outage, _limiter(settings.concurrency))


def _name(url: str) -> str:
    """What users know a server by: its host and port, and its path where it is not the usual one."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path.removesuffix("/v1")


def _pool_limiter(settings: Settings) -> PoolLimiter:
    """Lets pages begin to be prepared; how many each server is asked for is for its own limiter to say."""
    count = len(settings.server_url)
    if settings.concurrency is None:
        return PoolLimiter(
            count * MAX_PAGES_IN_FLIGHT, max(MAX_UNANSWERED_PAGES, MAX_UNANSWERED_PAGES_PER_SERVER * count)
        )
    rendering = MAX_UNANSWERED_PAGES_PER_SERVER if count > 1 else 0  # while all servers are full
    most = count * (settings.concurrency + rendering)
    return PoolLimiter(most, most)


def _limiter(most: int | None) -> AdaptiveLimiter:
    """Always so many pages at once where that is said; else as many as the server turns out to take."""
    return AdaptiveLimiter(most, most) if most else AdaptiveLimiter()


def has_vllm(settings: Settings) -> bool:
    """Whether a vLLM can be started."""
    try:
        find_vllm(settings.vllm_command)
    except NoVllm:
        return False
    return True


def left_running_message(server: LocalServer) -> str:
    """How a server that is left running is reached and ended; a line."""
    return (
        f"vLLM runs on: --server-url {server.launch.url} with OCR_API_KEY={server.launch.api_key}; "
        f"`kill {server.guard_pid}` ends it.\n"
    )
