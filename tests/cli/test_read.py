"""The command line, from files in to files and exit codes out, mostly with the real CPU engine."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import jsonschema
import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ocr.cli.read import main
from ocr.cli.terminal import Terminal
from ocr.config.arguments import NEVER
from ocr.config.command_line import settings_of
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.export import SCHEMA
from ocr.types import Document
from tests.conftest import ROOT, SAMPLES
from tests.documents.papers import letters_pdf, pdf, text_page
from tests.inference.scripted_server import Connection, Request, Scripted, scripted_in_a_thread, scripted_server
from tests.web.waiting import until

WORDS = ["Boxes and pages", "A second page", "The third one"]


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of three pages with a line of large type on each."""
    pages = []
    for words in WORDS:
        image = Image.new("L", (800, 300), 255)
        ImageDraw.Draw(image).text((60, 100), words, font=ImageFont.load_default(64), fill=0)
        pages.append(image)
    path = tmp_path_factory.mktemp("papers") / "paper.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def read(settings: Settings) -> int:
    """The exit code of a run in this process."""
    with Renderer() as renderer:
        return main(settings, renderer)


def read_back(folder: Path) -> dict[str, object]:
    result: dict[str, object] = json.loads((folder / "result.json").read_text())
    jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    return result


def test_cli_reads_a_document(paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both files are written, one line goes to stdout, nothing to stderr, and all is in page order."""
    assert read(Settings(files=(paper,), local=NEVER, quiet=True, out=tmp_path)) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'paper' / 'document.md'}\t3 pages\n"
    assert printed.err == ""
    result = read_back(tmp_path / "paper")
    assert result["server"] == {"url": None, "model": "tesseract"}
    assert [page["number"] for page in result["pages"]] == [1, 2, 3]  # type: ignore[attr-defined]
    text = (tmp_path / "paper" / "document.md").read_text()
    assert [text.index(words) for words in WORDS] == sorted(text.index(words) for words in WORDS)
    assert "![" not in text


def test_cli_turns_pages_upright(tmp_path: Path) -> None:
    """A scan that lies on its side is read as it should stand, its figures are cut from there, the result says so."""
    lies = tmp_path / "lies.jpg"
    with Image.open(SAMPLES / "receipt.jpg") as receipt:
        ImageOps.exif_transpose(receipt).transpose(Image.Transpose.ROTATE_270).save(lies, quality=95)
    out = tmp_path / "out"
    assert (
        read(
            Settings(
                request=ReadRequest(auto_rotate=True),
                files=(lies, SAMPLES / "letter.pdf"),
                local=NEVER,
                out=out,
                render_timeout=200,
            )
        )
        == 0
    )
    (page,) = read_back(out / "lies")["pages"]  # type: ignore[misc]
    assert (page["rotation"], page["width"] < page["height"]) == (270, True)
    truth = set((SAMPLES / "truth" / "receipt-1.txt").read_text().split())
    assert len(truth & set(page["raw"].split())) > len(truth) / 2
    (letter,) = read_back(out / "letter")["pages"]  # type: ignore[misc]
    assert letter["rotation"] == 0


def test_cli_blank_pages_and_missing_fonts(server_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many pages were blank is said; a page whose font is nowhere is asked for, and named with the font."""
    blank = pdf(tmp_path / "blank.pdf", b"", text_page(1), b"")
    lacking = letters_pdf(tmp_path / "lacking.pdf", "Calibri", "thai")
    assert read(Settings(files=(blank, lacking), server_url=(server_url,), out=tmp_path / "out")) == 0
    printed = capsys.readouterr()
    assert "blank/document.md\t3 pages, 2 blank\n" in printed.out
    assert "lacking.pdf" in printed.err
    assert "pages 1," in printed.err
    assert "Calibri" in printed.err
    (page,) = read_back(tmp_path / "out" / "lacking")["pages"]  # type: ignore[misc]
    assert (page["attempts"], page["missing_fonts"]) == (1, ["Calibri"])
    pages = read_back(tmp_path / "out" / "blank")["pages"]
    assert [page["missing_fonts"] for page in pages] == [[], [], []]  # type: ignore[attr-defined]


def test_cli_starts_the_engine(paper: Path, tmp_path: Path) -> None:
    """Without a server the CPU engine is started, and the terminal says so; without a traceback, with exit code 0."""
    done = subprocess.run(
        [sys.executable, "-m", "ocr", paper, "--pages", "2", "--out", tmp_path, "--local", "no"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/paper/document.md\t1 page\n")
    assert "Tesseract" in done.stderr
    assert re.search("--(server-url|local)", done.stderr), "it is said how LightOnOCR reads"
    assert [page["number"] for page in read_back(tmp_path / "paper")["pages"]] == [2]  # type: ignore[attr-defined]


def test_cli_equal_stems(paper: Path, server_url: str, tmp_path: Path) -> None:
    """Two documents of one stem get two folders."""
    settings = Settings(
        request=ReadRequest(pages="1"), files=(paper, paper), server_url=(server_url,), out=tmp_path, quiet=True
    )
    assert read(settings) == 0
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["paper", "paper-2"]


def test_cli_bad_document_among_good(
    paper: Path, server_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be opened is named with its reason; the others are still read; exit code 3."""
    bad = tmp_path / "bad.pdf"
    bad.write_text("hello")
    settings = Settings(
        request=ReadRequest(pages="1"),
        files=(bad, tmp_path / "missing.pdf", paper),
        server_url=(server_url,),
        out=tmp_path / "o",
    )
    assert read(settings) == 3
    printed = capsys.readouterr()
    assert "bad.pdf" in printed.err
    assert "missing.pdf does not exist" in printed.err
    assert "Traceback" not in printed.err
    assert read_back(tmp_path / "o" / "paper")


def test_cli_limits(server_url: str, tmp_path: Path) -> None:
    """Pages count that are asked for, so one of 5,001 is read in parts; each limit names the flag that raises it."""
    path = pdf(tmp_path / "long.pdf", *[text_page(1, lines=1)] * 5001)

    def run(*options: str) -> tuple[int, str, str]:
        command = [
            sys.executable,
            "-m",
            "ocr",
            str(path),
            "--server-url",
            server_url,
            "--out",
            str(tmp_path),
            *options,
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return done.returncode, done.stdout.partition("\t")[2], done.stderr

    assert run("--pages", "1,5000-") == (0, "3 pages\n", "")
    for options, words in (
        ((), ("has 5,001 pages; the limit is 5,000", "--max-pages")),
        (("--pages", "1-3", "--max-pages", "2"), ("3 pages of", "--max-pages")),
        (("--max-file-mb", "1"), ("MB; the limit is 1.0 MB", "--max-file-mb")),
        (("--render-timeout", "0.01"), ("could not be opened within", "--render-timeout")),
    ):
        if options[:1] == ("--max-file-mb",):
            os.truncate(path, 400_000_000)
        code, out, err = run(*options)
        assert (code, out) == (3, "")
        assert all(word in err for word in words), err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("pages", ["0", "b", "5-3", "7-"])
def test_cli_bad_page_range(
    pages: str, paper: Path, server_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        read(Settings(request=ReadRequest(pages=pages), files=(paper,), server_url=(server_url,), out=tmp_path / "o"))
        == 2
    )
    assert "1,3-5,8-" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"server_url": ("http://127.0.0.1:9/v1",)}, "Nothing answers"),
        ({"server_url": ("http://no-such-host.invalid",)}, "no-such-host.invalid"),
        ({"languages": "xxx", "local": "no"}, "xxx"),
        ({"model": "other", "local": "no"}, "It serves: tesseract"),
    ],
)
def test_cli_server_cannot_be_used(
    settings: dict[str, str], says: str, paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that cannot be used ends the run at once with 4 and says what to do."""
    assert read(settings_of({"files": (paper,), "out": tmp_path, **settings})) == 4
    assert says in capsys.readouterr().err


def test_cli_out_is_a_file(paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("")
    assert read(Settings(files=(paper,), out=tmp_path / "out")) == 2
    assert "--out" in capsys.readouterr().err


@pytest.fixture
async def refusing() -> AsyncIterator[tuple[Scripted, asyncio.Event]]:
    """A server that refuses the second page it is asked for, and hangs in the middle of the third (the event)."""
    hanging = asyncio.Event()

    async def script(request: Request, connection: Connection) -> None:
        match len(server.reads):
            case 1:
                await connection.stream("Whole", tokens=1)
            case 2:
                await connection.respond(400, {"error": {"message": "no image"}})
            case _:
                await connection.begin()
                await connection.chunk("Half")
                hanging.set()
                await connection.gone()

    async with scripted_server(script) as server:
        yield server, hanging


@pytest.mark.anyio
async def test_cli_page_fails(refusing: tuple[Scripted, asyncio.Event], paper: Path, tmp_path: Path) -> None:
    """A page that fails is marked; the rest is written; exit code 1."""
    server, _ = refusing
    done = await anyio.run_process(
        [sys.executable, "-m", "ocr", str(paper), "--server-url", server.url, "--concurrency", "1", "--pages", "-2",
         "--out", str(tmp_path)], cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.decode() == f"{tmp_path}/paper/document.md\t2 pages, 1 failed\n"
    assert "paper.pdf, page 2: " in done.stderr.decode()
    assert "no image" in done.stderr.decode()
    first, second = read_back(tmp_path / "paper")["pages"]  # type: ignore[misc]
    assert (first["finish"], first["markdown"], second["finish"]) == ("stop", "Whole", "failed")
    assert "<!-- page 2 failed -->" in (tmp_path / "paper" / "document.md").read_text()


@pytest.mark.anyio
async def test_cli_in_a_terminal(paper: Path, tmp_path: Path) -> None:
    """A bar from the first page on, gone at the end; what was written is told on standard output, past the bar."""
    shown = asyncio.Event()

    async def script(request: Request, connection: Connection) -> None:
        await shown.wait()
        if len(server.reads) == 1:
            await connection.stream("Whole", tokens=7)
        else:
            await connection.respond(400, {"error": {"message": "no image"}})

    terminal, theirs = os.openpty()
    async with scripted_server(script) as server:
        process = await anyio.open_process(
            [sys.executable, "-m", "ocr", str(paper), "--server-url", server.url, "--concurrency", "1", "--pages", "-2",
             "--out", str(tmp_path)], cwd=ROOT, env={**os.environ, "TERM": "xterm"}, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        said = b""
        async with process:
            while piece := await anyio.to_thread.run_sync(written, terminal):
                said += piece
                if b"0/2" in said:
                    shown.set()
            assert process.stdout
            assert await process.stdout.receive() == f"{tmp_path}/paper/document.md\t2 pages, 1 failed\n".encode()
    os.close(terminal)
    for words in (b"2/2", b"7 tokens", b"1 failed", b"paper.pdf, page 2: "):
        assert words in said
    assert said.rstrip().endswith(b"\x1b[2K")


def written(terminal: int) -> bytes:
    """What a process writes next into a terminal; nothing once it has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.anyio
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_cli_interrupted(
    number: int, refusing: tuple[Scripted, asyncio.Event], paper: Path, tmp_path: Path
) -> None:
    """Ctrl-C writes what was read, the text of the page in flight included; exit code 130."""
    server, hanging = refusing
    async with await anyio.open_process(
        [sys.executable, "-m", "ocr", str(paper), "--server-url", server.url, "--concurrency", "1", "--out",
         str(tmp_path)], cwd=ROOT,
    ) as process:  # fmt: skip
        await hanging.wait()
        os.kill(process.pid, number)
        assert await process.wait() == 130
    pages = read_back(tmp_path / "paper")["pages"]
    assert [page["finish"] for page in pages] == ["stop", "failed", "cancelled"]  # type: ignore[attr-defined]


def test_cli_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each format asked for is a file beside the figures, and no other; the first is the one that is told."""
    settings = Settings(
        request=ReadRequest(pages="2"), files=(SAMPLES / "article.pdf",), local=NEVER, out=tmp_path, quiet=True,
        formats=("html", "txt", "docx", "zip"),
    )  # fmt: skip
    assert read(settings) == 0
    folder = tmp_path / "article"
    assert capsys.readouterr().out == f"{folder / 'document.html'}\t1 page\n"
    assert sorted(file.name for file in folder.iterdir()) == [
        "document.docx", "document.html", "document.txt", "document.zip", "figures",
    ]  # fmt: skip
    html = (folder / "document.html").read_text()
    assert 'src="data:image/png;base64,' in html and "<table>" in html
    assert "Library green\t" in (folder / "document.txt").read_text()
    with zipfile.ZipFile(folder / "document.docx") as archive:
        body = archive.read("word/document.xml").decode()
        assert "<w:tbl>" in body and "<w:drawing>" in body


def test_cli_fault_of_ours_costs_one_format_of_one_document(
    paper: Path,
    server_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nobody foresaw while a document is opened or written: named, in the log, and the rest is there; exit 1."""

    def broken(*args: object) -> object:
        raise ZeroDivisionError

    async def opened(renderer: Renderer, path: Path, *, name: str, password: str | None) -> Document:
        return broken() if path.name == "odd.pdf" else await sound(renderer, path, name=name, password=password)  # type: ignore[return-value]

    sound = Renderer.open
    monkeypatch.setattr(Renderer, "open", opened)
    monkeypatch.setattr("ocr.export.html_document.document_html", broken)
    files = (tmp_path / "odd.pdf", paper)
    settings = Settings(
        request=ReadRequest(pages="1"), files=files, server_url=(server_url,), out=tmp_path, formats=("html", "json")
    )
    assert read(settings) == 1
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'paper' / 'result.json'}\t1 page\n"
    assert [line.split(":")[0] for line in printed.err.splitlines() if "internal error" in line] == [
        str(path) for path in files
    ]  # fmt: skip
    assert [path.name for path in (tmp_path / "paper").iterdir()] == ["result.json"]


def test_cli_formats_need_pandoc(
    paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pandoc no page is read in vain."""
    monkeypatch.setattr("ocr.export.formats.can_write_word", lambda: False)
    assert read(Settings(files=(paper,), out=tmp_path, formats=("docx",), quiet=True)) == 2
    assert "pandoc" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.anyio
async def test_cli_goes_on_where_it_was(
    refusing: tuple[Scripted, asyncio.Event], paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is killed keeps what it had read: started again it begins with the next page; --no-cache does not."""
    monkeypatch.delenv("OCR_CACHE")
    server, hanging = refusing
    command = [
        sys.executable, "-m", "ocr", str(paper), "--server-url", server.url, "--concurrency", "1", "--out",
        str(tmp_path / "out"), "--cache-dir", str(tmp_path / "kept"),
    ]  # fmt: skip
    for extra in ([], [], ["--no-cache"]):
        hanging.clear()
        async with await anyio.open_process([*command, *extra], cwd=ROOT) as process:
            await hanging.wait()
            process.kill()
            await process.wait()
    first, second, third, *later = [request.body for request in server.reads]
    assert later == [second, first]
    assert third not in (first, second)


@pytest.mark.anyio
async def test_cli_says_what_came_from_the_cache(paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run asks for the pages that the first left out; result and summary tell the others apart."""
    monkeypatch.delenv("OCR_CACHE")
    said: list[str] = []
    async with scripted_server(lambda _, connection: connection.stream("A page.", tokens=3)) as server:
        for pages in ("1,3", "1-3"):
            command = [
                sys.executable, "-m", "ocr", str(paper), "--server-url", server.url, "--pages", pages,
                "--out", str(tmp_path / pages), "--cache-dir", str(tmp_path / "kept"),
            ]  # fmt: skip
            said.append((await anyio.run_process(command, cwd=ROOT)).stdout.decode())
    cached = [[page["cached"] for page in read_back(tmp_path / pages / "paper")["pages"]] for pages in ("1,3", "1-3")]  # type: ignore[attr-defined]
    assert cached == [[False, False], [True, False, True]]
    assert ["from the cache" in line for line in said] == [False, True]
    assert "3 pages, 2 from the cache" in said[1]


PANDOC = """#!/bin/sh
while [ ! -e {asked} ]; do sleep 0.05; done
cat > /dev/null
cat {word}
"""


@pytest.mark.anyio
async def test_cli_pandoc_holds_up_no_page(paper: Path, tmp_path: Path) -> None:
    """While the first document's Word file is made, the second one is read; here pandoc waits for just that."""
    asked, word = tmp_path / "asked", tmp_path / "word.zip"
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pandoc"
    program.write_text(PANDOC.format(asked=asked, word=word))
    program.chmod(0o755)
    second = tmp_path / "second.pdf"
    shutil.copyfile(paper, second)

    async def script(request: Request, connection: Connection) -> None:
        if len(server.reads) == 4:
            asked.touch()
        await connection.stream("Whole", tokens=1)

    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    async with scripted_server(script) as server:
        done = await anyio.run_process(
            [sys.executable, "-m", "ocr", str(paper), str(second), "--server-url", server.url, "--concurrency", "1",
             "--pages", "-2", "--formats", "docx", "--out", str(tmp_path), "--no-cache"],
            cwd=ROOT, check=False, env={**os.environ, "PATH": path},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    lines = [f"{tmp_path}/{name}/document.docx\t2 pages" for name in ("paper", "second")]
    assert done.stdout.decode().splitlines() == lines


def test_cli_path_that_is_too_long(
    paper: Path, server_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No space has to be freed for that."""
    left = os.pathconf("/", "PC_PATH_MAX") - len(str(tmp_path)) - 16
    out = tmp_path.joinpath(*["d" * 99] * (left // 100), "d" * (left % 100))
    assert read(Settings(request=ReadRequest(pages="1"), files=(paper,), server_url=(server_url,), out=out)) == 1
    assert "Choose an --out with a shorter path." in capsys.readouterr().err


def command(server: Scripted, out: Path, *arguments: str | Path) -> list[str | Path]:
    """Reads the documents among the arguments, a page at a time unless they say otherwise."""
    python = (sys.executable, "-m", "ocr", "--server-url", server.url, "--concurrency", "1", "--out", out)
    return [*python, *arguments]


@pytest.mark.anyio
async def test_cli_waits_for_a_server_that_goes_away(paper: Path, tmp_path: Path) -> None:
    """A restart in mid-page costs no page and no attempt; it is said that the server is waited for and is back."""
    begun = asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The te")
        begun.set()
        await connection.gone()

    async with scripted_server(dying) as server:
        process = await asyncio.create_subprocess_exec(
            *command(server, tmp_path, paper), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await begun.wait()
    assert process.stderr
    async with asyncio.timeout(60):
        away = (await process.stderr.readline()).decode()
        port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
        async with scripted_server(lambda _, connection: connection.stream("The text.", tokens=2), port):
            _, err = await process.communicate()
    assert (process.returncode, len(err.splitlines())) == (0, 1)
    assert f"127.0.0.1:{port}" in away and f"127.0.0.1:{port}" in err.decode()
    pages = read_back(tmp_path / "paper")["pages"]
    assert [(page["raw"], page["attempts"]) for page in pages] == [("The text.", 1)] * 3  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_cli_says_that_another_model_answers(paper: Path, tmp_path: Path) -> None:
    """Once, however many pages; each page's result has the name of the one that answered."""

    async def other(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.line(json.dumps({"model": "somebody/else", "choices": [{"delta": {"content": "A page."}}]}))
        await connection.chunk(finish="stop")
        await connection.line("[DONE]")

    async with scripted_server(other) as server:
        done = await anyio.run_process(command(server, tmp_path, paper), cwd=ROOT)
    assert done.stderr.decode().count("somebody/else") == 1
    pages = read_back(tmp_path / "paper")["pages"]
    assert [page["answered_by"] for page in pages] == ["somebody/else"] * 3  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_cli_limits_of_an_answer(paper: Path, tmp_path: Path) -> None:
    """An answer without an end is given up after --page-timeout, which is named; what arrived is kept."""

    async def endless(request: Request, connection: Connection) -> None:
        await connection.begin()
        while not connection.reader.at_eof():
            await connection.chunk("word ")
            await asyncio.sleep(0.05)

    async with scripted_server(endless) as server:
        options = ("--page-timeout", "3", "--pages", "2")
        done = await anyio.run_process(command(server, tmp_path, paper, *options), cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "--page-timeout" in done.stderr.decode()
    (page,) = read_back(tmp_path / "paper")["pages"]  # type: ignore[misc]
    assert page["markdown"].startswith("word word")


def test_cli_counts_no_tokens_from_the_cache(paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn in the terminal counts what the server writes in this run, and the pages from the cache apart."""
    shown: list[dict[str, int]] = []
    monkeypatch.setattr(Terminal, "show", lambda _, **counts: shown.append(counts))
    with scripted_in_a_thread(lambda _, connection: connection.stream("A page.", tokens=3)) as server:
        for pages in ("1,3", "1-3"):
            assert (
                read(
                    Settings(
                        request=ReadRequest(pages=pages),
                        files=(paper,),
                        server_url=(server.url,),
                        out=tmp_path,
                        cache_dir=tmp_path,
                    )
                )
                == 0
            )
    assert [(one["tokens"], one["cached"]) for one in shown if one["ended"] == one["pages"]] == [(6, 0), (3, 2)]


@pytest.mark.anyio
async def test_cli_second_ctrl_c_waits_for_no_pandoc(paper: Path, tmp_path: Path) -> None:
    """The first one lets what is being written be written; the second ends all, though pandoc may take minutes."""
    program = tmp_path / "bin" / "pandoc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 100\n")
    program.chmod(0o755)
    second, heard = tmp_path / "second.pdf", asyncio.Event()
    shutil.copyfile(paper, second)

    async def script(request: Request, connection: Connection) -> None:
        if len(server.reads) <= 3:
            await connection.stream("A page.", tokens=3)
        else:
            await connection.gone()
            heard.set()

    async with scripted_server(script) as server:
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *command(server, tmp_path, paper, second, "--formats", "docx"),
            cwd=ROOT, stderr=subprocess.PIPE, env={**os.environ, "PATH": path},
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                await until(lambda: (tmp_path / "asked").exists() and len(server.reads) == 4)
                process.send_signal(signal.SIGINT)
                await heard.wait()
                assert process.returncode is None
                process.send_signal(signal.SIGINT)
                _, err = await process.communicate()
        finally:
            if process.returncode is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                await process.wait()
    assert process.returncode == 130
    assert b"Traceback" not in err


@pytest.mark.anyio
async def test_cli_starts_as_many_render_processes_as_it_is_told(paper: Path, tmp_path: Path) -> None:
    """However many pages could be rendered at once."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.gone()

    async with scripted_server(script) as server:
        arguments = command(server, tmp_path, paper, "--concurrency", "3", "--render-workers", "1")
        process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT)
        async with asyncio.timeout(60):
            await until(lambda: len(server.reads) == 3)
        lines = [" ".join(child.cmdline()) for child in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGINT)
        await process.wait()
    assert len([line for line in lines if "ocr.workers.worker_main" in line]) == 1, lines
