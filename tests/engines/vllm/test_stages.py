"""A vLLM's log, folded into stages."""

from __future__ import annotations

import pytest

from ocr.engines.local.stages import Stage, StageReader
from ocr.engines.vllm.vllm_program import VLLM

GPU_LOG = """\
Triton is installed, but doesn't include CPU backend. Disabling Triton.
(APIServer pid=18) INFO 11-21 19:21:21 [api_utils.py:286] non-default args: {'model': 'm', 'enforce_eager': False}
(APIServer pid=18) INFO 11-21 19:21:30 [model.py:733] Resolved architecture: LightOnOCRForConditionalGeneration
(EngineCore pid=19) INFO 11-21 19:21:37 [core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: model='m'
model.safetensors:   0%|          | 0.00/2.01G [00:00<?, ?B/s]
model.safetensors:  42%|####2     | 842M/2.01G [00:10<00:14, 84.1MB/s]
(EngineCore pid=19) INFO 11-21 19:21:46 [weight_utils.py:530] Time spent downloading weights for m: 24.1 seconds
(EngineCore pid=19) INFO 11-21 19:21:46 [gpu_model_runner.py:5040] Starting to load model m...
Loading safetensors checkpoint shards: 100% Completed | 1/1 [00:00<00:00, 189.90it/s]
(EngineCore pid=19) INFO 11-21 19:21:48 [gpu_model_runner.py:5150] Model loading took 1.9 GiB memory and 2.1 seconds
(EngineCore pid=19) INFO 11-21 19:21:58 [gpu_worker.py:760] Available KV cache memory: 12.1 GiB
(EngineCore pid=19) INFO 11-21 19:21:58 [kv_cache_utils.py:2327] GPU KV cache size: 113,312 tokens
Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  50%|#####     | 26/51 [00:02<00:02, 10.4it/s]
(EngineCore pid=19) INFO 11-21 19:22:08 [gpu_model_runner.py:6582] Graph capturing finished in 10 secs, took 0.50 GiB
(EngineCore pid=19) INFO 11-21 19:22:08 [core.py:402] init engine (profile, create kv cache, warmup model) took 20.28 s
(APIServer pid=18) INFO 11-21 19:22:09 [entry.py:140] Starting vLLM server on http://127.0.0.1:8911
"""
"""The lines that mark the stages of vLLM 0.32, as its source and its runs on a CPU have them."""


H100_LOG = """\
(EngineCore pid=1916) INFO 11-27 16:47:26 [core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: model='m'
(EngineCore pid=1916) INFO 11-27 16:47:28 [model_runner.py:392] Loading model from scratch...
(EngineCore pid=1916) INFO 11-27 16:47:32 [model_runner.py:424] Model loading took 1.88 GiB memory and 3.764734 seconds
(EngineCore pid=1916) INFO 11-27 16:48:19 [monitor.py:62] [backbone] torch.compile took 42.04 s in total
Capturing CUDA graphs (PIECEWISE):  41%|####      | 21/51 [00:01<00:01, 19.78it/s]
(EngineCore pid=1916) INFO 11-27 16:48:26 [gpu_worker.py:759] Available KV cache memory: 63.01 GiB
2026-11-27 16:48:28,741 - INFO - core.py:564 - flashinfer.jit: Building JIT module sampling; this can take minutes
Capturing CUDA graphs (FULL):  20%|#9        | 10/51 [00:00<00:00, 45.63it/s]
(EngineCore pid=1916) INFO 11-27 16:50:07 [core.py:395] init engine (profile, create kv cache, warmup model) took 155 s
"""
"""Lines of vLLM 0.32's first start on an H100, which captures graphs twice and compiles between."""


def stages(log: str) -> list[tuple[Stage, str]]:
    reader, seen = StageReader(VLLM.stages), []
    for line in log.splitlines():
        reader.feed(line)
        if not seen or seen[-1] != (reader.stage, reader.progress):
            seen.append((reader.stage, reader.progress))
    return seen


def test_stages_of_a_first_start() -> None:
    """Every stage is seen once and in order, with its progress."""
    assert stages(GPU_LOG) == [
        (Stage.STARTING, ""),
        (Stage.RESOLVING, ""),
        (Stage.DOWNLOADING, "0 %, 0.00/2.01G"),
        (Stage.DOWNLOADING, "42 %, 842M/2.01G"),
        (Stage.LOADING, ""),
        (Stage.LOADING, "100 %"),
        (Stage.PROFILING, ""),
        (Stage.CAPTURING, "50 %"),
        (Stage.LISTENING, ""),
    ]


def test_stages_of_a_first_start_on_a_gpu() -> None:
    """The minutes in which a kernel is compiled are not told as capturing graphs."""
    assert stages(H100_LOG) == [
        (Stage.RESOLVING, ""),
        (Stage.LOADING, ""),
        (Stage.PROFILING, ""),
        (Stage.CAPTURING, "41 %"),
        (Stage.COMPILING, ""),
        (Stage.LISTENING, ""),
    ]


def test_stages_never_go_back() -> None:
    """A second worker that still loads does not undo what the first has reached."""
    lines = ["Available KV cache memory: 12.1 GiB", "Loading safetensors checkpoint shards:  10% Completed | 1/10"]
    assert stages("\n".join(lines)) == [(Stage.PROFILING, "")]


@pytest.mark.parametrize(
    "line",
    [
        "WARNING [vllm.py:1703] Enforce eager set, disabling torch.compile, CUDAGraphs, and JIT kernel warmup.",
        "INFO [weight_utils.py:1108] Checkpoint size: 0.00 GiB. Available RAM: 21.63 GiB.",
        "",
    ],
)
def test_stages_other_lines(line: str) -> None:
    """A line that only mentions a stage's words is none of its signs."""
    assert stages(line or "\n") == [(Stage.STARTING, "")]
