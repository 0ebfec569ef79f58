"""The CPU engine in process: pages side by side, deaths survived, nothing left behind."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ocr.config.profiles import ReadOptions, Timeouts, read_options
from ocr.config.settings import Settings
from ocr.engines.select import running_server
from ocr.engines.tesseract.tesseract_reader import MODEL, TesseractReader
from ocr.errors import EngineFailed, PageTimeout, RecognitionFailed, RecognizerDied
from ocr.events import Delta, Finished
from ocr.types import Finish, PageImage
from tests.conftest import ROOT
from tests.engines.tesseract.pages import encoded, written
from tests.web.waiting import until

OPTIONS = read_options(MODEL)


def page(image: Image.Image) -> PageImage:
    return PageImage(image.width, image.height, encoded(image), "image/png")


WORDS = page(written("Boxes and pages"))
LONG = page(written(*["words of many letters " * 14] * 100, size=22, width=2400))
"""A page that takes half a minute of CPU."""


@pytest.fixture
def before() -> set[int]:
    """The processes that other tests have left running."""
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
def reader(before: set[int]) -> Iterator[TesseractReader]:
    with TesseractReader("eng", 2) as reader:
        yield reader


def workers(before: set[int]) -> list[psutil.Process]:
    """Those that have been started since."""
    return [child for child in psutil.Process().children() if child.pid not in before and child.cmdline()]


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no longer, also if nobody has asked for its exit code yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def read(reader: TesseractReader, image: PageImage, options: ReadOptions = OPTIONS) -> tuple[str, Finished]:
    answer: AsyncIterator[Delta | Finished] = reader.read(image, options)
    async with aclosing(answer) as items:  # type: ignore[type-var]  # it is a generator
        *deltas, end = [item async for item in items]
    assert isinstance(end, Finished)
    assert sum(delta.chunks for delta in deltas if isinstance(delta, Delta)) == end.tokens
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), end


@pytest.mark.anyio
async def test_reader_words(reader: TesseractReader) -> None:
    assert [word.text for word in await reader.words(WORDS)] == ["Boxes", "and", "pages"]
    with pytest.raises(RecognitionFailed):
        await reader.words(PageImage(1, 1, b"no image", "image/png"))


@pytest.mark.anyio
async def test_reader_reads_with_words(reader: TesseractReader) -> None:
    """Where their places are wanted, the answer ends with the words that it was made of."""
    _, end = await read(reader, WORDS, replace(OPTIONS, page_words=True))
    assert end.page_words == await reader.words(WORDS) != ()
    assert (await read(reader, WORDS))[1].page_words == ()


@pytest.mark.anyio
async def test_reader_reads(reader: TesseractReader) -> None:
    """The one model; layout blocks if the options ask for them; a token is a word."""
    assert await reader.models() == (MODEL,)
    text, end = await read(reader, WORDS)
    assert text.startswith("![")
    assert text.endswith(") Boxes and pages")
    assert end.finish is Finish.STOP
    plain = ReadOptions(MODEL.id, 2200, 0, 1, 16384)
    assert await read(reader, WORDS, plain) == ("Boxes and pages", Finished(Finish.STOP, 3))


@pytest.mark.anyio
async def test_reader_parts_arrive_one_by_one(reader: TesseractReader) -> None:
    image = page(written("A first paragraph", "", "", "Another one"))
    deltas = [item async for item in reader.read(image, OPTIONS) if isinstance(item, Delta)]
    assert len(deltas) == 2


@pytest.mark.anyio
async def test_reader_blank_page(reader: TesseractReader) -> None:
    assert await read(reader, page(Image.new("L", (300, 300), 255))) == ("", Finished(Finish.STOP, 0))


@pytest.mark.anyio
async def test_reader_limit_on_tokens(reader: TesseractReader) -> None:
    """An answer that is cut says so."""
    cut = ReadOptions(MODEL.id, 2200, 0, 1, 16384, most_tokens=2)
    assert await read(reader, WORDS, cut) == ("Boxes and", Finished(Finish.LENGTH, 2))


@pytest.mark.anyio
async def test_reader_limit_on_tokens_of_all_parts(reader: TesseractReader) -> None:
    """A token is a word with the white space before it; what earlier parts have taken is gone."""
    cut = ReadOptions(MODEL.id, 2200, 0, 1, 16384, most_tokens=4)
    image = page(written("A first paragraph", "", "", "Another one"))
    assert await read(reader, image, cut) == ("A first paragraph\n\nAnother", Finished(Finish.LENGTH, 4))


@pytest.mark.anyio
async def test_reader_reads_so_many_pages_at_once(before: set[int], reader: TesseractReader) -> None:
    """However many are asked for."""
    answers = await asyncio.gather(*(read(reader, WORDS) for _ in range(7)))
    assert {end.finish for _, end in answers} == {Finish.STOP}
    assert len(workers(before)) == 2


async def reading_long(reader: TesseractReader, before: set[int]) -> tuple[asyncio.Task[object], psutil.Process]:
    """A page that is being read, and the process that reads it; another one is ready."""
    await asyncio.gather(read(reader, WORDS), read(reader, WORDS))
    ready = workers(before)
    assert len(ready) == 2
    reading: asyncio.Task[object] = asyncio.create_task(read(reader, LONG))
    busy: list[psutil.Process] = []

    def has_begun() -> bool:
        busy[:] = [one for one in ready if one.cpu_percent(0.1) > 0]
        return len(busy) == 1

    await until(has_begun)
    return reading, busy[0]


@pytest.mark.anyio
async def test_reader_death_costs_one_page(before: set[int], reader: TesseractReader) -> None:
    """Whatever kills a worker takes its page along and no other; it is replaced, and another try may do."""
    lost, victim = await reading_long(reader, before)
    (survivor,) = set(workers(before)) - {victim}
    victim.kill()
    with pytest.raises(RecognizerDied, match="memory") as died:
        await lost
    assert died.value.retryable
    ends = [end.finish for _, end in await asyncio.gather(read(reader, WORDS), read(reader, WORDS))]
    assert ends == [Finish.STOP, Finish.STOP]
    assert not has_ended(survivor)
    await until(lambda: has_ended(victim))


@pytest.mark.anyio
async def test_reader_cancelled_page_ends_its_worker_only(before: set[int], reader: TesseractReader) -> None:
    """A page that nobody waits for is not read to its end."""
    reading, busy = await reading_long(reader, before)
    (survivor,) = set(workers(before)) - {busy}
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await read(reader, WORDS))[1].finish is Finish.STOP
    await until(lambda: has_ended(busy))
    assert not has_ended(survivor)


@pytest.mark.anyio
@pytest.mark.parametrize("timeouts", [Timeouts(first_token=0.5), Timeouts(page=0.5)])
async def test_reader_page_that_takes_too_long(timeouts: Timeouts) -> None:
    """It is given up, is not tried again, and the next one is read."""
    with TesseractReader("eng", 1, timeouts) as reader:
        with pytest.raises(PageTimeout, match=r"0\.5 s") as late:
            await read(reader, LONG)
        assert not late.value.retryable
        assert "-timeout" in late.value.next_step


def test_reader_without_a_language() -> None:
    """What is missing is said at once, before anything is opened or started."""
    before = psutil.Process().children()
    with pytest.raises(EngineFailed, match="xxx") as failed:
        TesseractReader("eng+xxx", 1)
    assert failed.value.exit_code == 4
    assert psutil.Process().children() == before


@pytest.mark.anyio
async def test_reader_damaged_language_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be loaded fails each page with the reason; trying again would not help."""
    (tmp_path / "odd.traineddata").write_text("no data")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with TesseractReader("odd", 1) as reader:
        with pytest.raises(EngineFailed, match="cannot load odd") as failed:
            await read(reader, WORDS)
        assert not failed.value.retryable


