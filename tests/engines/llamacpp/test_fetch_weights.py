"""How weights are fetched, verified and converted: from a hub of the test's own, by the real huggingface_hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.hf_api import RepoSibling

from ocr.engines.llamacpp import fetch_weights
from ocr.engines.llamacpp.gguf_files import CHECKPOINT_CONFIGURATION
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.diagnose import explain
from ocr.engines.local.stages import Stage, StageReader
from ocr.errors import BadWeights, DiskFull, NoSuchModel, UnsupportedModel
from tests.conftest import ROOT
from tests.engines.llamacpp.conftest import REPOSITORY, hub_environment
from tests.engines.llamacpp.hub import COMMIT, Hub
from tests.engines.llamacpp.test_fetch_and_serve import serve
from tests.tiny_model.model import CHECKPOINT


def test_fetch_again(hub: Hub, tmp_path: Path) -> None:
    """What is there is not fetched again: not with the hub, nor without it, nor offline."""
    first = serve(tmp_path, hub.url).stdout
    assert first.startswith("serving")
    hub.asked.clear()
    assert serve(tmp_path, hub.url).stdout == first
    assert not any(path.startswith("GET") and "/resolve/" in path for path in hub.asked)
    hub.asked.clear()
    assert serve(tmp_path, hub.url, HF_HUB_OFFLINE="1").stdout == first
    assert hub.asked == []
    assert serve(tmp_path, "http://127.0.0.1:9").stdout == first


@pytest.mark.parametrize(
    ("repository", "environment", "says"),
    [
        ("someone/else", {}, "the name is wrong"),
        (REPOSITORY, {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        (REPOSITORY, {"HF_ENDPOINT": "http://127.0.0.1:9"}, "Hugging Face could not be reached"),
    ],
    ids=["unknown", "offline", "unreachable"],
)
def test_fetch_explained(hub: Hub, tmp_path: Path, repository: str, environment: dict[str, str], says: str) -> None:
    """Where nothing can be fetched the log says why, in the user's words."""
    done = serve(tmp_path, hub.url, repository, **environment)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is NoSuchModel
    assert says in error.message


