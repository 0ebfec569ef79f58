"""deploy/runpod's scripts on machines made of stubs: what they check, start, wait for, tell and end."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from ocr.engines.local.program import free_port
from tests.conftest import ROOT, VLLM
from tests.deploy.machines import Machine, machine
from tests.tiny_model.model import CHECKPOINT
from tests.vllm.conftest import ENVIRONMENT

SCRIPTS = ("start.sh", "stop.sh", "logs.sh", "common.sh")
SMI = """
case "$1" in
  --query-gpu=driver_version) echo 580.65.06 ;;
  --query-gpu=memory.total) echo 24564 ;;
esac
"""
DISK = "printf 'Filesystem 1024-blocks Used Available\\nd {kb} 9 9\\n'"
SERVER = f"""#!{sys.executable}
import http.server, os, signal, subprocess, sys
if "--help=all" in sys.argv:
    print("  --sse-keep-alive-interval N" if os.environ.get("STUB_KEEP_ALIVE", "yes") == "yes" else "")
    sys.exit()
print("arguments", sys.argv[1:], "key", len(os.environ["VLLM_API_KEY"]), flush=True)
print("sampler", os.environ["VLLM_USE_FLASHINFER_SAMPLER"], flush=True)
if os.environ.get("STUB_DIES"):
    sys.exit("ValueError: no kernel image")
if os.environ.get("STUB_DEAF"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ.get("STUB_ENGINE"):
    subprocess.Popen(["sleep", "1000"])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if os.environ.get("STUB_LOADS") else 200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Machine]:
    """A pod with a GPU that fits; its vLLM is a stub that answers /health."""
    pod = machine(tmp_path)
    pod.stub("nvidia-smi", SMI)
    pod.stub("df", DISK.format(kb=40_000_000))
    pod.program(pod.folder / "setup.sh", '#!/bin/sh\necho "setup $*" >>"$CALLS"\n')
    pod.program(pod.folder / ".venv-vllm" / "bin" / "vllm", SERVER)
    (pod.folder / ".venv-vllm" / "bin" / "python").symlink_to(sys.executable)
    pod.environment["PORT"] = str(free_port())
    yield pod
    pod.run("bash", "deploy/runpod/stop.sh", STOP_SECONDS="1")


def start(pod: Machine, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return pod.run("bash", "deploy/runpod/start.sh", *arguments, **environment)


def log(pod: Machine) -> str:
    return (pod.folder / ".runpod" / "server.log").read_text()


def test_runpod_start(pod: Machine) -> None:
    """Checked, installed, started with the model's flags, waited for; then the addresses and the exact next lines."""
    done = start(pod, "lightonai/LightOnOCR-3-0.8B", RUNPOD_POD_ID="abc123", OCR_API_KEY="k3y")
    assert done.returncode == 0, done.stderr
    assert pod.calls == ["setup vllm --model lightonai/LightOnOCR-3-0.8B"]
    port = pod.environment["PORT"]
    url = f"https://abc123-{port}.proxy.runpod.net"
    assert f"python app.py --server-url {url}\n" in done.stdout
    assert f"python -m ocr check {url}\n" in done.stdout
    assert f'curl -H "Authorization: Bearer $OCR_API_KEY" {url}/v1/models' in done.stdout
    assert "k3y" not in done.stdout + done.stderr + log(pod)
    said = log(pod)
    for word in ("'0.0.0.0'", f"'{port}'", "'{\"enable_thinking\": false}'", "'--sse-keep-alive-interval', '15'"):
        assert word in said
    assert "'--middleware', 'keyed.KeyEverywhere'" in said
    assert "sampler 0\n" in said
    assert "--enforce-eager" not in said
    assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=60).status_code == 200


def test_runpod_start_makes_a_key_once(pod: Machine) -> None:
    """Without a key one is made and shown; the next start uses the same and shows it no more."""
    first = start(pod)
    key = first.stdout.splitlines()[0].removeprefix("export OCR_API_KEY=")
    assert len(key) == 48
    assert "key 48" in log(pod)
    kept = pod.folder / ".runpod" / "key"
    assert (kept.read_text(), kept.stat().st_mode & 0o077) == (key, 0)
    pod.run("bash", "deploy/runpod/stop.sh")
    second = start(pod)
    assert second.returncode == 0
    assert key not in second.stdout + second.stderr
    assert "key 48" in log(pod)


