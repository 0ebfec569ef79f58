"""What all tests share."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ocr.config.arguments import NEVER
from ocr.config.settings import Settings
from ocr.engines.choose_engine import has_llama_server
from ocr.engines.select import Server, running_server
from ocr.machine import cores
from tests.inference.scripted_server import scripted_in_a_thread

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "assets" / "samples"
VLLM = ROOT / ".venv-vllm" / "bin" / "vllm"
VLLM_TIMEOUT_S = 400
"""A start takes 25 to 90 s."""
RAY = ROOT / ".venv-ray" / "bin" / "ray"
MARKERS = {"browser", "deploy", "llamacpp", "ray", "slurm", "vllm"}
"""Folders and modules of tests that are marked by their names."""


for name in ("HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_TOKEN", "TRANSFORMERS_OFFLINE"):
    os.environ.pop(name, None)  # the developer's own would reach the hubs that tests make, and the servers they start

UNTIMED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
"""How long an example takes says how busy the machine is."""
hypothesis.settings.register_profile("fixed", derandomize=True, **UNTIMED)
hypothesis.settings.register_profile("explore", **UNTIMED)
hypothesis.settings.load_profile("fixed")  # the same examples in each run; --hypothesis-profile explore finds others


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs, for `-m`; skip it where that is missing, in CI too if `.ci/run` allows it."""
    in_ci = os.environ.get("CI") == "true"
    missing = not VLLM.exists() and not in_ci
    for item in items:
        path = item.path.relative_to(ROOT / "tests")
        for marker in MARKERS & {path.parts[0], path.stem.removeprefix("test_")}:
            item.add_marker(marker)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("llamacpp") and not in_ci and not has_llama_server(Settings()):
            item.add_marker(pytest.mark.skip(reason="no llama-server here; its package has none for this machine"))
        if item.get_closest_marker("slurm") and not shutil.which("slurmctld", path="/usr/sbin:/usr/bin"):
            item.add_marker(pytest.mark.skip(reason="no Slurm here; .ci/slurm.sh installs one for these tests"))
        if item.get_closest_marker("ray") and not RAY.exists():
            item.add_marker(pytest.mark.skip(reason="no Ray here; .ci/ray.sh installs one for these tests"))
        if item.get_closest_marker("vllm"):
            item.add_marker(pytest.mark.timeout(VLLM_TIMEOUT_S))
            if missing:
                item.add_marker(pytest.mark.skip(reason="no vLLM here; .ci/vllm-cpu.sh installs one for these tests"))


MAX_TEST_PROCESSES = 4
"""Each may have a Chromium or a model server."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Processes that `-n auto` starts: one a core, and at least two, since tests wait much of their time."""
    return min(max(cores(), 2), MAX_TEST_PROCESSES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n` one process runs all tests that need a vLLM: they share one, which takes half a minute to start.

    `--dist loadgroup` would do, but pytest-xdist 3.8 writes a group into an attribute that pytest 9.2 does not read.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "vllm" if nodeid.startswith("tests/vllm/") or "_with_vllm" in nodeid else nodeid

    return Scheduler(config, log)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests (`pytest.mark.anyio`) run on asyncio, the loop the app runs on."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Ctrl-C reaches the programs that tests start: a shell's background jobs ignore it, and so do their children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_cache() -> Iterator[None]:
    """A program that a test runs keeps nothing, unless the test wants it to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_CACHE", "no")
        patch.setenv("OCR_LIBRARY", "no")
        yield


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of a page of memory, where mounting one is allowed; a file `ballast` fills it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], capture_output=True)
    if made.returncode:
        pytest.skip("no file system may be mounted here")
    (disk / "ballast").write_bytes(bytes(4096))
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a server whose every page is the same few words, one for all tests that only need some."""
    with scripted_in_a_thread(lambda _, connection: connection.stream("Some ", "words", tokens=2)) as server:
        yield server.url


@pytest.fixture(scope="session")
def engine() -> Iterator[Server]:
    """The real CPU engine, one for all tests of the page that only read with it."""
    with running_server(Settings(concurrency=2, local=NEVER)) as server:
        yield server
