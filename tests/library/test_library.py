"""Reading from Python: the results, the events, what arguments are refused, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import io
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_type_hints

import psutil
import pytest

import ocr
from ocr.config.command_line import OPTIONS
from ocr.errors import DocumentError, NotADocument, Unreachable, UsageError
from ocr.events import DocumentFailed, DocumentOpened, PageDone, PageStarted, ReadEvent, TextArrived
from ocr.library.functions import aread, read
from ocr.library.read_arguments import ReadArguments
from ocr.types import Finish
from tests.conftest import ROOT, SAMPLES
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import Connection, Request, Scripted, scripted_in_a_thread, scripted_server
from tests.web.waiting import until


async def answers(_request: Request, connection: Connection) -> None:
    """Each page is the same few words."""
    await connection.stream("Some ", "words", tokens=2)


class Held:
    """Answers the first request and holds the others until their client has gone."""

    def __init__(self) -> None:
        self.waiting, self.gone = threading.Semaphore(0), threading.Semaphore(0)
        self._requests = 0

    async def __call__(self, request: Request, connection: Connection) -> None:
        self._requests += 1
        if self._requests == 1:
            await answers(request, connection)
            return
        await connection.begin()
        await connection.chunk("Half of ")
        self.waiting.release()
        await connection.gone()
        self.gone.release()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A PDF of three pages."""
    return pdf(tmp_path / "paper.pdf", *(text_page(number) for number in (1, 2, 3)))


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No thread and no worker process of the test's outlives it, but for the moment that a thread takes to end.

    A page that other tests have served in this process may start threads for itself meanwhile, and so may a browser.
    """
    threads, processes = set(threading.enumerate()), set(workers())
    yield
    gc.collect()
    deadline = time.monotonic() + 60
    while (left := threads_since(threads)) and time.monotonic() < deadline:
        left[0].join(1)
    assert left == []
    assert set(workers()) <= processes


def threads_since(before: set[threading.Thread]) -> list[threading.Thread]:
    """The threads that have been started since and still run, but for those of a page that is served."""
    others = set(threading.enumerate()) - before
    return [thread for thread in others if not thread.name.startswith(("AnyIO worker thread", "asyncio_"))]


async def all_of(events: AsyncGenerator[ReadEvent, None]) -> list[ReadEvent]:
    return [event async for event in events]


@pytest.mark.parametrize("given", [Path, str, Path.read_bytes, lambda path: io.BytesIO(path.read_bytes())])
def test_library_read(paper: Path, given: Callable[[Path], Any], nothing_left: None) -> None:
    """Each page asked for is yielded with its text, whatever the document is given as."""
    with scripted_in_a_thread(answers) as server:
        pages = list(ocr.read(given(paper), server=server.url, pages="1-2"))
    assert sorted(page.number for page in pages) == [1, 2]
    assert {(page.markdown, page.finish) for page in pages} == {("Some words", Finish.STOP)}


def test_library_read_with_the_cpu_engine(nothing_left: None) -> None:
    """Without a server the CPU engine reads; its processes end with the generator."""
    (page,) = ocr.read(SAMPLES / "letter.pdf", pages="1")
    truth = set((SAMPLES / "truth" / "letter-1.txt").read_text().split())
    assert len(truth & set(page.markdown.split())) > len(truth) / 2


def test_library_read_verified(nothing_left: None) -> None:
    """Each page's words with their places, and what the text lacks; without `verify` a result has neither."""
    text = (SAMPLES / "truth" / "article-3.txt").read_text(encoding="utf-8").replace("\n", "\n\n")
    paragraph = max(text.split("\n\n"), key=len)

    async def answer(_request: Request, connection: Connection) -> None:
        await connection.stream(text.replace(paragraph, ""))

    with scripted_in_a_thread(answer) as server:
        (page,) = read(SAMPLES / "article.pdf", server=server.url, pages="3", verify=True)
        (plain,) = read(SAMPLES / "article.pdf", server=server.url, pages="3")
    assert page.check
    (place,) = page.check.places
    assert (place.kind, place.page_text[:20]) == ("missing", paragraph[:20])
    assert len(page.words) == page.check.supported == page.check.text_words
    assert (plain.check, plain.words, plain.markdown) == (None, (), page.markdown)


