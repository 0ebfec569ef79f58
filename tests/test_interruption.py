"""Ctrl-C at any moment, and a disk that is full: the real command line against a server over real sockets.

The moment is told by what has happened, never by the clock. Ctrl-C goes to the whole process group, as a terminal
sends it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest

from ocr.export import SCHEMA
from tests.conftest import ROOT
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import Connection, Request, scripted_server

pytestmark = pytest.mark.anyio

WORDS = ("The ", "text ", "of ", "page ", "{number}.")
PAGES = 6
INTERRUPTED = (130, -signal.SIGINT)
"""Exit codes. Python ends itself by the signal if that came while a dataclass was made; to a shell both are 130."""
HANG_S = 200
"""A program that is loaded while other tests run may take a minute."""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two documents of three pages."""
    folder = tmp_path_factory.mktemp("papers")
    return [pdf(folder / name, *[text_page(number) for number in (1, 2, 3)]) for name in ("a.pdf", "b.pdf")]


class Moment:
    """A server that interrupts whoever reads with it, after so many chunks of its answers."""

    def __init__(self, chunks: int) -> None:
        self.left, self.asked, self.finished = chunks, 0, -1
        self.process: asyncio.subprocess.Process | None = None

    async def answer(self, request: Request, connection: Connection) -> None:
        self.asked += 1
        number = self.asked
        await self.passed()
        await connection.begin()
        for word in WORDS:
            await connection.chunk(word.format(number=number))
            await self.passed()
        await connection.chunk(finish="stop")
        await self.passed()

    async def passed(self) -> None:
        """One thing more has happened; if it is the one waited for, Ctrl-C is pressed."""
        self.left -= 1
        if self.left == 0 and self.process:
            self.finished = self.asked - 1  # one page at a time: whoever asks for the next has the one before
            os.killpg(self.process.pid, signal.SIGINT)


def started(
    papers: list[Path], url: str, out: Path, *python: str
) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """The command line at work."""
    return running(
        *python, "-m", "ocr", *map(str, papers), "--server-url", url, "--concurrency", "1", "--out", str(out)
    )


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in Python; whatever comes of the block, it is gone after it, and so is what it started."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, start_new_session=True, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()  # one that is frozen would hold the program's output open
            process.kill()
            await process.wait()


def results(out: Path) -> Iterator[dict[str, Any]]:
    schema = json.loads(SCHEMA.read_text())
    for path in sorted(out.glob("*/result.json")):
        result = json.loads(path.read_text())
        jsonschema.validate(result, schema)
        yield result


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("chunks", [1, 2, 4, 6, 7, 8, 11, 14, 17, 20, 21, 22, 23, 28, 35, 41, 42])
async def test_interruption_at_any_moment(chunks: int, papers: list[Path], tmp_path: Path) -> None:
    """Finished pages are on disk and whole, those of an opened document are all told of; 130, and no traceback."""
    moment = Moment(chunks)
    async with (
        scripted_server(moment.answer) as server,
        asyncio.timeout(HANG_S),
        started(papers, server.url, tmp_path) as moment.process,
    ):
        out, err = await moment.process.communicate()
    assert b"Traceback" not in err, err.decode()
    pages = [page for result in results(tmp_path) for page in result["pages"]]
    whole = [page["raw"] for page in pages if page["finish"] == "stop"]
    assert whole[: moment.finished] == [f"The text of page {number}." for number in range(1, moment.finished + 1)]
    assert len(whole) <= moment.finished + 1
    assert [page["number"] for page in pages] in ([1, 2, 3], [1, 2, 3, 1, 2, 3])
    assert {page["finish"] for page in pages} <= {"stop", "cancelled"}
    assert moment.process.returncode in INTERRUPTED or (moment.process.returncode, len(whole)) == (0, PAGES)
    assert out.decode().count("document.md") * 3 == len(pages)
    assert not any(path.suffix == ".part" for path in files(tmp_path))


