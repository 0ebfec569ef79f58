"""Deaths of a vLLM and their explanations, from logs of vLLM 0.32 and from lines of its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocr import errors
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.diagnose import explain, last_error
from ocr.engines.vllm.vllm_program import VLLM
from tests.conftest import ROOT

LOGS = Path(__file__).parent / "logs"

RECORDED = {
    "no-network": errors.NoSuchModel,
    "offline": errors.NoSuchModel,
    "no-folder": errors.NoSuchModel,
    "memory-cpu": errors.OutOfMemory,
    "context": errors.ContextTooLong,
    "option": errors.BadOption,
    "port": errors.PortInUse,
    "architecture": errors.UnsupportedModel,
    "no-gpu": errors.NoGpu,
}

WRITTEN = [
    (
        "ValueError: Free memory on device cuda:0 (3.1/79.1 GiB) on startup is less than desired GPU memory "
        "utilization (0.85, 67.2 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.",
        errors.OutOfMemory,
        "3.1/79.1 GiB",
    ),
    (
        "ValueError: To serve at least one request with the model's max seq len (16384), (1.75 GiB KV cache is needed, "
        "which is larger than the available KV cache memory (0.9 GiB). Based on the available memory, the estimated "
        "maximum model length is 8416. Try increasing `gpu_memory_utilization`",
        errors.OutOfMemory,
        "--max-model-len to 8416",
    ),
    ("ValueError: No available memory for the cache blocks. Try increasing", errors.OutOfMemory, "--max-model-len"),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", errors.OutOfMemory, "0.7"),
    ("RuntimeError: The NVIDIA driver on your system is too old (found version 11040).", errors.NoGpu, "nvidia-smi"),
    ("RuntimeError: No CUDA GPUs are available", errors.NoGpu, "--local no"),
    ("huggingface_hub.errors.GatedRepoError: 403 Client Error.", errors.NoSuchModel, "HF_TOKEN"),
    (
        "huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.",
        errors.NoSuchModel,
        "lightonai/LightOnOCR-2-1B",
    ),
    ("OSError: [Errno 28] No space left on device", errors.DiskFull, "HF_HOME"),
    (
        "ValueError: Model architectures ['NobodyKnowsMe'] are not supported for now. Supported architectures: …",
        errors.UnsupportedModel,
        "LightOnOCR",
    ),
    (
        "ImportError: cannot import name 'PixtralRotaryEmbedding' from 'transformers.models.pixtral.modeling_pixtral'",
        errors.VersionMismatch,
        "PixtralRotaryEmbedding",
    ),
    (
        "AttributeError: Qwen2Tokenizer has no attribute all_special_tokens_extended",
        errors.VersionMismatch,
        "./setup.sh vllm",
    ),
    (
        "importlib.metadata.PackageNotFoundError: No package metadata was found for vllm",
        errors.VersionMismatch,
        "./setup.sh vllm",
    ),
]


def log(line: str) -> list[str]:
    """A line of the worker's as vLLM logs it, and what always follows."""
    return [
        "(EngineCore pid=8) INFO 11-21 19:21:37 [core.py:133] Initializing a V1 LLM engine (v0.32.0)",
        f"(EngineCore pid=8) ERROR 11-21 19:21:50 [core.py:1170] {line}",
        "(APIServer pid=7) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s):",
    ]


@pytest.mark.parametrize(("name", "kind"), RECORDED.items())
def test_explain_recorded(name: str, kind: type[errors.EngineFailed]) -> None:
    """What vLLM itself said when it was made to fail."""
    error = explain(VLLM, (LOGS / f"{name}.txt").read_text().splitlines(), 1, served=False)
    assert type(error) is kind
    assert error.next_step
    assert "{" not in str(error)


@pytest.mark.parametrize(("line", "kind", "says"), WRITTEN, ids=lambda value: str(value)[:40])
def test_explain_written(line: str, kind: type[errors.EngineFailed], says: str) -> None:
    error = explain(VLLM, log(line), 1, served=False)
    assert type(error) is kind
    assert says in str(error)


def test_explain_else_the_last_error_of_its_own() -> None:
    """What nobody foresaw is quoted: the error itself, not those that follow from it; and where the log is."""
    error = explain(VLLM, log("ValueError: the cat sat on the model."), 1, served=False, log="/tmp/x.log")
    assert type(error) is errors.EngineFailed
    assert "ValueError: the cat sat on the model." in error.message
    assert "/tmp/x.log" in error.next_step


@pytest.mark.parametrize(
    ("code", "says"), [(137, "signal 9 (often out of memory)"), (139, "signal 11"), (3, "exit code 3")]
)
def test_explain_without_a_word(code: int, says: str) -> None:
    assert says in str(explain(VLLM, [], code, served=False))


def test_explain_of_one_that_served() -> None:
    """Its start's lines are history."""
    lines = [*log("torch.OutOfMemoryError: CUDA out of memory."), *["INFO: 200 OK"] * 300]
    error = explain(VLLM, lines, 137, served=True)
    assert type(error) is errors.EngineFailed
    assert "died" in error.message


def test_explain_last_error_of_nothing() -> None:
    assert last_error(VLLM.log, ["INFO 1", "all is well"]) == ""


def test_explain_every_kind_is_listed() -> None:
    """docs/errors.md has a row with cause and cure for each way a server of ours can fail, and none besides."""
    first_section = (ROOT / "docs" / "errors.md").read_text().split("\n## ")[1]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", first_section, re.MULTILINE)
    kinds = {errors.EngineFailed, *errors.EngineFailed.__subclasses__()}
    assert {name for name, _, _ in rows} == {kind.__name__ for kind in kinds}
    used = {cause.kind for program in (VLLM, LLAMA_SERVER) for cause in program.causes}
    used |= {errors.NoVllm, errors.NoLlamaServer, errors.Stalled, errors.EngineFailed}
    assert used == kinds
