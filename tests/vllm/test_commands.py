"""Every `vllm serve` that we print, or that a text shows, is understood by the real vLLM's own parser."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from ocr.cli.commands import parse_serve
from ocr.config.profiles import CHECKPOINTS
from ocr.config.settings import DEFAULT_MODEL
from ocr.config.vllm_command import serve_command
from tests.conftest import ROOT, VLLM

TEXTS = [ROOT / "README.md", *sorted((ROOT / "deploy").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
GUARD = ("--", "--middleware", "keyed.KeyEverywhere")
PARSE = """
import argparse, contextlib, io, json, sys
from vllm.entrypoints.cli.serve import cmd_init
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = FlexibleArgumentParser()
subparsers = parser.add_subparsers(dest="subparser")
for command in cmd_init():
    command.subparser_init(subparsers)
for words in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words[1:])
    except (SystemExit, Exception) as error:
        print("REFUSED", json.dumps(words), said.getvalue()[-300:], error)
print("DONE")
"""


def shown(text: str) -> list[list[str]]:
    """The `vllm serve` commands in a text's code blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("vllm serve")]


def handed_on(text: str) -> list[list[str]]:
    """What the examples in a text hand on to vLLM after `--`, as commands of their own."""
    examples = re.findall(r"(?:start\.sh|--local)[^\n`]* -- ([^\n`]+)", text) + re.findall(r"`-- (--[^`]+)`", text)
    return [["vllm", "serve", DEFAULT_MODEL, *shlex.split(example, comments=True)] for example in examples]


def written() -> list[list[str]]:
    """Every command there is: for each model as printed, in the texts, in the compose file."""
    options = itertools.product([c.id for c in CHECKPOINTS], [(), ("--fast-boot",)], [(), ("--behind-proxy",)])
    printed = [serve_command(parse_serve([model, *fast, *proxy, *GUARD], {})) for model, fast, proxy in options]
    compose = yaml.safe_load((ROOT / "deploy" / "docker" / "compose.yaml").read_text())
    texts = [text.read_text() for text in TEXTS]
    return [
        *map(shlex.split, printed),
        *itertools.chain.from_iterable(map(shown, texts)),
        *itertools.chain.from_iterable(map(handed_on, texts)),
        ["vllm", "serve", *compose["services"]["vllm"]["command"]],
    ]


def parsed_by_vllm(commands: list[list[str]]) -> list[str]:
    """What vLLM says of the commands: a line for each that it refuses."""
    done = subprocess.run(
        [Path(VLLM).parent / "python", "-c", PARSE], input=json.dumps(commands), capture_output=True, text=True
    )
    assert done.stdout.endswith("DONE\n"), done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("REFUSED")]


def test_commands_are_understood() -> None:
    """None is refused but the wrong one, by which the test is seen to be able to fail."""
    (refused,) = parsed_by_vllm([*written(), ["vllm", "serve", "x", "--no-such-option"]])
    assert "--no-such-option" in refused


def test_commands_in_texts_are_found() -> None:
    """The documentation's and RunPod's commands are among them, and the example after `--`."""
    models, runpod = ((ROOT / path).read_text() for path in ("docs/models.md", "deploy/runpod/README.md"))
    assert len(shown(models)) == 1
    (served,) = shown(runpod)
    assert served == shlex.split(serve_command(parse_serve(["--host", "0.0.0.0", "--behind-proxy"], {})))
    assert ["--max-num-seqs", "64"] in [command[3:] for command in handed_on(runpod)]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_python_m_ocr(text: Path) -> None:
    """`python -m ocr …` and `python app.py …` in the texts name options that exist."""
    from ocr.batch.batch_command import parser
    from ocr.config.command_line import flag, options

    batch = set(re.findall(r"--[a-z-]+", parser({}).format_help()))
    known = {flag(option) for program in ("app", "cli") for option in options(program)}  # type: ignore[arg-type]
    known |= {"--wait", "--host", "--port", "--fast-boot", "--behind-proxy", "--json", "--help", "--version"}
    for line in re.findall(r"python (?:-m ocr|app\.py)([^\n`|]*)", text.read_text()):
        ours = line.split(" -- ")[0]
        named = set(re.findall(r"(?<!\S)--[a-z-]+", ours))
        assert named <= (batch if ours.startswith(" batch ") else known)
