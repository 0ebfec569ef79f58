"""Documents whose page images carry a code, and an imitation of a model server, as a program, that reads it.

The server answers the image of a page with a text made of the code in it, so that rows that are missing, doubled or
wrong, and pages that were asked for twice, can be counted exactly. It is a process of its own that can be killed:

    python -m tests.batch.coded_pages --log asked.txt --port 0
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import io
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf
from PIL import Image

from tests.inference.scripted_server import Connection, Request, scripted_server

ROOT = Path(__file__).parents[2]
SIDE = 8
"""The code is a square of SIDE × SIDE cells, black for 1."""
MAGIC = 0xA55A
"""The first 16 bits: what tells a code from another picture. Then 24 bits document, 16 bits page, 8 bits of a sum."""
POINTS = 80
"""A page's width and height."""
LONGEST_SIDE = 112
"""`--longest-side` that is enough for the code, and quick."""

Code = tuple[int, int]
"""Number of the document and of the page in it."""


def text_of(code: Code) -> str:
    """What the server answers for a page."""
    words = hashlib.sha256(f"{code}".encode()).hexdigest()
    return f"Coded page {code[1]} of document {code[0]}: " + " ".join(re.findall(".{8}", words))


def coded_pdf(path: Path, document: int, pages: int) -> Path:
    """A PDF whose pages carry `document` and their own number."""
    made = pikepdf.new()
    cell = POINTS / SIDE
    for page in range(1, pages + 1):
        made.add_blank_page(page_size=(POINTS, POINTS))
        bits = _bits((document, page))
        squares = [
            f"{index % SIDE * cell:g} {(SIDE - 1 - index // SIDE) * cell:g} {cell:g} {cell:g} re"
            for index in range(SIDE * SIDE)
            if bits >> index & 1
        ]
        made.pages[-1].Contents = made.make_stream("\n".join(["0 g", *squares, "f"]).encode())
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)
    return path


def coded_documents(folder: Path, pages: Sequence[int], first: int = 0) -> dict[str, list[str]]:
    """PDFs of so many pages each in folders under `folder`; returns for each document's id the texts of its pages."""
    texts = {}
    for document, count in enumerate(pages, first):
        path = coded_pdf(folder / f"{document % 3}" / f"{document:04d}.pdf", document, count)
        texts[path.relative_to(folder).as_posix()] = [text_of((document, page)) for page in range(1, count + 1)]
    return texts


def decode(data: bytes) -> Code:
    """The code that a page's image carries.

    Raises:
        ValueError: it carries none.
    """
    with Image.open(io.BytesIO(data)) as image:
        gray = image.convert("L")
    width, height = gray.width / SIDE, gray.height / SIDE
    bits = 0
    for index in range(SIDE * SIDE):
        at = (int((index % SIDE + 0.5) * width), int((index // SIDE + 0.5) * height))
        pixel = gray.getpixel(at)
        assert isinstance(pixel, int)
        bits |= (pixel < 128) << index
    code = (bits >> 16 & 0xFFFFFF, bits >> 40 & 0xFFFF)
    if bits != _bits(code):
        raise ValueError("the image carries no code")
    return code


def _bits(code: Code) -> int:
    document, page = code
    return MAGIC | document << 16 | page << 40 | (document * 31 + page * 7) % 251 << 56


@dataclass(frozen=True)
class Counts:
    """What a run came to; `asked_twice` are requests beyond the first for each page."""

    pages: int
    missing: int
    doubled: int
    wrong: int
    asked_twice: int


def count(
    texts: Mapping[str, Sequence[str]], rows: Iterable[Mapping[str, object]], asked: Mapping[Code, int]
) -> Counts:
    """Compare rows, with their `id`, `page` and `markdown`, with the texts that each document's pages have."""
    found: Counter[tuple[object, object]] = Counter()
    wrong = 0
    for row in rows:
        found[row["id"], row["page"]] += 1
        texts_of_document, page = texts.get(str(row["id"]), ()), row["page"]
        assert isinstance(page, int)
        wrong += not 0 < page <= len(texts_of_document) or row["markdown"] != texts_of_document[page - 1]
    wanted = {(id, page) for id, pages in texts.items() for page in range(1, len(pages) + 1)}
    return Counts(
        pages=len(wanted),
        missing=len(wanted - found.keys()),
        doubled=sum(times - 1 for times in found.values()),
        wrong=wrong,
        asked_twice=sum(times - 1 for times in asked.values()),
    )


class CodedServer:
    """The server as a process; a context manager that ends it."""

    def __init__(self, folder: Path, *, delay_s: float = 0.0) -> None:
        """`folder` gets the log of what is asked; each answer takes `delay_s` at least."""
        self._log, self._delay_s, self._port = folder / "asked.txt", delay_s, 0
        self._hold = _hold_of(self._log)
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The base of its API; the same after a restart."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def asked(self) -> Counter[Code]:
        """How often each page was asked for, by all starts of the server."""
        return asked_pages(self._log)

    def hold(self) -> None:
        """Answer no more than two pages of each document until `release`, so that all tasks are in mid-run."""
        self._hold.touch()

    def release(self) -> None:
        """Answer everything again."""
        self._hold.unlink()

    def start(self) -> None:
        """Start it, or start it again on its port; returns when it listens."""
        command = [sys.executable, "-m", "tests.batch.coded_pages", "--log", str(self._log)]
        command += ["--port", str(self._port), "--delay", str(self._delay_s)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout
        self._port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it as a crash would; nothing that is on its way is answered."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                pipe.close()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill()


def asked_pages(log: Path) -> Counter[Code]:
    """How often each page was asked for, of all servers that have written this log."""
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter((int(document), int(page)) for document, page in map(str.split, lines))


def _hold_of(log: Path) -> Path:
    return log.with_suffix(".hold")


async def serve(log: Path, port: int, until: Callable[[str], Awaitable[object]], delay_s: float = 0.0) -> None:
    """Serve on a port, a free one for 0, until what `until` makes of the URL has ended; `log` gets what is asked."""
    begun: Counter[int] = Counter()
    with log.open("a", buffering=1) as asked:

        async def answer(request: Request, connection: Connection) -> None:
            code = asked_code(request)
            asked.write(f"{code[0]} {code[1]}\n")
            begun[code[0]] += 1
            text, held = text_of(code), begun[code[0]] > 2
            await asyncio.sleep(delay_s)
            while held and _hold_of(log).exists():  # noqa: ASYNC110 - another process deletes it
                await asyncio.sleep(0.05)
            await connection.stream(*_pieces(text), tokens=len(text.split()))

        async with scripted_server(answer, port) as server:
            await until(server.url)


async def _until_input_ends(url: str) -> None:
    sys.stdout.write(url.split(":")[2].split("/")[0] + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def asked_code(request: Request) -> Code:
    """The code of the page that a request is about."""
    (image,) = [part for part in request.json["messages"][-1]["content"] if part["type"] == "image_url"]
    return decode(base64.b64decode(image["image_url"]["url"].partition(",")[2]))


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), 40):
        yield text[start : start + 40]


def main() -> None:
    """Serve until standard input ends, as it does when the test that started this has ended."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--log", type=Path, required=True)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--delay", type=float, default=0.0)
    asked = options.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(asked.log, asked.port, _until_input_ends, asked.delay))


if __name__ == "__main__":
    main()
