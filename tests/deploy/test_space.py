"""The app as a Hugging Face Space: assembled, started in a Space's environment, with a public page's limits."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from ocr.config.settings import SPACE_DEFAULTS
from ocr.engines.choose_engine import CPU_ENGINE_NOTE
from ocr.engines.local.program import free_port
from tests.conftest import ROOT
from tests.deploy.running import get, running_app
from tests.deploy.test_docker import environment

ASSEMBLE = ROOT / "deploy" / "space" / "assemble.sh"


def assemble(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", ASSEMBLE, *arguments], capture_output=True, text=True, cwd="/")


def front_matter(folder: Path) -> dict[str, object]:
    _, head, _ = (folder / "README.md").read_text().split("---\n", 2)
    loaded: dict[str, object] = yaml.safe_load(head)
    return loaded


@pytest.mark.parametrize("folder", [ROOT, None], ids=["this repository", "assembled"])
def test_space_with_gradio(folder: Path | None, tmp_path: Path) -> None:
    """Either is a Space as it is: front matter, port, any host, the hub's frame, and limits for visitors."""
    if folder is None:
        folder = tmp_path / "space"
        done = assemble("gradio", str(folder))
        assert done.returncode == 0, done.stderr
        assert "--space-sdk gradio" in done.stdout
    head = front_matter(folder)
    assert (head["sdk"], head["app_file"]) == ("gradio", "app.py")
    assert re.search(r"gradio>=([\d.]+)", (folder / "requirements.txt").read_text())
    assert "tesseract-ocr-eng" in (folder / "packages.txt").read_text()
    port = free_port()
    space = {"SPACE_ID": "me/pagelight", "SPACE_HOST": "me-pagelight.hf.space", "GRADIO_SERVER_PORT": str(port)}
    with running_app(folder, space | {"OCR_LOCAL": "no"}) as (url, _):
        assert url.endswith(f":{port}")
        assert CPU_ENGINE_NOTE.split(",")[0] in get(url, "/config").text
        page = get(url, host="me-pagelight.hf.space")
        assert page.status_code == 200
        assert "https://huggingface.co" in page.headers["content-security-policy"]
        assert upload(url, int(SPACE_DEFAULTS["OCR_MAX_FILE_MB"]) * 1_000_000 + 100_000) == 413
        assert upload(url, 1000) == 200


def upload(url: str, size: int) -> int:
    files = {"files": ("paper.pdf", b"%" * size, "application/pdf")}
    return httpx.post(f"{url}/gradio_api/upload", files=files, trust_env=False, timeout=60).status_code


def test_space_reads_by_a_server() -> None:
    """The secrets OCR_SERVER_URL and OCR_API_KEY choose a server elsewhere; no engine is started."""
    space = {"SPACE_ID": "me/pagelight", "GRADIO_SERVER_PORT": str(free_port()), "OCR_API_KEY": "k3y"}
    with running_app(ROOT, space | {"OCR_SERVER_URL": f"http://127.0.0.1:{free_port()}"}) as (url, said):
        config = get(url, "/config").text
        assert CPU_ENGINE_NOTE.split(",")[0] not in config
        assert "k3y" not in said + config


def test_space_with_docker(tmp_path: Path) -> None:
    """The Docker SDK's folder: its front matter, the model asked for, the port the hub looks at, the hub's user."""
    folder = tmp_path / "space"
    assert assemble("docker", str(folder), "lightonai/LightOnOCR-3-1B").returncode == 0
    head = front_matter(folder)
    assert (head["sdk"], head["app_port"], head["suggested_hardware"]) == ("docker", 7860, "l4x1")
    for copied in ("requirements.lock", "notice.py", "packages.txt", "app.py"):
        assert (folder / copied).is_file()
    assert "sdk_version" not in head
    said = environment(folder / "Dockerfile")
    assert (said["OCR_LOCAL"], said["OCR_VLLM_COMMAND"]) == ("lightonai/LightOnOCR-3-1B", "vllm")
    assert "\nUSER 1000\n" in (folder / "Dockerfile").read_text()
    assert (folder / "app.py").exists()
    assert not [path for path in folder.rglob("*") if path.name in {"__pycache__", "Dockerfile.bak", ".git"}]


def test_space_refuses(tmp_path: Path) -> None:
    """Nonsense, and a folder that holds something."""
    assert assemble().returncode == 2
    assert assemble("streamlit", str(tmp_path / "x")).returncode == 2
    (tmp_path / "mine").touch()
    done = assemble("gradio", str(tmp_path))
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [tmp_path / "mine"])


def test_space_shellcheck() -> None:
    done = subprocess.run([Path(sys.executable).parent / "shellcheck", ASSEMBLE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