def test_library_read_within_an_event_loop(paper: Path, nothing_left: None) -> None:
    """A notebook runs an event loop already."""

    async def cell(server: Scripted) -> int:
        return len(list(ocr.read(paper, server=server.url)))

    with scripted_in_a_thread(answers) as server:
        assert asyncio.run(cell(server)) == 3


def test_library_read_closed_early(paper: Path, nothing_left: None) -> None:
    """Closing the generator ends the requests under way."""
    held = Held()
    with scripted_in_a_thread(held) as server:
        pages = ocr.read(paper, server=server.url)
        next(pages)
        assert held.waiting.acquire(timeout=60)
        pages.close()
        assert held.gone.acquire(timeout=60)


def test_library_read_consumer_fails(paper: Path, nothing_left: None) -> None:
    """An exception where the pages are used ends the requests under way."""
    held = Held()
    with scripted_in_a_thread(held) as server:
        with pytest.raises(ZeroDivisionError):
            for _page in ocr.read(paper, server=server.url):
                assert held.waiting.acquire(timeout=60)
                raise ZeroDivisionError
        gc.collect()  # the traceback held the generator
        assert held.gone.acquire(timeout=60)


def test_library_read_left_open_at_exit(paper: Path) -> None:
    """A program that ends in mid-run waits for no page, says nothing and leaves no process."""
    held = Held()
    with scripted_in_a_thread(held) as server:
        code = (
            "import sys, ocr, psutil; pages = ocr.read(sys.argv[1], server=sys.argv[2]); next(pages); "
            "print(*(child.pid for child in psutil.Process().children(recursive=True)))"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code, str(paper), server.url], capture_output=True, text=True, timeout=200, cwd=ROOT
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    children = [int(pid) for pid in ended.stdout.split()]
    assert children
    assert psutil.wait_procs([psutil.Process(pid) for pid in children if psutil.pid_exists(pid)], 60)[1] == []


def test_library_read_raises_what_keeps_a_document_closed(tmp_path: Path, nothing_left: None) -> None:
    """The error of the tree, with the document's name."""
    text = tmp_path / "notes.txt"
    text.write_text("No document.")
    with scripted_in_a_thread(answers) as server, pytest.raises(NotADocument, match=r"notes\.txt"):
        list(ocr.read(text, server=server.url))


def test_library_read_no_server(paper: Path, nothing_left: None) -> None:
    """A server that is not there is an error, not a page's failure."""
    with scripted_in_a_thread(answers) as server:
        gone = server.url
    with pytest.raises(Unreachable):
        list(ocr.read(paper, server=gone, outage_timeout=0.1))


@pytest.mark.anyio
async def test_library_aread(paper: Path, tmp_path: Path) -> None:
    """Each document is announced, each page has its events and its end; one that cannot be opened costs no other."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and no more")
    content = await asyncio.to_thread(paper.read_bytes)
    async with scripted_server(answers) as server:
        events = await all_of(ocr.aread([broken, paper, content], server=server.url))
    failed = [event for event in events if isinstance(event, DocumentFailed)]
    assert [(event.index, isinstance(event.error, DocumentError)) for event in failed] == [(0, True)]
    opened = {event.index: event for event in events if isinstance(event, DocumentOpened)}
    assert {index: event.pages for index, event in opened.items()} == {1: (1, 2, 3), 2: (1, 2, 3)}
    assert opened[1].document.name == "paper.pdf"
    for index, event in opened.items():
        of_it = [one for one in events if isinstance(one, PageStarted | TextArrived | PageDone)]
        of_it = [one for one in of_it if one.page.document == index]
        assert events.index(event) < events.index(of_it[0])
        assert sorted(one.page.number for one in of_it if isinstance(one, PageDone)) == [1, 2, 3]
        assert "".join(one.markdown for one in of_it if isinstance(one, TextArrived)).count("Some words") == 3


@pytest.mark.anyio
@pytest.mark.parametrize("fails", [False, True])
async def test_library_aread_ended_early(paper: Path, nothing_left: None, fails: bool) -> None:
    """Leaving the loop, or an exception in it, ends the requests, the tasks and the processes."""
    held = Held()
    async with scripted_server(held) as server:
        tasks = asyncio.all_tasks()

        async def consume() -> None:
            async for event in ocr.aread(paper, server=server.url):
                if isinstance(event, PageDone):
                    if fails:
                        raise ZeroDivisionError
                    break

        (result,) = await asyncio.gather(consume(), return_exceptions=True)
        assert isinstance(result, ZeroDivisionError) is fails
        del result
        gc.collect()
        await until(lambda: all("scripted_server" in repr(task) for task in asyncio.all_tasks() - tasks))


def workers() -> list[psutil.Process]:
    """The worker processes of this program."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it has just ended
            found += [child] if "worker_main" in " ".join(child.cmdline()) else []
    return found


