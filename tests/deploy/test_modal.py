"""deploy/modal without Modal: what the file declares, and what the Makefile's targets run."""

from __future__ import annotations

import importlib.util
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import modal
import pytest

from ocr.engines.local.program import free_port
from tests.cli.test_check import serving, word_by_word
from tests.conftest import ROOT
from tests.inference.scripted_server import scripted_in_a_thread

FILE = ROOT / "deploy" / "modal" / "lightonocr.py"
VARIABLES = ("MODEL", "GPU", "FAST_BOOT", "MAX_CONTAINERS", "PAGELIGHT_COMMAND", "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET")
Load = Callable[..., tuple[ModuleType, dict[str, Any]]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Import the file as `modal deploy` does, without a token; return it, and what it told Modal of its server."""
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "none"))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    declared: dict[str, Any] = {}
    declare = modal.App.server

    def server(app: modal.App, **said: Any) -> Any:
        declared.update(said)
        return declare(app, **said)

    monkeypatch.setattr(modal.App, "server", server)

    def loaded(**environ: str) -> tuple[ModuleType, dict[str, Any]]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("lightonocr", FILE)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "lightonocr", module)
        spec.loader.exec_module(module)
        return module, declared

    return loaded


def test_modal_declares_one_server(load: Load) -> None:
    """One server on an L4 that costs nothing while nobody reads, has a key, and keeps weights and compiled code."""
    module, declared = load()
    assert module.app.name == "lightonocr"
    assert isinstance(module.LightOnOCR, modal.Server)
    assert (declared["gpu"], declared["port"]) == ("L4", 8000)
    assert set(declared["volumes"]) == {"/root/.cache/huggingface", "/root/.cache/vllm"}
    assert all(isinstance(volume, modal.Volume) for volume in declared["volumes"].values())
    assert [type(secret) for secret in declared["secrets"]] == [modal.Secret]
    assert (declared["min_containers"], declared["max_containers"], declared["target_concurrency"]) == (0, 1, 16)
    assert declared["startup_timeout"] >= 600
    assert declared["scaledown_window"] <= 600
    assert isinstance(declared["image"], modal.Image)


def test_modal_command(load: Load) -> None:
    """The model's flags, on the declared port, locked at every address; a page fits into one batch."""
    module, declared = load()
    words = module.COMMAND
    assert words[:3] == ["vllm", "serve", "lightonai/LightOnOCR-2-1B"]
    assert words[words.index("--port") + 1] == str(declared["port"])
    assert words[words.index("--host") + 1] == "0.0.0.0"
    assert words[words.index("--middleware") + 1] == "keyed.KeyEverywhere"
    assert int(words[words.index("--max-num-batched-tokens") + 1]) > 3025
    assert "--enforce-eager" not in words


def test_modal_choices(load: Load) -> None:
    module, declared = load(MODEL="lightonai/LightOnOCR-3-0.8B", GPU="H100", FAST_BOOT="true", MAX_CONTAINERS="3")
    assert (declared["gpu"], declared["max_containers"]) == ("H100", 3)
    assert module.COMMAND[2] == "lightonai/LightOnOCR-3-0.8B"
    assert '{"enable_thinking": false}' in module.COMMAND
    assert "--enforce-eager" in module.COMMAND


def test_modal_in_the_container(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the repository is missing: the command comes from the image's environment."""
    monkeypatch.setattr(modal, "is_local", lambda: False)
    module, _ = load(PAGELIGHT_COMMAND='["vllm", "serve", "x"]')
    assert module.COMMAND == ["vllm", "serve", "x"]


def test_modal_versions_are_those_of_setup() -> None:
    """Both packages are pinned in setup.sh; a second opinion would be forgotten."""
    setup = (ROOT / "setup.sh").read_text()
    for package in ("vllm", "transformers"):
        pin = next(word for word in FILE.read_text().split('"') if word.startswith(f"{package}=="))
        assert pin in setup


HEALTHY = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
"""In place of vLLM: all that the start asks for is its health."""


def test_modal_start_waits(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is sent before the server is healthy."""
    module, _ = load()
    port = free_port()
    monkeypatch.setattr(module, "PORT", port)
    monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", HEALTHY, str(port)])
    monkeypatch.setattr(module.os, "environ", {"PATH": "/usr/bin:/bin"})
    monkeypatch.chdir(ROOT)
    process = module.start_server()
    try:
        assert module.healthy(f"http://127.0.0.1:{port}/health")
    finally:
        process.terminate()
        process.wait()


def test_modal_start_explains_a_death(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = load()
    monkeypatch.setattr(module, "PORT", free_port())
    monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(RuntimeError, match="ended with 3"):
        module.start_server()


def make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        ["make", "-C", "deploy/modal", "--no-print-directory", f"PYTHON={sys.executable}", *arguments],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": path, "PWD": str(ROOT), **environ}, timeout=100,
    )  # fmt: skip


MODAL = f"{sys.executable} -m modal"


@pytest.mark.parametrize(
    ("target", "runs"),
    [
        (["serve"], f"MODEL=lightonai/LightOnOCR-2-1B GPU=L4 FAST_BOOT=false MAX_CONTAINERS=1 {MODAL} serve"),
        (["deploy", "GPU=L40S", "MODEL=a/b"], f"MODEL=a/b GPU=L40S FAST_BOOT=false MAX_CONTAINERS=1 {MODAL} deploy"),
        (["serve-fast"], "FAST_BOOT=true"),
        (["serve-32k"], "MODEL=lightonai/LightOnOCR-0.9B-32k-1025"),
        (["logs"], f"{MODAL} app logs lightonocr -f"),
        (["containers"], f"{MODAL} container list"),
        (["stop"], f"{MODAL} app stop lightonocr --yes"),
        (["check-modal"], f"{MODAL} token info"),
        (["install-modal"], "-m pip install 'modal>=1.6,<2'"),
        (["test", "MODAL_URL=https://m.run/v1/"], "-m ocr check https://m.run --wait 900"),
        (["test", "MODAL_URL=https://m.run"], "-m ocr assets/samples/article.pdf --server-url https://m.run --out out"),
        (["test-custom", "MODAL_URL=https://m.run", "PDF_FILE=a b.pdf"], f'-m ocr "{ROOT}/a b.pdf" --server-url'),
        (["test-custom", "MODAL_URL=https://m.run", "PDF_FILE=/a b.pdf"], '-m ocr "/a b.pdf" --server-url'),
        (["health", "MODAL_URL=https://m.run/"], " https://m.run/health"),
    ],
)
def test_modal_make(target: list[str], runs: str) -> None:
    """What each target would run; -n runs nothing."""
    done = make("-n", *target)
    assert done.returncode == 0, done.stderr
    assert runs in done.stdout


def test_modal_make_commands_exist() -> None:
    """The subcommands and options named are those of the installed client."""
    for words in ("serve", "deploy", "app logs -f", "app stop --yes", "container list", "token info", "secret create"):
        *command, last = words.split()
        command += [] if last.startswith("-") else [last]
        shown = subprocess.run([sys.executable, "-m", "modal", *command, "--help"], capture_output=True, text=True)
        assert shown.returncode == 0
        assert not last.startswith("-") or last in shown.stdout


@pytest.mark.parametrize(
    ("target", "says"),
    [(["test"], "MODAL_URL"), (["health"], "MODAL_URL"), (["test-custom", "MODAL_URL=http://x"], "PDF_FILE")],
)
def test_modal_make_says_what_is_missing(target: list[str], says: str) -> None:
    done = make(*target)
    assert done.returncode != 0
    assert says in done.stderr


def test_modal_make_key_is_not_shown(tmp_path: Path) -> None:
    """The key goes by a file that only its owner can read and that is gone afterwards."""
    stub = tmp_path / "modal"
    stub.write_text(
        'for file; do :; done; echo "$*" | cut -d/ -f1; stat -c %a "$file"; cat "$file"; echo; echo "$file"\n'
    )
    done = make("key", f"MODAL=sh {stub}", OCR_API_KEY="s3cret")
    command, mode, content, file = done.stdout.splitlines()
    assert command == "secret create lightonocr-key --force --from-json "
    assert (mode, json.loads(content)) == ("600", {"VLLM_API_KEY": "s3cret"})
    assert not Path(file).exists()
    assert "s3cret" not in make("-n", "key", OCR_API_KEY="s3cret").stdout
    assert make("key").returncode != 0


def test_modal_make_help() -> None:
    """Alone it lists its targets."""
    shown = make().stdout
    named = {"serve", "deploy", "serve-fast", "serve-32k", "test", "test-custom", "health", "logs", "containers"}
    assert {"stop", "check-modal", "install-modal", "key", *named} <= {line.split()[0] for line in shown.splitlines()}


def test_modal_make_test_and_health(tmp_path: Path) -> None:
    """Both run whole against a server here."""
    with scripted_in_a_thread(serving(word_by_word)) as server:
        assert "healthy" in make("health", f"MODAL_URL={server.url}").stdout
        done = make("test", f"MODAL_URL={server.url}", f"OUT={tmp_path}", "WAIT=10")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "can read pages" in done.stdout
    assert (tmp_path / "article" / "document.md").exists()
    assert shlex.quote(str(tmp_path)) in done.stdout


def test_modal_make_health_of_a_dead_server() -> None:
    assert make("health", f"MODAL_URL=http://127.0.0.1:{free_port()}").returncode != 0


def test_modal_needs_no_checkout_elsewhere(tmp_path: Path) -> None:
    """The file alone, as Modal copies it, imports where it is told the command."""
    shutil.copy(FILE, tmp_path)
    code = "import modal; modal.is_local = lambda: False; import lightonocr; print(lightonocr.COMMAND)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={"PAGELIGHT_COMMAND": '["vllm"]', "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "['vllm']\n"), done.stderr
