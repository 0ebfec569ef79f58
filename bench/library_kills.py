"""The library under kill -9: the real page reads, corrects and deletes until it is killed; its library is checked.

    python -m bench.library_kills [--kills 20]

All programs have the same library, one after the other. The moment of each kill is told by what has happened: a part of
an answer, an upload, a reading, a correction, a deletion, each when it is asked for and when it is done. What the
page's list has shown must be there afterwards, with the correction it has shown, and nothing that it has said to be
deleted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.visitors import Visitor, visitor
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_database import DATABASE, DOCUMENTS
from tests.conftest import ROOT
from tests.documents.papers import pdf
from tests.inference.scripted_server import Connection, Request, scripted_server

PAGES = 2
CHUNKS = 2
"""Parts of each page's answer."""
STEPS = 2 * (PAGES * (CHUNKS + 1) + 7)
"""Of two documents, one of which is deleted."""
HANG_S = 120
"""Guards against a hang alone."""


@dataclass
class Moment:
    """Kills a program after so many steps, and counts what they were."""

    left: int
    process: asyncio.subprocess.Process | None = None
    last: str = ""

    def passed(self, step: str) -> None:
        """One thing more has happened."""
        self.left -= 1
        if self.left == 0 and self.process:
            self.last = step
            self.process.send_signal(signal.SIGKILL)


@dataclass
class Paper:
    """A document, and what is known of it in the library."""

    path: Path
    serial: int
    asked: int = 0
    """Pages that the model was asked for, one after the other."""
    shown: bool = False
    """Whether the list has shown all its pages."""
    corrected: bool | None = False
    """Whether the library has the correction of page 1; None while that is asked for."""
    deleted: bool | None = False
    """The same of its deletion."""

    def right(self, page: int) -> str:
        """The number on a page."""
        return f"1{self.serial:04}{page}"

    def wrong(self, page: int) -> str:
        """What the model reads of page 1: another first digit."""
        return f"7{self.serial:04}{page}" if page == 1 else self.right(page)

    def text(self, number: str) -> list[str]:
        """A page's text in `CHUNKS` parts."""
        return ["The committee agrees to the ", f"railing on {number} conditions of which some were in writing"]

    def write(self) -> None:
        """Make the file."""
        drawn = [f"({''.join(self.text(self.right(page)))}) '" for page in range(1, PAGES + 1)]
        pdf(self.path, *[f"BT /F 11 Tf 20 TL 60 700 Td {line} ET".encode() for line in drawn])


