"""The wheel, installed where nothing else is: what each extra is needed for, and that no file is missing.

The environments are real and share nothing: `uv` installs the wheel and what it depends on, in the versions of the
developers' lock, out of the cache into which `./setup.sh test` has put them before. An environment takes two seconds;
the first import of Gradio in it, which compiles everything, takes six seconds of CPU.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from gradio_client import Client as ApiClient
from gradio_client import handle_file

from tests.conftest import ROOT, SAMPLES
from tests.inference.scripted_server import Connection, Request, scripted_server

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LETTER = (SAMPLES / "truth" / "letter-1.txt").read_text()


@dataclass(frozen=True)
class Environment:
    """A Python environment, and a folder outside the checkout where its commands run."""

    folder: Path

    async def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One of its programs, with nothing of ours in its environment."""
        program, *arguments = command
        return await asyncio.to_thread(
            subprocess.run, [self.folder / "bin" / program, *arguments], cwd=self.folder, env=self.variables,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    @property
    def variables(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "OCR_CACHE": "no"}

    def write(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def uv(*arguments: str | Path) -> None:
    """The uv that setup.sh uses."""
    program = shutil.which("uv") or ROOT / ".venv-uv" / "bin" / "uv"
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def installed(folder: Path, wheel: Path, extras: str) -> Environment:
    uv("venv", "--quiet", "--python", sys.executable, folder)
    lock = ROOT / "requirements-dev.lock"
    uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", "--constraints", lock, f"{wheel}{extras}")
    return Environment(folder)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--quiet", "--wheel", "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def small(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Without any extra."""
    return installed(tmp_path_factory.mktemp("small") / "env", wheel, "")


@pytest.fixture(scope="module")
def page(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """With the page, but not the CPU engine."""
    return installed(tmp_path_factory.mktemp("page") / "env", wheel, "[app]")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


async def letter(request: Request, connection: Connection) -> None:
    """A server that answers every page with the sample letter's text."""
    await connection.stream(LETTER, tokens=100)


def test_package_holds_every_file(wheel: Path) -> None:
    """All modules and data files of ocr/ and the samples that the page offers, and nothing else."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "ocr"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    samples = {name for name in held if name.startswith("ocr/samples/")}
    assert held - samples == set(tracked.stdout.splitlines())
    assert {Path(name).name for name in samples} >= {"article.pdf", "letter.pdf", "receipt.jpg"}


def test_package_requirements_agree() -> None:
    """requirements.txt, which a Space installs, is the package with its page and its CPU engine."""
    extras = PROJECT["optional-dependencies"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert {line for line in lines if not line.startswith("#")} == {
        *PROJECT["dependencies"], *extras["app"], *extras["cpu"]
    }  # fmt: skip
    assert {line.replace("[mcp]", "") for line in extras["mcp"]} == set(extras["app"])


def test_package_readme(metadata: Message) -> None:
    """It begins with its title, and refers to nothing that is in the repository alone."""
    text = metadata.get_payload()
    assert isinstance(text, str)
    assert text.lstrip().startswith("# Pagelight\n")
    assert "sdk_version" not in text and "<img" not in text and "<!--" not in text
    assert re.findall(r"\]\((?!https?://|#)[^)]*\)", text) == []


async def test_package_is_small(small: Environment) -> None:
    """Reading through a server needs none of these."""
    done = await small.run("python", "-c", "from importlib.util import find_spec as f; print(f('ocr').origin)")
    assert str(small.folder) in done.stdout
    for name in ("gradio", "fastapi", "starlette", "uvicorn", "tesserocr", "rapidfuzz", "pypandoc"):
        assert (await small.run("python", "-c", f"import {name}")).returncode == 1, name


async def test_package_reads(small: Environment) -> None:
    """A sample becomes Markdown, JSON, HTML and text."""
    async with scripted_server(letter) as server:
        done = await small.run(
            "pagelight", str(SAMPLES / "letter.pdf"), "--server-url", server.url, "--formats", "md,json,html,txt",
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "out/letter/document.md\t1 page\n"), done.stderr
    words = LETTER.split()[:5]
    for name in ("document.md", "document.html", "document.txt"):
        assert all(word in small.write(f"out/letter/{name}") for word in words)
    assert json.loads(small.write("out/letter/result.json"))["pages"][0]["finish"] == "stop"


async def test_package_checks_a_server(small: Environment) -> None:
    """The page that it reads for that is in the package, and so is its text."""
    async with scripted_server(letter) as server:
        done = await small.run("pagelight", "check", server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.reads
    assert f"pagelight web --server-url {server.url}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["web"], "app"),
        (["letter.pdf"], "cpu"),
        (["letter.pdf", "--auto-rotate", "--server-url", "http://127.0.0.1:9"], "cpu"),
        (["letter.pdf", "--formats", "docx", "--server-url", "http://127.0.0.1:9"], "word"),
    ],
    ids=["web", "cpu", "auto-rotate", "word"],
)
async def test_package_names_the_extra_that_is_missing(small: Environment, arguments: list[str], extra: str) -> None:
    """Before anything is read, without a traceback."""
    shutil.copy(SAMPLES / "letter.pdf", small.folder)
    done = await small.run("pagelight", *arguments)
    assert done.returncode == 2, done.stderr
    assert f"pip install 'pagelight[{extra}]'" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("program", [["pagelight"], ["python", "-m", "ocr"]], ids=["pagelight", "module"])
async def test_package_help(small: Environment, program: list[str]) -> None:
    """The help names the command that was typed."""
    for command in ([], ["web"], ["check"], ["serve-command"]):
        done = await small.run(*program, *command, "--help")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"usage: {' '.join([*program, *command])} ")


async def test_package_opens_the_page(page: Environment) -> None:
    """The page of an installed package comes with its styles and samples, and reads a document."""
    async with scripted_server(letter) as server:
        process = await asyncio.create_subprocess_exec(
            page.folder / "bin" / "pagelight", "web", "--port", "0", "--server-url", server.url,
            cwd=page.folder, env=page.variables, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        try:
            async with asyncio.timeout(120):
                line = (await process.stdout.readline()).decode()
            assert line.startswith("Pagelight is at "), line
            url = line.split()[-1]
            client = await asyncio.to_thread(ApiClient, url, verbose=False, analytics_enabled=False)
            shown = json.dumps(client.config, ensure_ascii=False)
            for sample in ("article.pdf", "letter.pdf", "receipt.jpg"):
                assert sample in shown
            read = await asyncio.to_thread(client.predict, handle_file(SAMPLES / "letter.pdf"), api_name="/read")
            client.close()
        finally:
            process.terminate()
            await process.communicate()
    (only,) = read["result"]["pages"]
    assert LETTER.split()[0] in only["markdown"]