def test_runpod_start_options(pod: Machine) -> None:
    """FAST_BOOT and what follows -- reach vLLM; a vLLM without keep-alive is not given it."""
    done = start(pod, "--", "--max-num-seqs", "8 9", FAST_BOOT="1", STUB_KEEP_ALIVE="no")
    assert done.returncode == 0, done.stderr
    assert "--enforce-eager" in log(pod)
    assert "'--max-num-seqs', '8 9'" in log(pod)
    assert "sse-keep-alive" not in log(pod)


@pytest.mark.parametrize(
    ("stub", "script", "says"),
    [
        ("nvidia-smi", "exit 9", "No GPU answers"),
        ("nvidia-smi", "echo 570.10", "driver is 570.10"),
        ("nvidia-smi", SMI.replace("24564", "6144"), "6144 MiB"),
        ("df", DISK.format(kb=20_000_000), "has 20 GB"),
    ],
)
def test_runpod_start_checks_first(pod: Machine, stub: str, script: str, says: str) -> None:
    """What cannot work is said before anything is installed."""
    pod.stub(stub, script)
    done = start(pod)
    assert done.returncode == 1
    assert says in done.stderr
    assert pod.calls == []


def test_runpod_start_without_nvidia(pod: Machine) -> None:
    (pod.stubs / "nvidia-smi").unlink()
    if shutil.which("nvidia-smi", path="/usr/bin:/bin"):
        pytest.skip("this machine has a GPU")
    assert "no nvidia-smi" in start(pod).stderr


@pytest.mark.parametrize("arguments", [["--modle", "x"], ["a", "b"]])
def test_runpod_start_nonsense(pod: Machine, arguments: list[str]) -> None:
    done = start(pod, *arguments)
    assert (done.returncode, pod.calls) == (1, [])


def test_runpod_start_help(pod: Machine) -> None:
    done = start(pod, "--help")
    assert (done.returncode, pod.calls) == (0, [])
    assert "OCR_API_KEY" in done.stdout


def test_runpod_start_failed_setup(pod: Machine) -> None:
    """An installation that fails starts nothing."""
    pod.program(pod.folder / "setup.sh", "#!/bin/sh\nexit 1\n")
    assert start(pod).returncode == 1
    assert not (pod.folder / ".runpod" / "server.pid").exists()


def test_runpod_start_taken_port(pod: Machine) -> None:
    with socket.create_server(("127.0.0.1", int(pod.environment["PORT"]))):
        done = start(pod)
    assert done.returncode == 1
    assert "Another program listens" in done.stderr


def test_runpod_start_dying_server(pod: Machine) -> None:
    """The end of its log is shown, and nothing claims to run."""
    done = start(pod, STUB_DIES="1")
    assert done.returncode == 1
    assert "no kernel image" in done.stderr
    assert "docs/errors.md" in done.stderr
    assert not (pod.folder / ".runpod" / "server.pid").exists()


def test_runpod_start_slow_server(pod: Machine) -> None:
    """After the time given it says so and leaves the server to be ended."""
    done = start(pod, STUB_LOADS="1", START_SECONDS="1")
    assert done.returncode == 1
    assert "not ready after 1 s" in done.stderr


def test_runpod_start_twice(pod: Machine) -> None:
    assert start(pod).returncode == 0
    again = start(pod)
    assert again.returncode == 1
    assert "runs already" in again.stderr


def pid_of(pod: Machine) -> int:
    return int((pod.folder / ".runpod" / "server.pid").read_text())


