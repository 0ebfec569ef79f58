"""ocrmypdf_plugin.py: OCRmyPDF reads with the CPU engine and with a server, and says what is wrong as it says it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from ocrmypdf.exceptions import BadArgsError, InputFileError, SubprocessOutputError
from ocrmypdf.hocrtransform import HocrParser
from PIL import Image, ImageChops

from bench.searchable import DARK, SCALE, marked_words
from ocr.ocrmypdf_plugin import PagelightEngine, PagelightOptions, _kept, _read, add_options, get_ocr_engine
from tests.conftest import ROOT, SAMPLES
from tests.inference.scripted_server import MODELS, Connection, Request, scripted_in_a_thread

ANSWER = "![title](100,50,900,90) A title\n\n![text](100,100,480,400) Some words"
UNREACHABLE = "http://127.0.0.1:9"
"""The discard port, where nothing listens."""


def options(**given: Any) -> Any:
    """What the engine looks at of OCRmyPDF's options."""
    return SimpleNamespace(ocr_engine="pagelight", languages=["eng"], pagelight=PagelightOptions(**given))


async def answers(request: Request, connection: Connection) -> None:
    if request.path.endswith("/models"):
        await connection.respond(200, MODELS)
    else:
        await connection.stream(ANSWER)


@pytest.fixture(autouse=True)
def worker() -> Iterator[None]:
    """A test's thread is a worker of OCRmyPDF's, whose reader ends with it."""
    yield
    if reader := vars(_kept).pop("reader", None):
        reader.close()
    vars(_kept).clear()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    drawn = Image.new("L", (850, 1100), "white")
    drawn.paste(0, (100, 100, 500, 160))
    drawn.save(path, dpi=(100, 100))
    return path


def ocrmypdf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocr.ocrmypdf_plugin", "--ocr-engine", "pagelight"]
    rest = ["--output-type", "pdf", "--optimize", "0", *map(str, arguments)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, *rest], env=environ, capture_output=True, text=True, timeout=240)


def opened(path: Path) -> tuple[list[str], Image.Image]:
    with pypdfium2.PdfDocument(path) as made:
        text: str = made[0].get_textpage().get_text_range()
        return text.split(), made[0].render().to_pil().convert("RGB")


def test_plugin_with_the_cpu_engine(tmp_path: Path) -> None:
    """A scan becomes searchable, looks as it did, and no program but OCRmyPDF is asked for."""
    done = ocrmypdf("--sidecar", tmp_path / "a.txt", SAMPLES / "letter.pdf", tmp_path / "a.pdf")
    assert done.returncode == 0, done.stderr
    assert "tesseract" not in done.stderr
    words, seen = opened(tmp_path / "a.pdf")
    assert words[:3] == ["Halvern", "Park", "Committee"] and {"Ines", "Marlow"} <= set(words)
    assert ImageChops.difference(seen, opened(SAMPLES / "letter.pdf")[1]).getbbox() is None
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as made:
        image = made[0].render(scale=SCALE).to_pil().convert("L")
        boxes = [box for _, box in marked_words(made[0])]
    assert all(image.crop(box).getextrema()[0] < DARK for box in boxes), "words stand where Tesseract measured them"
    assert "Halvern Park Committee" in (tmp_path / "a.txt").read_text()


def test_plugin_exit_code(tmp_path: Path) -> None:
    """What keeps a server from reading is said with the next step, and no file is written."""
    done = ocrmypdf("--pagelight-server", UNREACHABLE, SAMPLES / "letter.pdf", tmp_path / "a.pdf")
    assert done.returncode == SubprocessOutputError.exit_code
    assert "Nothing answers" in done.stderr
    assert not (tmp_path / "a.pdf").exists()


def test_plugin_with_a_server(image: Path) -> None:
    """The tree is in pixels of OCRmyPDF's image; model and key are those of the options."""
    with scripted_in_a_thread(answers) as server:
        given = options(server=server.url, model="lightonai/LightOnOCR-3-1B", api_key="secret")
        page, text = PagelightEngine.generate_ocr(image, given, 4)
        asked = server.requests[-1]
    assert text == "A title\n\nSome words\n"
    assert page.bbox and (page.bbox.width, page.bbox.height, page.page_number) == (850, 1100, 4)
    assert page.dpi == pytest.approx(100, abs=0.1)
    assert [word.text for word in page.words] == ["A", "title", "Some", "words"]
    title = page.paragraphs[0].bbox
    assert title and (title.left, title.top, title.right, title.bottom) == pytest.approx((85, 55, 765, 99))
    assert asked.headers["authorization"] == "Bearer secret"


def test_plugin_keeps_its_reader(image: Path) -> None:
    """Pages are read with the same connections, until other options are given."""
    with scripted_in_a_thread(answers) as server:
        for key in ("first", "first", "second"):
            PagelightEngine.generate_ocr(image, options(server=server.url, api_key=key))
        keys = [one.headers["authorization"] for one in server.requests if one.path.endswith("/models")]
    assert keys == ["Bearer first", "Bearer second"]


def test_plugin_languages_that_are_not_there(image: Path) -> None:
    """A server reads any; only where the words stand is not looked for then."""
    with scripted_in_a_thread(answers) as server:
        given = options(server=server.url)
        given.languages = ["xxx"]
        assert PagelightEngine.generate_ocr(image, given)[1] == "A title\n\nSome words\n"


def test_plugin_hocr(image: Path, tmp_path: Path) -> None:
    with scripted_in_a_thread(answers) as server:
        written = tmp_path / "a.hocr", tmp_path / "a.txt"
        PagelightEngine.generate_hocr(image, *written, options(server=server.url))
    page = HocrParser(written[0]).parse()
    assert page.bbox and (page.bbox.width, page.bbox.height) == (850, 1100)
    assert page.get_text_recursive() == "A title Some words"
    assert written[1].read_text() == "A title\n\nSome words\n"


def test_plugin_errors(image: Path, tmp_path: Path) -> None:
    """Each of ours is one of OCRmyPDF's, with its exit code."""
    with pytest.raises(SubprocessOutputError, match="Nothing answers"):
        PagelightEngine.generate_ocr(image, options(server=UNREACHABLE))
    with pytest.raises(BadArgsError, match="URL"):
        PagelightEngine.generate_ocr(image, options(server="not a server"))
    with pytest.raises(BadArgsError, match="sandwich"):
        PagelightEngine.generate_pdf(image, tmp_path / "a.pdf", tmp_path / "a.txt", options())
    broken = tmp_path / "broken.png"
    broken.write_bytes(image.read_bytes()[:60])
    with pytest.raises(InputFileError):
        _read(broken, options())


def test_plugin_is_chosen_by_name() -> None:
    """It stands beside OCRmyPDF's own engines, and reads only where it is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ocr-engine", choices=["auto", "none"], default="auto")
    add_options(parser)
    assert parser.parse_args(["--ocr-engine", "pagelight", "--pagelight-model", "m"]).pagelight_model == "m"
    given: Any = options()
    assert isinstance(get_ocr_engine(given), PagelightEngine)
    given.ocr_engine = "auto"
    assert get_ocr_engine(given) is None and get_ocr_engine(None) is None
    assert str(PagelightEngine()) == PagelightEngine.creator_tag(given)
