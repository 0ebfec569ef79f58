"""The real llama-server's starts and ends: what is explained, and that nothing stays."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from ocr import errors
from ocr.engines.llamacpp import llama_command
from ocr.engines.local import program
from ocr.engines.select import running_server
from tests.conftest import ROOT, SAMPLES
from tests.llamacpp.conftest import MMPROJ, MODEL, llama_settings
from tests.tiny_model.model import CHECKPOINT, NAMES, WHOLE

LETTER = WHOLE[0]


@pytest.fixture
def weights(gguf: Path, tmp_path: Path) -> Path:
    """Weights of one's own, to be spoilt."""
    return Path(shutil.copytree(gguf, tmp_path / "weights"))


def failure(folder: Path, **changed: object) -> errors.EngineFailed:
    """The error of a start that fails."""
    with pytest.raises(errors.EngineFailed) as failed, running_server(llama_settings(folder, **changed)) as server:
        assert server.local
        server.local.follow(lambda _: None)
    assert failed.value.exit_code == 4
    return failed.value


def cut(path: Path, bytes_left: int) -> None:
    path.write_bytes(path.read_bytes()[:bytes_left])


def rename(path: Path, old: bytes, new: bytes) -> None:
    assert len(old) == len(new)
    path.write_bytes(path.read_bytes().replace(old, new))


@pytest.mark.parametrize("name", [MODEL, MMPROJ])
@pytest.mark.parametrize("bytes_left", [150_000, 100])
def test_starting_half_a_download(weights: Path, name: str, bytes_left: int) -> None:
    """A file that was not downloaded to its end is called that."""
    cut(weights / name, bytes_left)
    error = failure(weights)
    assert type(error) is errors.BadWeights
    assert "fetch it again" in error.next_step


def test_starting_pieces_that_do_not_belong_together(weights: Path) -> None:
    """The mmproj of another model."""
    rename(weights / MMPROJ, b"mm.2.weight", b"mm.3.weight")
    assert "llama-server" in str(failure(weights))


@pytest.mark.parametrize(
    ("name", "old", "new"), [(MODEL, b"qwen3", b"qwen9"), (MMPROJ, b"lightonocr", b"lightonxyz")], ids=["words", "eyes"]
)
def test_starting_unknown_model(weights: Path, name: str, old: bytes, new: bytes) -> None:
    """An architecture or a projector that this llama.cpp does not know is named."""
    rename(weights / name, old, new)
    error = failure(weights)
    assert type(error) is errors.UnsupportedModel
    assert new.decode() in error.message


@pytest.mark.parametrize("arguments", [("--nonsense",), ("--ctx-size", "many")])
def test_starting_bad_option(weights: Path, arguments: tuple[str, ...]) -> None:
    error = failure(weights, server_args=arguments)
    assert type(error) is errors.BadOption
    assert arguments[0] in error.message


def test_starting_taken_port(gguf: Path) -> None:
    """A port of the user's own that is taken, or one that another program took meanwhile."""
    with socket.create_server((program.HOST, 0)) as taken:
        error = failure(gguf, server_args=("--port", str(taken.getsockname()[1])))
    assert type(error) is errors.PortInUse


def test_starting_out_of_memory(gguf: Path) -> None:
    """A context that no memory holds."""
    command = f'sh -c \'ulimit -v 4000000; exec "$0" "$@"\' {llama_command.find_llama_server()[0]}'
    error = failure(gguf, llama_command=command, max_model_len=16_000_000)
    assert type(error) is errors.OutOfMemory
    assert "--max-model-len" in error.next_step


def test_starting_without_instructions(gguf: Path) -> None:
    """A program built for a newer processor dies of signal 4."""
    error = failure(gguf, llama_command="sh -c 'kill -ILL $$'")
    assert type(error) is errors.UnsupportedProcessor
    assert "--llama-command" in error.next_step


@pytest.mark.parametrize("missing", [MODEL, MMPROJ])
def test_starting_without_a_file(weights: Path, missing: str) -> None:
    """Said before anything is started."""
    (weights / missing).unlink()
    assert type(failure(weights)) is errors.NoSuchModel