@pytest.mark.anyio
async def test_reader_closed_in_mid_page(before: set[int]) -> None:
    """The page fails, and no process is left."""
    reader = TesseractReader("eng", 1)
    reading = asyncio.create_task(read(reader, LONG))
    await until(lambda: bool(workers(before)))
    await asyncio.to_thread(reader.close)
    with pytest.raises(EngineFailed, match="stopped"):
        await reading
    assert workers(before) == []


def test_reader_loads_no_tesseract_into_the_program() -> None:
    """Its processes do; so the program starts at once."""
    code = """
import sys
from ocr.engines.tesseract.tesseract_reader import TesseractReader
with TesseractReader("eng", 1) as reader:
    reader.start()
print({"tesserocr", "numpy", "PIL", "starlette", "uvicorn", "asyncio"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


@pytest.mark.anyio
async def test_reader_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads wherever the program was started from."""
    monkeypatch.chdir(tmp_path)
    with running_server(Settings(concurrency=1, local="no")) as server:
        assert server.tesseract
        assert "Boxes and pages" in (await read(server.tesseract, WORDS))[0]


PARENT = """
import asyncio, sys

import psutil

from ocr.config.profiles import read_options
from ocr.engines.tesseract.tesseract_reader import MODEL, TesseractReader
from tests.engines.tesseract.test_tesseract_reader import LONG, read

async def main():
    with TesseractReader("eng", 2) as reader:
        reading = asyncio.gather(read(reader, LONG), read(reader, LONG))
        while len(psutil.Process().children()) < 2:
            await asyncio.sleep(0.01)
        print(*(child.pid for child in psutil.Process().children()), flush=True)
        {end}

asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["returns", "raises", "SIGTERM", "SIGKILL"])
def test_reader_ends_with_the_program(end: str) -> None:
    """However the program ends in mid-page, its processes end too."""
    ends = {"returns": "sys.exit(0)", "raises": "1 / 0"}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(end=ends.get(end, "await reading"))],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    ) as parent:  # fmt: skip
        assert parent.stdout
        started = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(started) == 2
        if end.startswith("SIG"):
            parent.send_signal(getattr(signal, end))
        parent.wait(60)
    processes = [psutil.Process(pid) for pid in started if psutil.pid_exists(pid)]
    assert psutil.wait_procs(processes, timeout=60)[1] == []