def test_in_cache(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both files or none; nobody is asked."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert fetch_weights.in_cache(REPOSITORY) is None
    serve(tmp_path, hub.url)
    model, mmproj = fetch_weights.in_cache(REPOSITORY) or (Path(), Path())
    assert (model.name, mmproj.name) == ("m-Q8_0.gguf", "m-mmproj-f16.gguf")
    mmproj.unlink()
    assert fetch_weights.in_cache(REPOSITORY) is None


def test_fetch_no_gguf(hub: Hub, tmp_path: Path) -> None:
    """A repository without the mmproj cannot be read with, and says what it has."""
    del hub.files["m-mmproj-f16.gguf"]
    done = serve(tmp_path, hub.url)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is NoSuchModel
    assert "m-Q8_0.gguf" in error.message


def test_fetch_disk(tmp_path: Path) -> None:
    """More than the disk has room for is not begun; nothing to fetch always fits."""
    with pytest.raises(OSError, match="disk space") as full:
        fetch_weights.check_disk(1 << 60, tmp_path / "not" / "there")
    assert type(explain(LLAMA_SERVER, [f"OSError: {full.value}"], 1, served=False)) is DiskFull
    fetch_weights.check_disk(0, tmp_path)


@pytest.fixture
def checkpoint(hub: Hub) -> Hub:
    """A repository of a checkpoint, without GGUF files."""
    names = [*CHECKPOINT_CONFIGURATION, "model.safetensors"]
    hub.files = {name: (CHECKPOINT / name).read_bytes() for name in names} | {"README.md": b"# M"}
    return hub


def stages(log: str) -> list[Stage]:
    """The stages that a log tells of, one after the other."""
    reader, seen = StageReader(LLAMA_SERVER.stages), []
    for line in log.replace("\r", "\n").splitlines():
        reader.feed(line)
        seen.append(reader.stage)
    return list(dict.fromkeys(seen))


def files_of(done: subprocess.CompletedProcess[str]) -> list[Path]:
    """The model and the mmproj that a server was started with."""
    words = done.stdout.split()
    return [Path(words[words.index(option) + 1]) for option in ("--model", "--mmproj")]


def test_fetch_converts_a_checkpoint(checkpoint: Hub, tmp_path: Path) -> None:
    """It is converted once for its revision, beside the cache; the log has the stages, and no other file is left."""
    done = serve(tmp_path, checkpoint.url)
    assert done.returncode == 0, done.stderr
    assert stages(done.stderr) == [Stage.RESOLVING, Stage.DOWNLOADING, Stage.CONVERTING]
    model, mmproj = files_of(done)
    assert {path.read_bytes()[:4] for path in (model, mmproj)} == {b"GGUF"}
    assert all(COMMIT[:12] in path.name for path in (model, mmproj))
    assert {path.suffix for path in model.parent.iterdir()} <= {".gguf", ".lock"}
    assert not any("README" in path for path in checkpoint.asked)
    written = model.stat().st_mtime_ns
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        again = serve(tmp_path, checkpoint.url, **environment)
        assert files_of(again) == [model, mmproj]
    assert model.stat().st_mtime_ns == written


def test_fetch_converts_what_is_in_the_cache(checkpoint: Hub, tmp_path: Path) -> None:
    """A checkpoint that was downloaded before is converted without the hub."""
    for path in files_of(serve(tmp_path, checkpoint.url)):
        path.unlink()
    done = serve(tmp_path, checkpoint.url, HF_HUB_OFFLINE="1")
    assert all(path.exists() for path in files_of(done))


def test_fetch_converts_a_folder(tmp_path: Path) -> None:
    """A folder of one's own is left as it is; what is converted from it lies beside the cache, anew if it changes."""
    folder = tmp_path / "fine-tuned"
    folder.mkdir()
    for name in (*CHECKPOINT_CONFIGURATION, "model.safetensors"):
        (folder / name).write_bytes((CHECKPOINT / name).read_bytes())
    before = set(folder.iterdir())
    first = files_of(serve(tmp_path / "home", "http://127.0.0.1:9", str(folder)))
    assert files_of(serve(tmp_path / "home", "http://127.0.0.1:9", str(folder))) == first
    assert set(folder.iterdir()) == before
    os.utime(folder / "model.safetensors", ns=(0, 0))
    assert files_of(serve(tmp_path / "home", "http://127.0.0.1:9", str(folder))) != first


def test_fetch_another_architecture(checkpoint: Hub, tmp_path: Path) -> None:
    """What cannot be converted is not downloaded; the error says which files it takes."""
    config = {"model_type": "qwen3_5", "text_config": {"model_type": "qwen3_5_text"}}
    checkpoint.files["config.json"] = json.dumps(config).encode()
    done = serve(tmp_path, checkpoint.url)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is UnsupportedModel
    assert "qwen3_5" in error.message
    assert "GGUF" in error.next_step
    assert not any("safetensors" in path for path in checkpoint.asked if path.startswith("GET"))


def test_fetch_half_a_checkpoint(tmp_path: Path) -> None:
    """A file that is not whole is called that, and nothing is left of the conversion."""
    folder = tmp_path / "half"
    folder.mkdir()
    for name in CHECKPOINT_CONFIGURATION:
        (folder / name).write_bytes((CHECKPOINT / name).read_bytes())
    (folder / "model.safetensors").write_bytes((CHECKPOINT / "model.safetensors").read_bytes()[:-1])
    done = serve(tmp_path / "home", "http://127.0.0.1:9", str(folder))
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is BadWeights
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize(
    "names", [("m-Q8_0.gguf",), ("m-mmproj-f16.gguf",), ("m-Q8_0.gguf", "m-mmproj-f16.gguf")], ids=len
)
def test_fetch_wrong_hash(hub: Hub, tmp_path: Path, names: tuple[str, ...]) -> None:
    """A download that was altered on its way is deleted, named, and fetched again by the next start."""
    hub.damaged = set(names)
    done = serve(tmp_path, hub.url)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is BadWeights
    assert names[0] in error.message
    hub.damaged = set()
    assert {path.read_bytes() for path in files_of(serve(tmp_path, hub.url))} <= set(hub.files.values())


def test_fetch_checkpoint_disk(checkpoint: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for the weights and for what they are converted to is looked for before they are downloaded."""
    wanted: list[int] = []
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(fetch_weights, "check_disk", lambda needed, _: wanted.append(needed))
    monkeypatch.setattr(fetch_weights, "download", lambda *_: [CHECKPOINT / "config.json"])
    monkeypatch.setattr(fetch_weights, "converted", lambda *_: ())
    size = len(checkpoint.files["model.safetensors"])
    weights = {name: RepoSibling(name, size=len(data)) for name, data in checkpoint.files.items()}
    fetch_weights.fetch_checkpoint(REPOSITORY, COMMIT, weights)
    assert wanted == [2 * size]


def fetch_by_command(home: Path, url: str, model: str) -> subprocess.CompletedProcess[str]:
    """As setup.sh does."""
    return subprocess.run(
        [sys.executable, "-m", "ocr.engines.llamacpp.fetch_weights", model],
        capture_output=True, text=True, cwd=ROOT, env=hub_environment(home, url),
    )  # fmt: skip


def test_fetch_by_command(hub: Hub, tmp_path: Path) -> None:
    """The files are fetched, and it is said where they are."""
    done = fetch_by_command(tmp_path, hub.url, REPOSITORY)
    assert done.returncode == 0, done.stderr
    for name in ("m-Q8_0.gguf", "m-mmproj-f16.gguf"):
        (path,) = tmp_path.rglob(f"snapshots/*/{name}")
        assert str(path) in done.stderr


def test_fetch_by_command_fails(hub: Hub, tmp_path: Path) -> None:
    """What is wrong and what to do, without a traceback."""
    done = fetch_by_command(tmp_path, hub.url, "someone/else")
    assert done.returncode == NoSuchModel.exit_code
    assert "HF_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