def test_starting_no_such_file(weights: Path) -> None:
    error = failure(weights / "nothing.gguf")
    assert type(error) is errors.NoSuchModel
    assert "nothing.gguf" in error.message


def test_starting_by_the_command_line(gguf: Path, tmp_path: Path) -> None:
    """Stages on stderr, the page in the folder, no process left."""
    said, below = "", []
    command = [sys.executable, "-m", "ocr", SAMPLES / "letter.pdf", "--out", tmp_path, "--local", gguf / MODEL, "--"]
    with subprocess.Popen(
        [*command, "--alias", NAMES[0]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        for line in process.stderr or ():
            said += line
            if line.endswith(" s  ready\n"):
                below = psutil.Process(process.pid).children(recursive=True)
    assert process.returncode == 0, said
    stages = re.findall(r"^ *\d+ s  (.+)$", said, re.MULTILINE)
    assert stages[-1] == "ready"
    assert len(stages) == len(set(stages))
    assert LETTER.answer in (tmp_path / "letter" / "document.md").read_text()
    assert any("llama-server" in name for name in map(str, said.splitlines()))
    assert below
    assert [child for child in below if child.is_running()] == []


def test_starting_from_a_checkpoint(tmp_path: Path) -> None:
    """What a user has fine-tuned is converted by its first start, then read with; the second start converts nothing."""
    command = [sys.executable, "-m", "ocr", SAMPLES / "letter.pdf", "--local", CHECKPOINT, "--engine", "llamacpp"]
    written = []
    for out in ("first", "second"):
        done = subprocess.run(
            [*command, "--out", tmp_path / out, "--", "--alias", NAMES[0]],
            capture_output=True, text=True, cwd=ROOT, env=os.environ | {"HF_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert LETTER.answer in (tmp_path / out / "letter" / "document.md").read_text()
        written.append({path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.gguf")})
    assert len(written[0]) == 2
    assert written[0] == written[1]


PARENT = """
import signal, sys
from ocr.config.settings import Settings
from ocr.engines.select import running_server
from ocr.engines.startup_log import follow_start
with running_server(Settings(local=sys.argv[1])) as server:
    follow_start(server, str)
    print(server.local.guard_pid, flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_starting_leaves_no_orphan(gguf: Path, end: signal.Signals) -> None:
    """However the program ends, llama-server ends with it."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, gguf], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout
        guard = psutil.Process(int(parent.stdout.readline()))
        started = [guard, *guard.children(recursive=True)]
        assert any(process.name() == "llama-server" for process in started)
        parent.send_signal(end)
        parent.wait(30)
    assert psutil.wait_procs(started, timeout=20)[1] == []


@pytest.mark.parametrize(
    ("end", "when"),
    [(signal.SIGKILL, "ready"), (signal.SIGTERM, "Pagelight is at"), (signal.SIGINT, "Pagelight is at")],
    ids=["killed-serving", "terminated-loading", "interrupted-loading"],
)
def test_starting_app_ends(gguf: Path, end: signal.Signals, when: str) -> None:
    """However the app ends, and whenever, llama-server and all that is below it end with it; it answers meanwhile."""
    command, program = [sys.executable, "app.py", "--port", "0", "--local", gguf], "llama-server"
    if when != "ready":
        program = "sleep"
        command += ["--llama-command", "sh -c '[ $0 = --list-devices ] || sleep 1000'"]  # a start that takes long
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as app:  # fmt: skip
        assert app.stdout
        said = ""
        while when not in said:
            line = app.stdout.readline()
            assert line, said
            said += line
        url = re.search(r"http://\S+", said)
        if url:
            assert httpx.get(url[0], trust_env=False, timeout=60).status_code == 200
        below: list[psutil.Process] = []
        while program not in {process.name() for process in below}:
            assert app.poll() is None
            below = psutil.Process(app.pid).children(recursive=True)
        app.send_signal(end)
        app.stdout.read()
    assert psutil.wait_procs(below, timeout=60)[1] == []
