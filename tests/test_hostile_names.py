"""Names that nobody would choose, and terminals that cannot show them: the real command line, in real locales.

Every document is read and written whatever it is called; a name shows up in one harmless line, or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.export import SCHEMA
from tests.conftest import ROOT

LATIN_1 = os.fsdecode(b"caf\xe9.png")
HOSTILE = ("...png", "..png", "契約書.png", LATIN_1, "red\x1b[31m\nfake.md\t9 pages.png", "rtl\u202egnp.png")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = Image.new("L", (400, 120), 255)
    ImageDraw.Draw(image).text((20, 30), "Words", font=ImageFont.load_default(48), fill=0)
    path = tmp_path_factory.mktemp("page") / "page.png"
    image.save(path)
    return path


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Locales of our own making, for LOCPATH: few machines have any but UTF-8 ones."""
    folder = tmp_path_factory.mktemp("locales")
    for charmap in ("ISO-8859-1", "UTF-8"):
        name = str(folder / f"en_US.{charmap}")
        if (
            not shutil.which("localedef")
            or subprocess.run(["localedef", "-i", "en_US", "-f", charmap, name]).returncode
        ):
            pytest.skip("no locale can be made here: localedef or its sources are missing")
    return folder


def read(
    folder: Path, page: Path, names: tuple[str, ...], server_url: str, environ: Mapping[str, str], *more: str
) -> subprocess.CompletedProcess[bytes]:
    """Read copies of the page under these names, as `./NAME`, into `out` beside them."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, folder / name)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", "ocr", "--server-url", server_url, *(f"./{name}" for name in names), *more],
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT), **environ}, capture_output=True,
    )  # fmt: skip


def results(out: Path) -> list[str]:
    """The documents' names in the results, each of which is whole."""
    names = []
    for path in out.glob("*/result.json"):
        result = json.loads(path.read_bytes())
        jsonschema.validate(result, json.loads(SCHEMA.read_text()))
        assert [page["finish"] for page in result["pages"]] == ["stop"]
        names.append(result["document"]["name"])
    return sorted(names)


ENVIRONMENTS = {
    "UTF-8": {"LC_ALL": "C.UTF-8"},
    "C": {"LC_ALL": "C"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp1252": {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "cp1252"},
    "strict ASCII": {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii:strict"},
}


@pytest.mark.parametrize("environ", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_names_cost_no_document(environ: Mapping[str, str], page: Path, server_url: str, tmp_path: Path) -> None:
    """All are read; each has a folder right below --out, result.json with it, and one line on standard output."""
    done = read(tmp_path, page, HOSTILE, server_url, environ, "--formats", "md,json,html,zip")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.splitlines()
    assert len(lines) == len(HOSTILE)
    assert all(line.startswith(b"out/") and line.endswith(b"/document.md\t1 page") for line in lines)
    assert not set(range(9)) & set(done.stdout) and b"\x1b" not in done.stdout
    assert len(results(tmp_path / "out")) == len(HOSTILE)
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 4 * len(HOSTILE)
    assert {path.name for path in tmp_path.iterdir()} == {*HOSTILE, "out"}


@pytest.mark.parametrize("locale", ["en_US.ISO-8859-1", "en_US.UTF-8"])
def test_names_in_a_locale(locale: str, locales: Path, page: Path, server_url: str, tmp_path: Path) -> None:
    """A terminal of a strict encoding, and names in another one's bytes."""
    done = read(tmp_path, page, HOSTILE, server_url, {"LC_ALL": locale, "LOCPATH": str(locales)})
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, b"", len(HOSTILE))
    assert len(results(tmp_path / "out")) == len(HOSTILE)


def test_names_in_the_results(page: Path, server_url: str, tmp_path: Path) -> None:
    """What cannot be shown of a name is written as an escape; the rest is as it was."""
    read(tmp_path, page, (LATIN_1, "契約書.png", "a\nb.png"), server_url, {"LC_ALL": "C.UTF-8"})
    assert results(tmp_path / "out") == ["a\\x0ab.png", "caf\\xe9.png", "契約書.png"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a_b", "caf_", "契約書"}


def test_names_in_complaints(page: Path, server_url: str, tmp_path: Path) -> None:
    """A document that cannot be read is named by its whole path, in one line that moves no cursor."""
    name = "b/no\x1b[2J\r\nsuch :cat: [red]\\"
    shutil.copy(page, tmp_path / "good.png")
    (tmp_path / "out" / "b").mkdir(parents=True)
    done = read(tmp_path, page, ("good.png",), server_url, {"LC_ALL": "C.UTF-8"}, f"{name}.png")
    assert done.returncode == 3
    assert done.stderr.decode() == "b/no\\x1b[2J\\x0d\\x0asuch :cat: [red]\\.png does not exist. Check the path.\n"
    assert results(tmp_path / "out") == ["good.png"]


def test_names_that_are_equal_but_for_their_folders(page: Path, server_url: str, tmp_path: Path) -> None:
    """a/x.png and b/x.png keep apart, on disk and in what is said of them."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.png").write_text("words")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x-2").write_text("in the way")
    done = read(tmp_path, page, ("a/x.png", "c/x.png"), server_url, {}, "b/x.png")
    assert done.returncode == 3
    first, second = sorted(done.stderr.decode().splitlines())  # one is opened while the other is written
    assert first.startswith("b/x.png is plain text")
    assert second.startswith("c/x.png: ")
    assert "out/x-2 cannot be written: File exists" in second
    assert "--out" in second
    assert done.stdout.decode() == "out/x/document.md\t1 page\n"


def test_names_taken_for_options(page: Path, server_url: str, tmp_path: Path) -> None:
    """A glob may yield what looks like an option: it is refused, and reaches the terminal as harmlessly."""
    done = read(tmp_path, page, ("a.png",), server_url, {}, "-\x1b[2J.png")
    assert done.returncode == 2
    assert b"-\\x1b[2J.png" in done.stderr
    assert b"\x1b" not in done.stderr


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("end", ["reader gone", "disk full"])
def test_names_told_to_nobody(stream: str, end: str, page: Path, server_url: str, tmp_path: Path) -> None:
    """A pipe whose reader has gone or a full disk under standard output costs the lines, not the documents."""
    for name in ("a.png", "b.png"):
        shutil.copy(page, tmp_path / name)
    (tmp_path / "bad.png").write_text("words")
    if end == "reader gone":
        reader, target = os.pipe()
        os.close(reader)
    elif not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    else:
        target = os.open("/dev/full", os.O_WRONLY)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: target}
    done = subprocess.run(
        [sys.executable, "-m", "ocr", "a.png", "bad.png", "b.png", "--server-url", server_url],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, **streams,
    )  # fmt: skip
    os.close(target)
    assert done.returncode == 3
    assert results(tmp_path / "out") == ["a.png", "b.png"]
    if stream == "stderr":
        assert len(done.stdout.splitlines()) == 2
    else:
        told = done.stderr.decode()
        assert "Traceback" not in told
        assert ("Standard output cannot be written" in told) == (end == "disk full")