@pytest.mark.anyio
async def test_library_aread_cancelled_in_the_start(paper: Path, nothing_left: None) -> None:
    """A task that is cancelled while the CPU engine starts leaves neither a process nor a thread."""
    task = asyncio.create_task(all_of(ocr.aread(paper)))
    await until(lambda: bool(workers()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("call", [ocr.read, ocr.aread])
@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({"pages": "x"}, UsageError, "x"),
        ({"page": "1"}, TypeError, "page"),
        ({"pages": 3}, TypeError, "pages"),
        ({"server": "gpu-box:8000"}, UsageError, "server"),
        ({"server": 8000}, TypeError, "server"),
        ({"server": ""}, UsageError, "server"),
        ({"concurrency": 0}, UsageError, "concurrency"),
        ({"temperature": 3}, UsageError, "temperature"),
        ({"timeout": -1}, UsageError, "timeout"),
        ({"layout": "yes"}, TypeError, "layout"),
        ({"max_tokens": True}, TypeError, "max_tokens"),
    ],
)
def test_library_bad_arguments(
    call: Callable[..., object], arguments: dict[str, Any], error: type[Exception], named: str
) -> None:
    """They are refused by the call itself, which names them."""
    with pytest.raises(error, match=named):
        call(SAMPLES / "letter.pdf", **arguments)


def test_library_bad_documents(tmp_path: Path) -> None:
    """What is no document is refused by the call itself."""
    for bad in (3, None, [SAMPLES / "letter.pdf"]):
        with pytest.raises(TypeError):
            ocr.read(bad)  # type: ignore[arg-type]
    for several in (3, None, [3]):
        with pytest.raises(TypeError):
            ocr.aread(several)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        ocr.aread([])
    with pytest.raises(UsageError):
        ocr.read("")
    with (tmp_path / "text").open("w") as file, pytest.raises(TypeError, match="rb"):
        ocr.read(file)  # type: ignore[arg-type]


def test_library_arguments_are_settings() -> None:
    """Each argument is a setting's, so that the command line and the library mean the same by it."""
    assert set(get_type_hints(ReadArguments)) - {"server"} <= set(OPTIONS)


def test_library_names_load_when_they_are_used() -> None:
    """`import ocr` loads nothing; every name that is offered is there, and type checkers see the same ones."""
    code = "import sys, ocr; print(*[name for name in sys.modules if name.startswith('ocr.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert loaded.stdout.split() == []
    source = Path(ocr.__file__).read_text()
    typed = set(re.findall(r"import (\w+) as \1$", source, re.MULTILINE))
    assert typed == {name for names in ocr._MODULES.values() for name in names}
    assert all(getattr(ocr, name) for name in typed)
    assert (ocr.read, ocr.aread) == (read, aread)
    assert (Path(ocr.__file__).parent / "py.typed").exists()
    with pytest.raises(AttributeError):
        _ = ocr.nothing


EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_library_examples(
    example: str,
    paper: Path,
    server_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each example of docs/library.md runs as it stands, but for the server's address."""
    (paper.parent / "letter.pdf").write_bytes((SAMPLES / "letter.pdf").read_bytes())
    (paper.parent / "receipt.jpg").write_bytes((SAMPLES / "receipt.jpg").read_bytes())
    monkeypatch.chdir(paper.parent)
    code = example.replace("http://gpu-box:8000", server_url)
    exec(compile(code, "docs/library.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out
