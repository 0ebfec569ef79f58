"""Which engine reads where no server is named, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.config.arguments import EngineName
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.engines import choose_engine as module
from ocr.engines.choose_engine import EngineChoice, choose_engine
from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL, REPOSITORIES
from ocr.errors import NoLlamaServer, NoVllm
from tests.tiny_model.model import CHECKPOINT

MODEL = "lightonai/LightOnOCR-3-0.8B"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What this machine has: of gpu, vllm and llama-server."""
    has: set[str] = set()

    def find_vllm(command: str | None) -> list[str]:
        if "vllm" not in has:
            raise NoVllm("none")
        return ["vllm"]

    def find_llama_server(command: str | None) -> list[str]:
        if "llama-server" not in has:
            raise NoLlamaServer("none")
        return ["llama-server"]

    monkeypatch.setattr(module, "has_gpu", lambda: "gpu" in has)
    monkeypatch.setattr(module, "find_vllm", find_vllm)
    monkeypatch.setattr(module, "find_llama_server", find_llama_server)
    return has


def choice(**settings: object) -> EngineChoice:
    return choose_engine(Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("has", "local", "engine"),
    [
        ("gpu vllm llama-server", None, EngineName.VLLM),
        ("vllm llama-server", None, EngineName.TESSERACT),
        ("gpu llama-server", None, EngineName.TESSERACT),
        ("gpu vllm llama-server", "", EngineName.VLLM),
        ("gpu vllm llama-server", MODEL, EngineName.VLLM),
        ("vllm llama-server", "", EngineName.LLAMACPP),
        ("gpu llama-server", MODEL, EngineName.LLAMACPP),
        ("vllm llama-server", "lightonai/LightOnOCR-3-1B", EngineName.LLAMACPP),
        ("vllm", MODEL, EngineName.VLLM),
        ("gpu vllm llama-server", "no", EngineName.TESSERACT),
        ("gpu vllm llama-server", "someone/LightOnOCR-2-1B-GGUF", EngineName.LLAMACPP),
    ],
)
def test_choose_by_what_is_here(machine: set[str], has: str, local: str | None, engine: EngineName) -> None:
    """VLLM on an NVIDIA GPU, llama-server for a model that was asked for without one, and nothing slow unasked."""
    machine |= set(has.split())
    assert choice(local=local).engine is engine


@pytest.mark.parametrize("engine", [EngineName.VLLM, EngineName.LLAMACPP, EngineName.TESSERACT])
def test_choose_named(machine: set[str], engine: EngineName) -> None:
    """The engine that is named is taken, whatever is here: who names one wants to know why it does not run."""
    assert choice(engine=engine).engine is engine
    assert choice(engine=engine, local=MODEL).engine is engine


def test_choose_the_default_model(machine: set[str]) -> None:
    """Without a name, the model that a CPU reads quickest with."""
    found = choice(engine=EngineName.LLAMACPP)
    assert (found.model, found.source) == (DEFAULT_MODEL, REPOSITORIES[DEFAULT_MODEL])


def test_choose_the_published_name(machine: set[str]) -> None:
    """A published model keeps its name, wherever its files lie; --model says it as well as --local."""
    machine.add("llama-server")
    for settings in ({"local": MODEL}, {"local": "", "request": ReadRequest(model=MODEL)}):
        found = choice(**settings)
        assert (found.model, found.source) == (MODEL, REPOSITORIES[MODEL])


def test_choose_a_checkpoint(machine: set[str]) -> None:
    """A model without known GGUF files is read from its own repository or folder, which is converted."""
    machine.add("llama-server")
    for given in ("someone/fine-tuned", str(CHECKPOINT)):
        found = choice(local=given)
        assert (found.engine, found.model, found.source) == (EngineName.LLAMACPP, given, given)


def test_choose_a_file(machine: set[str], tmp_path: Path) -> None:
    """A file or a folder of GGUF is llama-server's, and named after the file."""
    for name in ("LightOnOCR-2-1B-Q8_0.gguf", "mmproj-f16.gguf"):
        (tmp_path / name).touch()
    for given in (tmp_path, tmp_path / "LightOnOCR-2-1B-Q8_0.gguf"):
        found = choice(local=str(given))
        assert (found.engine, found.model) == (EngineName.LLAMACPP, "LightOnOCR-2-1B-Q8_0")


def test_choose_says_why_once(machine: set[str]) -> None:
    """Why it is llama-server where nobody named it; nothing where its choice is the user's own."""
    machine.add("llama-server")
    assert choice(local="").note.count("no NVIDIA GPU") == 1
    assert "no NVIDIA GPU" not in choice(local="", engine=EngineName.LLAMACPP).note
    assert "no NVIDIA GPU" not in choice(local="someone/LightOnOCR-2-1B-GGUF").note


def test_choose_tells_of_llama_server(machine: set[str]) -> None:
    """Whoever reads with Tesseract learns how LightOnOCR reads here; how to install llama-server if it is not."""
    assert "setup.sh llama" in choice().note
    assert "--local" in choice().note
    machine.add("llama-server")
    assert "setup.sh llama" not in choice().note
    assert "--local" in choice().note


def test_choose_by_commands(machine: set[str]) -> None:
    """A command of the user's own for one of the two is a choice."""
    machine |= {"gpu", "vllm", "llama-server"}
    assert choice(local=MODEL, llama_command="l").engine is EngineName.LLAMACPP
    machine.remove("gpu")
    assert choice(local=MODEL, vllm_command="v").engine is EngineName.VLLM