@pytest.mark.parametrize("module", ["ocr.config.settings", "aiohttp", "ocr.pipeline.run", "ocr.cli.read"])
async def test_interruption_while_it_is_loaded(module: str, papers: list[Path], tmp_path: Path) -> None:
    """Before anything was asked for there is nothing to write, and nothing to say."""

    async def unasked(request: Request, connection: Connection) -> None:
        await connection.gone()

    async with (
        scripted_server(unasked) as server,
        asyncio.timeout(HANG_S),
        started(papers, server.url, tmp_path, "-X", "importtime") as process,
    ):
        assert process.stderr
        while line := await process.stderr.readline():
            if line.rstrip().endswith(f"| {module}".encode()) or line.rstrip().endswith(f" {module}".encode()):
                break
        assert line, f"{module} was never loaded"
        os.killpg(process.pid, signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode in INTERRUPTED
    assert b"Traceback" not in err, err.decode()


DROPPED = """
import os, runpy, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            Dropped()

class Dropped:
    def __del__(self):
        os.kill(os.getpid(), signal.{number})
        for _ in range(1000):
            pass

sys.meta_path.insert(0, Finder())
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""A program that gets a signal in a finalizer while its main thread loads this module."""

STARTING = """
import os, runpy, selectors, signal, sys

class Selector(selectors.DefaultSelector):
    def __init__(self):
        os.kill(os.getpid(), signal.SIGINT)
        super().__init__()

selectors.DefaultSelector = Selector
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""The command line, interrupted while its event loop is made."""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(DROPPED.format(module="ocr.cli.read", number="SIGINT"), id="finalizer"),
        pytest.param(DROPPED.format(module="ocr.engines.tesseract.orientation", number="SIGINT"), id="later finalizer"),
        pytest.param(STARTING, id="loop"),
    ],
)
async def test_interruption_at_a_bad_moment_counts(program: str, papers: list[Path], tmp_path: Path) -> None:
    """Python drops the exception of a Ctrl-C in a finalizer, and one in an event loop's constructor leaves half a loop.

    The program ends all the same, asks for nothing, and has nothing to say.
    """

    async def unasked(request: Request, connection: Connection) -> None:
        raise AssertionError("it was asked for a page")

    async with (
        scripted_server(unasked) as server,
        asyncio.timeout(HANG_S),
        running(
            "-c", program, str(papers[0]), "--server-url", server.url, "--out", str(tmp_path), "--auto-rotate"
        ) as process,
    ):
        _, err = await process.communicate()
    assert process.returncode == 130, err.decode()
    assert not err, err.decode()


FINALIZING = """
import asyncio, runpy, sys, time
from ocr.cli.run_report import RunReport

class Slow:
    def __del__(self):
        end = time.monotonic() + 0.01
        while time.monotonic() < end:
            pass

async def written(batch):
    print("finalizing", file=sys.stderr, flush=True)
    while True:
        Slow()
        await asyncio.sleep(0)

RunReport.written = written
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""The command line, which at its end is in finalizers nearly all of the time."""


async def test_interruption_that_is_the_second_counts(papers: list[Path], tmp_path: Path) -> None:
    """Whatever Python is at when it comes, the program waits no longer for what is being written."""
    asked = asyncio.Event()

    async def held(request: Request, connection: Connection) -> None:
        asked.set()
        await connection.gone()

    async with (
        scripted_server(held) as server,
        asyncio.timeout(HANG_S),
        running("-c", FINALIZING, str(papers[0]), "--server-url", server.url, "--out", str(tmp_path)) as process,
    ):
        await asked.wait()
        process.send_signal(signal.SIGINT)
        assert process.stderr
        assert await process.stderr.readline() == b"finalizing\n"
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode in INTERRUPTED
    assert not err, err.decode()


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("module", ["ocr.config.settings", "ocr.engines.waiting_reader", "ocr.web.views.messages"])
async def test_interruption_of_the_page_at_a_bad_moment_counts(module: str, number: str) -> None:
    """Also of the page's server, which would run on otherwise; and what service managers send counts as Ctrl-C does."""
    program = DROPPED.format(module=module, number=number)
    async with running("-c", program, "web", "--port", "0") as process, asyncio.timeout(HANG_S):
        out, err = await process.communicate()
    assert process.returncode in (INTERRUPTED if number == "SIGINT" else (-signal.SIGTERM,)) + (0,)
    assert (out, err) == (b"", b"")


