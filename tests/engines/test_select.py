"""Which server reads, and what is said about it."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from ocr.config.arguments import NEVER, parse_urls
from ocr.config.profiles import Timeouts
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.engines import choose_engine
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import reader_of
from ocr.errors import EngineFailed, NoVllm, ServerGone
from ocr.events import PageFailed
from ocr.inference.client import Client
from ocr.machine import cores
from ocr.pipeline.concurrency import MAX_PAGES_IN_FLIGHT, AdaptiveLimiter
from ocr.pipeline.run import read_pages
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.pipeline.runs import OPTIONS, Source, ends, numbered

START_THREAD = threading.Thread.start
STUB = f"{sys.executable} {Path(__file__).parent / 'local' / 'stub_vllm.py'}"


@pytest.fixture(params=[True, False], ids=["gpu", "no-gpu"])
def gpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(choose_engine, "has_gpu", lambda: request.param)
    return bool(request.param)


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A folder that holds what llama-server takes, by its names."""
    for name in ("m.gguf", "mmproj.gguf"):
        (tmp_path / name).touch()
    return tmp_path


def test_choice_by_url() -> None:
    """A URL is taken as it is, with the user's key; nothing is started and nobody looks for a GPU."""
    with running_server(Settings(server_url=("http://h:1/v1",), concurrency=3, api_key="k")) as server:
        assert (server.url, server.embedded, server.note) == ("http://h:1/v1", False, "")
        assert (server.api_key, server.local) == ("k", None)


def test_choice_of_the_limiter() -> None:
    """A number is kept to, and by all who read together; without one the limiter finds out what the server takes."""
    with running_server(Settings(server_url=("http://h:1/v1",), concurrency=20)) as server:
        assert isinstance(server.concurrency, AdaptiveLimiter)
        assert [server.concurrency.try_enter() is not None for _ in range(21)] == [True] * 20 + [False]
    with running_server(Settings(server_url=("http://h:1/v1",))) as server:
        assert isinstance(server.concurrency, AdaptiveLimiter)
        assert server.concurrency.limit == MAX_PAGES_IN_FLIGHT


@pytest.mark.anyio
async def test_choice_of_the_time_that_a_server_is_waited_for() -> None:
    """One that is away is given up after the time asked for, and its pages fail."""

    async def answers(request: Request, connection: Connection) -> None:
        raise AssertionError("nobody asks")

    async with scripted_server(answers) as gone:
        pass
    with running_server(Settings(server_url=(gone.url,), outage_timeout=1e-6)) as server:
        reader = reader_of(server, [Client(gone.url)])
        async with asyncio.timeout(60):
            found = ends([event async for event in read_pages(numbered(3), Source(), reader, OPTIONS, concurrency=4)])
    assert [type(end.error) for end in found.values() if isinstance(end, PageFailed)] == [ServerGone] * 3


def test_choice_by_itself(gpu: bool) -> None:
    """A GPU and a vLLM: LightOnOCR. Else the CPU engine. Either way it is said, and how to have it otherwise."""
    with running_server(Settings(request=ReadRequest(model="ready"), vllm_command=f"{STUB}", concurrency=1)) as server:
        assert (server.local is not None) is gpu
        assert server.embedded is not gpu
        assert ("--local no" if gpu else "LightOnOCR") in server.note


def test_choice_without_vllm(gpu: bool) -> None:
    """Without a vLLM it is the CPU engine; who has a GPU is told what would use it."""
    with running_server(Settings(vllm_command="/no/such/vllm", concurrency=1)) as server:
        assert server.embedded
        assert ("./setup.sh vllm" in server.note) is gpu
        assert "Tesseract" in server.note


def test_choice_never(gpu: bool) -> None:
    """The CPU engine has no address: it is the reader itself."""
    with running_server(Settings(local="no", vllm_command=STUB, concurrency=1)) as server:
        assert server.embedded
        assert (server.url, server.urls, server.members) == (None, (), ())
        assert reader_of(server, []) is server.tesseract


def test_choice_of_pages_at_once() -> None:
    """The CPU engine reads as many pages at once as there are cores, unless a number is given."""
    for settings, most in ((Settings(local="no"), cores()), (Settings(local="no", concurrency=3), 3)):
        with running_server(settings) as server:
            assert isinstance(server.concurrency, AdaptiveLimiter)
            assert [server.concurrency.try_enter() is not None for _ in range(most + 1)] == [True] * most + [False]


def test_choice_without_a_language() -> None:
    """It is said before anything is read, with the exit code of a server that cannot be used."""
    with pytest.raises(EngineFailed, match="xxx") as failed, running_server(Settings(languages="xxx", local="no")):
        pass
    assert failed.value.exit_code == 4


def test_choice_asked_for(gpu: bool) -> None:
    """`--local` starts vLLM whatever `nvidia-smi` says, and does not fall back: who asks for it wants to know."""
    with running_server(Settings(local="ready", vllm_command=STUB)) as server:
        assert server.local
        assert server.local.launch.model == "ready"
    with pytest.raises(NoVllm), running_server(Settings(local="", vllm_command="/no/such/vllm")):
        pass


@pytest.mark.parametrize("url", ["http://GPU.example/v1", "http://user:secret@gpu.example:80/v1/"])
def test_choice_identity_of_a_server(url: str) -> None:
    """One server has one identity, however its address is written, and the cache holds no password."""
    with running_server(Settings(server_url=(url,))) as server:
        assert server.identity == "http://gpu.example:80/v1"


def test_choice_of_the_timeouts(gguf: Path) -> None:
    """A llama-server started here gets the time that a processor takes for a page, unless the user says otherwise."""
    with running_server(Settings(local=str(gguf), llama_command="sleep 100")) as server:
        assert server.timeouts(Timeouts()).first_token > 1800
        assert server.timeouts(Timeouts(first_token=5.0, page=6.0)) == Timeouts(first_token=5.0, page=6.0)
    with running_server(Settings(server_url=("http://h:1/v1",))) as server:
        assert server.timeouts(Timeouts()) == Timeouts()


def test_cpu_engine_interrupted_in_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it waits for its thread to begin: the thread ends all the same, or the program never would."""
    begun: list[threading.Thread] = []

    def interrupted(thread: threading.Thread) -> None:
        START_THREAD(thread)
        begun.append(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), running_server(Settings(local=NEVER)):
        pass
    monkeypatch.undo()
    (thread,) = begun
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("urls", "here"),
    [
        ("http://127.0.0.1:8000", True), ("http://localhost:8000,http://[::1]:8001", True),
        ("http://gpu-box:8000", False), ("http://localhost:8000,http://gpu-box:8000", False),
    ],
    ids=str,
)  # fmt: skip
def test_choice_tells_a_server_of_this_machine(urls: str, here: bool) -> None:
    """It is one where all addresses are loopback's, or the CPU engine."""
    with running_server(Settings(server_url=parse_urls(urls))) as server:
        assert server.on_this_machine is here
    with running_server(Settings(local=NEVER)) as server:
        assert server.on_this_machine
