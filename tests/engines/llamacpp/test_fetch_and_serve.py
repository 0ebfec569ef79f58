"""A server whose weights are fetched first, from a hub of the test's own, by the real huggingface_hub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ocr.engines.llamacpp import fetch_and_serve
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.stages import Stage, StageReader
from tests.engines.llamacpp.conftest import REPOSITORY, hub_environment
from tests.engines.llamacpp.hub import Hub


def serve(
    home: Path, hub_url: str, repository: str = REPOSITORY, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the script with a `server` that prints its arguments, and with nothing of the developer's own hub."""
    return subprocess.run(
        [sys.executable, "-P", fetch_and_serve.__file__, repository, "/bin/echo", "serving"],
        capture_output=True,
        text=True,
        env=hub_environment(home, hub_url) | environment,
    )


def test_fetch_and_serve(hub: Hub, tmp_path: Path) -> None:
    """Both files and no other are fetched, with progress in the log; then the server takes the script's place."""
    done = serve(tmp_path, hub.url)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[:2] == ["serving", "--model"]
    assert words[3] == "--mmproj"
    assert Path(words[2]).read_bytes() == hub.files["m-Q8_0.gguf"]
    assert Path(words[4]).read_bytes() == hub.files["m-mmproj-f16.gguf"]
    assert not any("README" in path for path in hub.asked)
    stages = StageReader(LLAMA_SERVER.stages)
    for line in done.stderr.replace("\r", "\n").splitlines():
        stages.feed(line)
    assert stages.stage is Stage.DOWNLOADING
    assert stages.progress.startswith("100 %")
