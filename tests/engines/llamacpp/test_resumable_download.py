"""A download that is ended goes on where it was, in another process; what comes of it is the file."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from ocr.engines.llamacpp import fetch_and_serve
from tests.engines.llamacpp.conftest import REPOSITORY, hub_environment
from tests.engines.llamacpp.hub import Hub
from tests.engines.llamacpp.test_fetch_and_serve import serve

TIMEOUT_S = 60


def test_download_goes_on(hub: Hub, tmp_path: Path) -> None:
    """Killed in the middle of 20 MB; the second process asks for the rest, and nothing else is left on the disk."""
    words = bytes(range(256)) * 80_000
    hub.files["m-Q8_0.gguf"] = words
    hub.last_byte.clear()
    blobs = tmp_path / "hub" / f"models--{REPOSITORY.replace('/', '--')}" / "blobs"
    command = [sys.executable, "-P", fetch_and_serve.__file__, REPOSITORY, "/bin/echo", "serving"]
    with subprocess.Popen(command, env=hub_environment(tmp_path, hub.url), stderr=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + TIMEOUT_S
        while not any(path.stat().st_size for path in blobs.glob("*")):
            assert time.monotonic() < deadline
            assert first.poll() is None
        first.kill()
    stored = sum(path.stat().st_size for path in blobs.glob("*"))
    assert 0 < stored < len(words)
    hub.asked.clear()
    hub.last_byte.set()
    _, _, model, _, mmproj = serve(tmp_path, hub.url).stdout.split()
    assert Path(model).read_bytes() == words
    assert Path(mmproj).read_bytes() == hub.files["m-mmproj-f16.gguf"]
    assert [path for path in hub.asked if "Q8_0.gguf bytes=" in path] == [
        f"GET /{REPOSITORY}/resolve/main/m-Q8_0.gguf bytes={stored}-"
    ]
    assert len(list(blobs.iterdir())) == 2