@dataclass
class Killing:
    """Programs that are killed one after the other over one library."""

    folder: Path
    papers: list[Paper] = field(default_factory=list)

    @property
    def library(self) -> Path:
        """Its folder."""
        return self.folder / "library"

    async def kill(self, steps: int) -> str:
        """Run a program until it has been killed after so many steps; returns the last one."""
        moment = Moment(steps)
        reading: list[Paper] = []

        async def answer(request: Request, connection: Connection) -> None:
            paper = reading[0]
            paper.asked += 1
            await connection.begin()
            for part in paper.text(paper.wrong(paper.asked)):
                await connection.chunk(part)
                moment.passed("an answer arrives")
            await connection.chunk(finish="stop")
            await connection.line("[DONE]")
            moment.passed("a page ends")

        async with (
            asyncio.timeout(HANG_S),
            scripted_server(answer) as server,
            started(self.library, server.url) as (moment.process, url),
        ):
            ended = asyncio.create_task(moment.process.wait())
            use = asyncio.create_task(self._use(url, moment, reading))
            await asyncio.wait({ended, use}, return_when=asyncio.FIRST_COMPLETED)
            if moment.left > 0:
                use.result()  # it has failed, or the program has ended by itself
            use.cancel()
            with suppress(asyncio.CancelledError, aiohttp.ClientError):
                await use
            await ended
        return moment.last

    async def _use(self, url: str, moment: Moment, reading: list[Paper]) -> None:
        async with visitor(url.rstrip("/"), f"visitor{len(self.papers)}") as here:
            places: list[dict[str, Any]] = []
            here.on_message = lambda message: places.extend(places_in(message))
            self._check_list(await listed(here))
            for number in count():
                paper = Paper(self.folder / f"paper{len(self.papers)}.pdf", len(self.papers))
                paper.write()
                self.papers.append(paper)
                reading[:] = [paper]
                await self._read(here, paper, moment)
                await self._correct(here, paper, moment, f"{number}-1", places)
                if number % 2:
                    await self._delete(here, paper, moment)

    async def _read(self, here: Visitor, paper: Paper, moment: Moment) -> None:
        await here.add(paper.path)
        moment.passed("a document is added")
        await (await here.do("control", "read", model=""))
        (entry,) = [one for one in await listed(here) if one["name"] == paper.path.name]
        assert entry["pages"] == f"{PAGES} pages", entry
        paper.shown = True
        moment.passed("a document is read")

    async def _correct(
        self, here: Visitor, paper: Paper, moment: Moment, page: str, places: list[dict[str, Any]]
    ) -> None:
        await (await here.do("strip", "chosen", page=page))
        while not (wrong := [one["id"] for one in places if one["text"] == paper.wrong(1)]):
            await listed(here)  # until the page has been compared with the document, beside the reading
        paper.corrected = None
        end = await here.do("places", "take", page=page, place=wrong[0])
        moment.passed("a correction is asked for")
        await end
        while not await found(here, paper.right(1)):
            pass
        paper.corrected = True
        moment.passed("a correction is kept")

    async def _delete(self, here: Visitor, paper: Paper, moment: Moment) -> None:
        (number,) = [one["id"] for one in await listed(here) if one["name"] == paper.path.name]
        paper.deleted = None
        asked = asyncio.create_task(post(here, f"/library/{number}/delete"))
        await asyncio.sleep(0)
        moment.passed("a deletion is asked for")
        await asked
        paper.deleted = True
        moment.passed("a deletion is done")

    def _check_list(self, entries: list[dict[str, Any]]) -> None:
        names = {entry["name"] for entry in entries}
        for paper in self.papers:
            assert not (paper.deleted and paper.path.name in names), f"{paper} has returned"
            assert paper.path.name in names or not paper.shown or paper.deleted is not False, f"{paper} is lost"

    def check(self) -> None:
        """Compare the library with what the page has shown of it; raises AssertionError."""
        with closing(sqlite3.connect(self.library / DATABASE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        library = DocumentLibrary(self.library, 10**9)
        try:
            self._check_list([{"name": document.name} for document in library.documents()])
            assert library.notices.text is None
            ids = {document.name: document.id for document in library.documents()}
            for paper in self.papers:
                if number := ids.get(paper.path.name):
                    assert library.file(number).read_bytes() == paper.path.read_bytes()
                    self._check_pages(library, paper, number)
                    paper.deleted = False  # whoever asked for it has gone
                elif paper.deleted is None:
                    paper.deleted = True
        finally:
            library.close()

    def _check_pages(self, library: DocumentLibrary, paper: Paper, number: int) -> None:
        texts = {page.result.number: page.result.markdown for page in library.pages(number)}
        assert len(texts) == PAGES or not paper.shown, f"{paper} lacks pages"
        for page, text in texts.items():
            expected = {"".join(paper.text(paper.wrong(page)))}
            if page == 1 and paper.corrected is not False:
                right = "".join(paper.text(paper.right(page)))
                expected = {right} if paper.corrected else {*expected, right}
            assert text in expected or not paper.shown, (paper, text)
            paper.corrected = paper.right(page) in text if page == 1 else paper.corrected
            hits = library.search(text.split()[6]) or []
            assert (number, page) in [(hit.document_id, hit.page) for hit in hits] or not paper.shown, (
                f"{paper} is not found"
            )

    def check_remains(self) -> None:
        """After the last kill: nothing of what was deleted stands in any file once that is final."""
        library = DocumentLibrary(self.library, 10**9)
        kept = {str(document.id) for document in library.documents()}
        library.purge(0.0)
        library.close()
        assert {path.name for path in (self.library / DOCUMENTS).iterdir()} == kept
        content = b"".join(path.read_bytes() for path in self.library.rglob("*") if path.is_file())
        for paper in self.papers:
            assert not (paper.deleted and paper.path.name.encode() in content), f"{paper} has left remains"


@asynccontextmanager
async def started(library: Path, server: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The page's program and its address; whatever is left of it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "--port", "0", "--server-url", server, "--library", "--library-dir", str(library),
        "--no-cache",
        "--concurrency", "1", cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    try:
        said = ""
        while "Pagelight is at" not in said:
            said = (await process.stdout.readline()).decode()
            assert said, "the program has ended"
        yield process, said.split()[-1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def listed(here: Visitor, query: str = "") -> list[dict[str, Any]]:
    """The documents of the library's list."""
    return list((await asked(here, query))["documents"])


async def found(here: Visitor, query: str) -> bool:
    """Whether the library has a page with this word."""
    return bool((await asked(here, query))["hits"])


async def asked(here: Visitor, query: str) -> dict[str, Any]:
    """The library's list."""
    async with here.http.get("/library", params={"query": query}) as answer:
        answer.raise_for_status()
        return dict(await answer.json())


async def post(here: Visitor, path: str) -> None:
    """Ask for a change."""
    async with here.http.post(path) as answer:
        answer.raise_for_status()


def places_in(value: Any) -> list[dict[str, Any]]:
    """The places to look at in a message, however its update is made up."""
    if isinstance(value, dict):
        own = [value] if {"id", "kind", "take"} <= value.keys() else []
        return [*own, *places_in(list(value.values()))]
    return [place for one in value for place in places_in(one)] if isinstance(value, list) else []


async def run(kills: int) -> Counter[str]:
    """Kill so many programs, and check after each; what had just happened, and how often."""
    moments: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        killing = Killing(Path(folder))
        for number in range(kills):
            began = time.perf_counter()
            moment = await killing.kill(1 + number * STEPS // kills)
            killing.check()
            moments[moment] += 1
            print(f"{number + 1}: {moment}, {time.perf_counter() - began:.0f} s", flush=True)
        killing.check_remains()
    return moments


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    table = Table("killed when", "times", title="Nothing was lost, nothing returned")
    for moment, times in asyncio.run(run(parser.parse_args().kills)).items():
        table.add_row(moment, str(times))
    Console().print(table)


if __name__ == "__main__":
    main()