def gone(process: psutil.Process) -> bool:
    """It has ended; whether its parent has waited for it is the parent's affair."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_runpod_stop(pod: Machine) -> None:
    start(pod)
    server = psutil.Process(pid_of(pod))
    done = pod.run("bash", "deploy/runpod/stop.sh")
    assert (done.returncode, "has ended" in done.stderr) == (0, True)
    assert gone(server)
    assert "no server runs" in pod.run("bash", "deploy/runpod/stop.sh").stderr


def test_runpod_stop_deaf_server(pod: Machine) -> None:
    """A server that heeds no SIGTERM is killed."""
    start(pod, STUB_DEAF="1")
    server = psutil.Process(pid_of(pod))
    done = pod.run("bash", "deploy/runpod/stop.sh", STOP_SECONDS="1")
    assert (done.returncode, "killing it" in done.stderr) == (0, True)
    assert gone(server)


def test_runpod_stop_server_that_cannot_end(pod: Machine) -> None:
    """A process that is still there after SIGKILL, as one that waits for its driver, is named and not called ended."""
    start(pod, STUB_DEAF="1")
    pid = pid_of(pod)
    pod.stub("ps", f"echo {pid} {pid} D")
    done = pod.run("bash", "deploy/runpod/stop.sh", STOP_SECONDS="0", KILL_SECONDS="0")
    assert (done.returncode, "has ended" in done.stderr) == (1, False)
    assert str(pid) in done.stderr
    assert pid_of(pod) == pid


def test_runpod_stop_after_a_crash(pod: Machine) -> None:
    """What a server that died left behind holds the GPU: it counts as running, and is ended."""
    start(pod, STUB_ENGINE="1")
    server = psutil.Process(pid_of(pod))
    (engine,) = server.children()
    server.kill()
    psutil.wait_procs([server], timeout=60)
    assert "runs already" in start(pod).stderr
    done = pod.run("bash", "deploy/runpod/stop.sh")
    assert (done.returncode, "has ended" in done.stderr) == (0, True)
    assert gone(engine)


def test_runpod_stop_spares_others(pod: Machine) -> None:
    """A number that now belongs to another program is no server of ours."""
    with subprocess.Popen(["sleep", "100"]) as other:
        (pod.folder / ".runpod").mkdir()
        (pod.folder / ".runpod" / "server.pid").write_text(str(other.pid))
        assert "no server runs" in pod.run("bash", "deploy/runpod/stop.sh").stderr
        assert other.poll() is None
        other.send_signal(signal.SIGKILL)


def test_runpod_logs(pod: Machine) -> None:
    assert "no log yet" in pod.run("bash", "deploy/runpod/logs.sh").stderr
    start(pod)
    assert "arguments" in pod.run("bash", "deploy/runpod/logs.sh", "-n", "5").stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_runpod_shellcheck(script: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "shellcheck", "-x", script],
        cwd=ROOT / "deploy" / "runpod", capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.vllm
def test_runpod_with_vllm(pod: Machine) -> None:
    """The whole of it with the real vLLM: started, locked at every address, read with, ended without a rest."""
    shutil.rmtree(pod.folder / ".venv-vllm")
    (pod.folder / ".venv-vllm").symlink_to(VLLM.parents[1].resolve())
    shutil.copytree(ROOT / "assets", pod.folder / "assets")
    served = ["--served-model-name", "lightonai/LightOnOCR-2-1B", "--max-model-len", "8192"]
    done = start(pod, str(CHECKPOINT), "--", *served, FAST_BOOT="1", OCR_API_KEY="k3y", **ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    below = [psutil.Process(pid_of(pod)), *psutil.Process(pid_of(pod)).children(recursive=True)]
    root = f"http://127.0.0.1:{pod.environment['PORT']}"
    for address in ("/v1/models", "/metrics", "/version"):
        assert httpx.get(root + address, trust_env=False, timeout=60).status_code == 401
    for address in ("/invocations", "/tokenize", "/v1/chat/completions"):
        assert httpx.post(root + address, json={}, trust_env=False, timeout=60).status_code == 401
    checked = pod.run("python", "-m", "ocr", "check", root, OCR_API_KEY="k3y")
    assert checked.returncode == 0, checked.stdout
    assert "required everywhere" in checked.stdout
    assert "each as it was generated" in checked.stdout
    assert pod.run("bash", "deploy/runpod/stop.sh").returncode == 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(process.is_running() for process in below):
        psutil.wait_procs(below, timeout=0.2)
    assert not [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
