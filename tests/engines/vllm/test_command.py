"""Which vLLM is started, and how."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ocr.config.settings import Settings
from ocr.engines.vllm.command import find_vllm, has_gpu, has_nvcc, launch
from ocr.errors import NoVllm


def program(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_command_launch(tmp_path: Path) -> None:
    """The model, a free port on this machine only, the family's flags; the key stays out of the command."""
    vllm = program(tmp_path / "my vllm")
    start = launch(Settings(local="lightonai/LightOnOCR-3-0.8B", vllm_command=f"'{vllm}' --x", api_key="s3cret"))
    assert start.command[:4] == (str(vllm), "--x", "serve", "lightonai/LightOnOCR-3-0.8B")
    assert start.url == f"http://127.0.0.1:{start.port}/v1"
    assert start.command[4:8] == ("--host", "127.0.0.1", "--port", str(start.port))
    assert json.loads(start.command[start.command.index("--default-chat-template-kwargs") + 1]) == {
        "enable_thinking": False
    }
    assert start.api_key == "s3cret"
    assert "s3cret" not in " ".join(start.command)


def test_command_own_key(tmp_path: Path) -> None:
    """Without a key of the user's every server gets another one."""
    settings = Settings(local="", vllm_command=str(program(tmp_path / "vllm")))
    keys = {launch(settings).api_key for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) >= 32 for key in keys)


@pytest.mark.parametrize(
    ("said", "fast_boot", "sampler"),
    [({}, True, "0"), ({"VLLM_USE_FLASHINFER_SAMPLER": "1"}, True, "1"), ({}, False, None)],
    ids=["fast", "as-said", "compiled"],
)
def test_command_sampler(
    said: dict[str, str], *, fast_boot: bool, sampler: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VLLM's own sampler where starting quickly counts more; FlashInfer's is compiled elsewhere."""
    program(tmp_path / "cuda" / "bin" / "nvcc")
    monkeypatch.delenv("VLLM_USE_FLASHINFER_SAMPLER", raising=False)
    for name, value in (said | {"CUDA_HOME": str(tmp_path / "cuda")}).items():
        monkeypatch.setenv(name, value)
    settings = Settings(local="", vllm_command=str(program(tmp_path / "vllm")), fast_boot=fast_boot)
    assert launch(settings).environment.get("VLLM_USE_FLASHINFER_SAMPLER") == sampler


def test_command_sampler_without_nvcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VLLM would not start with a sampler that it cannot compile."""
    monkeypatch.delenv("VLLM_USE_FLASHINFER_SAMPLER", raising=False)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    settings = Settings(local="", vllm_command=str(program(tmp_path / "vllm")))
    assert launch(settings).environment["VLLM_USE_FLASHINFER_SAMPLER"] == "0"


def test_command_nvcc(tmp_path: Path) -> None:
    """It is looked for in CUDA_HOME alone where that is set, else on the PATH and where CUDA lies by itself."""
    default, path = tmp_path / "cuda", tmp_path / "path"
    assert not has_nvcc({"PATH": str(path)}, default)
    program(default / "bin" / "nvcc")
    assert has_nvcc({"PATH": str(path)}, default)
    assert not has_nvcc({"CUDA_HOME": str(tmp_path), "PATH": str(path)}, default)
    program(path / "nvcc")
    assert has_nvcc({"PATH": str(path)}, tmp_path)
    assert has_nvcc({"CUDA_PATH": str(default)}, tmp_path)


def test_command_find_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the running Python, else the checkout's `.venv-vllm`, else the PATH, else none."""
    python, root = tmp_path / "bin" / "python", tmp_path / "root"
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    with pytest.raises(NoVllm, match=r"setup\.sh vllm"):
        find_vllm(None, python, root)
    for place in (tmp_path / "path", root / ".venv-vllm" / "bin", python.parent):
        there = program(place / "vllm")
        assert find_vllm(None, python, root) == [str(there)]


def test_command_named_but_not_there() -> None:
    with pytest.raises(NoVllm, match="--vllm-command"):
        find_vllm("/no/such/vllm")


@pytest.mark.parametrize(
    ("script", "gpu"),
    [("echo 'GPU 0: NVIDIA H200'", True), ("echo 'No devices found'; exit 6", False), ("exit 0", False), (None, False)],
)
def test_command_has_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, gpu: bool) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if script else str(tmp_path))
    if script:
        program(tmp_path / "nvidia-smi", script)
    assert has_gpu() is gpu


def test_command_identity(tmp_path: Path) -> None:
    """Another start of the same model answers alike, on whatever port; other arguments or weights do not."""
    vllm, folder = str(program(tmp_path / "vllm")), tmp_path / "tuned"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")

    def identity(model: str, *arguments: str) -> str:
        return launch(Settings(local=model, vllm_command=vllm, server_args=arguments)).identity

    assert identity("org/model") == identity("org/model")
    first = identity(str(folder))
    os.utime(folder / "model.safetensors", ns=(0, 0))
    others = {identity(str(folder)), identity("org/model"), identity("org/model", "--revision", "v2"), first}
    assert len(others) == 4