@pytest.mark.parametrize(
    ("program", "module"),
    [
        ("app.py", "ocr.config.settings"),
        ("app.py", "aiohttp"),
        ("app.py", "ocr.web.views.messages"),
        ("-m ocr web", "ocr.config.settings"),
        ("-m ocr web", "aiohttp"),
    ],
)
async def test_interruption_while_the_page_is_loaded(program: str, module: str) -> None:
    """The page's server ends without a traceback, too."""
    async with running("-X", "importtime", *program.split(), "--port", "0") as process, asyncio.timeout(HANG_S):
        assert process.stderr
        while line := await process.stderr.readline():
            if line.split(b"|")[-1].strip() == module.encode():
                break
        assert line, f"{module} was never loaded"
        os.killpg(process.pid, signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode in (0, *INTERRUPTED)
    assert b"Traceback" not in err, err.decode()


@pytest.mark.parametrize("program", ["app.py", "-m ocr"])
@pytest.mark.parametrize("frozen", [True, False])
async def test_interruption_while_the_cpu_engine_starts(
    program: str, frozen: bool, papers: list[Path], tmp_path: Path
) -> None:
    """Also where it would never be ready: the program ends without a traceback, and so does all that it started."""
    arguments = [*map(str, papers), "--out", str(tmp_path)] if program == "-m ocr" else ["--port", "0"]
    expected = 2 if program == "-m ocr" else 1  # one process renders, one loads Tesseract
    async with running(*program.split(), *arguments, "--local", "no") as process, asyncio.timeout(HANG_S):
        while len(children := descendants(process.pid)) < expected:
            assert process.returncode is None
            await asyncio.sleep(0.01)
        for child in children:
            if frozen:
                child.suspend()
        os.killpg(process.pid, signal.SIGINT)
        async with asyncio.timeout(HANG_S):
            _, err = await process.communicate()
    assert process.returncode in (INTERRUPTED if program == "-m ocr" else (0, *INTERRUPTED))
    assert b"Traceback" not in err and b"Exception" not in err, err.decode()
    assert psutil.wait_procs(children, timeout=60)[1] == []


def descendants(pid: int) -> list[psutil.Process]:
    """The processes that a program has started and that run a program of their own by now.

    Until then a child has its parent's arguments; frozen there, between vfork and exec, it would stop its parent too.
    """
    program = psutil.Process(pid)
    found = []
    for one in program.children(recursive=True):
        with suppress(psutil.Error):
            found += [one] if one.cmdline() not in ([], program.cmdline()) else []
    return found


LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""The command line where no file may be longer than 100 bytes."""


async def answered(request: Request, connection: Connection) -> None:
    await connection.stream("A text of more than a hundred bytes. " * 4, tokens=40)


async def test_interruption_by_a_file_that_cannot_grow(papers: list[Path], tmp_path: Path) -> None:
    """What cannot be written is said, with what helps; nothing half-written is left; the exit code is 1."""
    async with scripted_server(answered) as server, asyncio.timeout(HANG_S):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LIMITED, str(papers[0]), "--server-url", server.url, "--out", str(tmp_path),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 1
    assert out == b""
    assert "cannot be written" in err.decode()
    assert "Traceback" not in err.decode()
    assert files(tmp_path) == []


async def test_interruption_by_a_full_disk(papers: list[Path], full_disk: Path, tmp_path: Path) -> None:
    """A disk that is really full; what was read is kept, so that no page is asked for again once there is room."""
    async with scripted_server(answered) as server, asyncio.timeout(HANG_S):
        for out in (full_disk, tmp_path / "out"):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "ocr", str(papers[0]), "--server-url", server.url, "--out", str(out), "--cache",
                "--cache-dir", str(tmp_path / "kept"), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            _, err = await process.communicate()
            assert "Traceback" not in err.decode()
            if out == full_disk:
                assert process.returncode == 1
                assert "No space left on device" in err.decode()
                assert [path.name for path in files(full_disk)] == ["ballast"]
        assert process.returncode == 0
        assert len(server.reads) == 3
    (result,) = results(tmp_path / "out")
    assert [page["finish"] for page in result["pages"]] == ["stop"] * 3
