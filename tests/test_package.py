"""The wheel, installed where nothing else is: what each extra is needed for, and that no file is missing.

tests/browser/test_installed_page.py opens the page of an installed package.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import shlex
import shutil
import subprocess
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, SAMPLES
from tests.inference.scripted_server import scripted_server
from tests.installed_package import LETTER, Environment, answer_letter, build_wheel, install

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def small(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Without any extra."""
    return install(wheel, tmp_path_factory.mktemp("small") / "env")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


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
    """requirements.txt, which a Space installs, is the package with its page, its CPU engine and OpenCV."""
    extras = PROJECT["optional-dependencies"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert {line for line in lines if not line.startswith("#")} == {
        *PROJECT["dependencies"], *extras["app"], *extras["cpu"], *extras["photos"]
    }  # fmt: skip
    assert {line.replace("[mcp]", "") for line in extras["mcp"]} == set(extras["app"])


def test_package_scale_is_small() -> None:
    """What the extras for reading at scale bring, in the versions installed here, is neither an engine nor pandas."""
    extras = PROJECT["optional-dependencies"]
    waiting = [Requirement(line) for name in ("scale", "s3", "warc") for line in extras[name]]
    brought: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if (name := canonicalize_name(wanted.name)) in brought:
            continue
        brought.add(name)
        for requirement in map(Requirement, requires(wanted.name) or ()):
            if not requirement.marker or any(
                requirement.marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}
            ):
                waiting.append(requirement)
    assert {"datatrove", "pyarrow", "aiobotocore", "huggingface-hub"} <= brought
    assert not {"torch", "vllm", "pandas", "ray", "gradio", "transformers"} & brought


async def test_package_reads_at_scale(wheel: Path, tmp_path: Path) -> None:
    """With the extra `scale` alone, which keeps an installation without an engine below 400 MB."""
    scale = await asyncio.to_thread(install, wheel, tmp_path / "env", "[scale]")
    (packages,) = scale.folder.glob("lib/python*/site-packages")
    brought = {path.name for path in packages.iterdir()}
    assert {"datatrove", "pyarrow"} <= brought
    assert not {"torch", "vllm", "pandas", "ray", "gradio", "transformers"} & brought
    assert sum(path.stat().st_size for path in packages.rglob("*") if path.suffix != ".pyc") < 400e6
    async with scripted_server(answer_letter) as server:
        done = await scale.run(
            "pagelight", "batch", str(SAMPLES / "letter.pdf"), "--out", "read", "--server-url", server.url
        )  # fmt: skip
    assert (done.returncode, done.stdout.startswith("read\t1 page, ")) == (0, True), done.stderr


def test_package_messages() -> None:
    """Whatever names setup.sh, which is not in the package, says that it is for a checkout."""
    named = []
    for path in sorted((ROOT / "ocr").rglob("*.py")):
        tree = ast.parse(path.read_text())
        comments = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in comments]
        named += [(path, text.value) for text in texts if isinstance(text.value, str) and "./setup.sh" in text.value]
    assert len(named) > 4
    assert [(path.name, text) for path, text in named if "in a checkout" not in text] == [
        ("extras.py", "`./setup.sh {command}` or `{pip}` installs what is missing."),  # said in a checkout alone
    ]


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
    for name in ("gradio", "fastapi", "starlette", "uvicorn", "tesserocr", "pypandoc"):
        assert (await small.run("python", "-c", f"import {name}")).returncode == 1, name


async def test_package_reads(small: Environment) -> None:
    """A sample becomes Markdown, JSON, HTML and text."""
    async with scripted_server(answer_letter) as server:
        done = await small.run(
            "pagelight", str(SAMPLES / "letter.pdf"), "--server-url", server.url, "--formats", "md,json,html,txt",
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "out/letter/document.md\t1 page\n"), done.stderr
    words = LETTER.split()[:5]
    for name in ("document.md", "document.html", "document.txt"):
        assert all(word in small.text_of(f"out/letter/{name}") for word in words)
    assert json.loads(small.text_of("out/letter/result.json"))["pages"][0]["finish"] == "stop"


async def test_package_checks_a_server(small: Environment) -> None:
    """The page that it reads for that is in the package, and so is its text."""
    async with scripted_server(answer_letter) as server:
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
        (["letter.pdf", "--photos", "on", "--server-url", "http://127.0.0.1:9"], "photos"),
        (["letter.pdf", "--formats", "docx", "--server-url", "http://127.0.0.1:9"], "word"),
        (["letter.pdf", "--formats", "pdf", "--server-url", "http://127.0.0.1:9"], "pdf"),
        (["batch", "letter.pdf", "--out", "read", "--server-url", "http://127.0.0.1:9"], "scale"),
        (["batch", "status", "read"], "scale"),
    ],
    ids=["web", "cpu", "auto-rotate", "photos", "word", "pdf", "batch", "status"],
)
async def test_package_says_how_to_install_what_is_missing(
    small: Environment, arguments: list[str], extra: str
) -> None:
    """Before anything is read, without a traceback, by packages that exist whatever our own is called in an index."""
    shutil.copy(SAMPLES / "letter.pdf", small.folder)
    done = await small.run("pagelight", *arguments)
    assert done.returncode == 2, done.stderr
    command = f"pip install {shlex.join(PROJECT['optional-dependencies'][extra])}"
    assert command in " ".join(done.stderr.split())
    assert "setup.sh" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("program", [["pagelight"], ["python", "-m", "ocr"]], ids=["pagelight", "module"])
async def test_package_help(small: Environment, program: list[str]) -> None:
    """The help names the command that was typed."""
    for command in ([], ["web"], ["check"], ["serve-command"], ["batch"]):
        done = await small.run(*program, *command, "--help")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"usage: {' '.join([*program, *command])} ")
