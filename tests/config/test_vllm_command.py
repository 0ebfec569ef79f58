"""The command that serves a model."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from ocr.cli.commands import parse_serve
from ocr.config.profiles import CHECKPOINTS
from ocr.config.settings import DEFAULT_MODEL, Settings
from ocr.config.vllm_command import flags, serve_command
from tests.conftest import ROOT


def test_serving_flags() -> None:
    """Each option becomes vLLM's; the user's own arguments come last, where they win."""
    settings = Settings(
        gpu_memory_utilization=0.5, max_model_len=4096, tensor_parallel_size=2, data_parallel_size=4, fast_boot=True,
        server_args=("--port", "1"),
    )  # fmt: skip
    written = " ".join(flags(settings, "lightonai/LightOnOCR-2-1B"))
    for pair in ("--gpu-memory-utilization 0.5", "--max-model-len 4096", "--tensor-parallel-size 2"):
        assert pair in written
    assert written.endswith("--data-parallel-size 4 --enforce-eager --port 1")


@pytest.mark.parametrize(
    ("model", "length"),
    [("lightonai/LightOnOCR-1B-1025", ["8192"]), ("lightonai/LightOnOCR-3-4B", ["18000"]), ("./mine", [])],
)
def test_serving_context(model: str, length: list[str]) -> None:
    """A known family gets its own context, else a cache for 262,144 tokens would have to fit; another its model's."""
    written = flags(Settings(), model)
    assert [written[i + 1] for i, flag in enumerate(written) if flag == "--max-model-len"] == length
    assert "--enforce-eager" not in written


def served(*arguments: str, **environ: str) -> list[str]:
    return shlex.split(serve_command(parse_serve(arguments, environ)))


def test_serving_command() -> None:
    """Alone it serves the default model to this machine only; every word survives a shell."""
    words = served()
    assert words[:7] == ["vllm", "serve", DEFAULT_MODEL, "--host", "127.0.0.1", "--port", "8000"]
    assert json.loads(words[words.index("--limit-mm-per-prompt") + 1]) == {"image": 1}
    assert "--sse-keep-alive-interval" not in words


def test_serving_command_options() -> None:
    """Each option has its place; what follows -- comes last."""
    words = served(
        "./my model", "--host", "0.0.0.0", "--port", "9000", "--fast-boot", "--behind-proxy", "--vllm-command",
        "python -m vllm", "--", "--served-model-name", "a b",
        OCR_MAX_MODEL_LEN="4096",
    )  # fmt: skip
    assert words[:9] == ["python", "-m", "vllm", "serve", "./my model", "--host", "0.0.0.0", "--port", "9000"]
    assert words[-2:] == ["--served-model-name", "a b"]
    for pair in (["--max-model-len", "4096"], ["--sse-keep-alive-interval", "15"]):
        assert pair in [words[i : i + 2] for i in range(len(words))]
    assert "--enforce-eager" in words


@pytest.mark.parametrize("model", [checkpoint.id for checkpoint in CHECKPOINTS])
def test_serving_batch_holds_a_page(model: str) -> None:
    """More tokens are taken in at once than the largest page of any family has."""
    words = served(model)
    assert int(words[words.index("--max-num-batched-tokens") + 1]) > 2 * 3025


def test_serving_json() -> None:
    assert json.loads(serve_command(parse_serve(["--json"], {}))) == served()


def test_serving_needs_only_python() -> None:
    """A pod, an image or a laptop without the app's packages prints it too."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "ocr", "serve-command", "--port", "1"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("vllm serve ")
