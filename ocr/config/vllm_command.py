"""Build the command that serves a model with vLLM; needs only the standard library."""

import json
import shlex
from dataclasses import dataclass

from ocr.config.profiles import UNKNOWN, Model, profile_for
from ocr.config.settings import Settings

GPU_MEMORY_SHARE = 0.85
"""The share of the GPU's memory that vLLM may take, unless the user says otherwise."""

BATCH_TOKENS = 8192
"""Tokens that a server for many takes in at once. A page's image is up to 4096: vLLM's own 2048, on GPUs of less than
70 GB, would feed it in pieces."""

KEEP_ALIVE_SECONDS = 15
"""A sign of life while a stream is silent; RunPod's proxy gives up after 100 s without a byte."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What `python -m ocr serve-command` is asked for."""

    settings: Settings
    """Its model is `local`; the options are those of a local vLLM."""
    host: str = "127.0.0.1"
    port: int = 8000
    behind_proxy: bool = False
    """Whether a proxy on the way cuts silent streams."""
    json: bool = False


def serve_command(wanted: ServeSettings) -> str:
    """The whole command, quoted for a shell, or as a JSON list of its words."""
    settings = wanted.settings
    for_many = ["--max-num-batched-tokens", str(BATCH_TOKENS)]
    if wanted.behind_proxy:
        for_many += ["--sse-keep-alive-interval", str(KEEP_ALIVE_SECONDS)]
    words = [
        *shlex.split(settings.vllm_command or "vllm"),
        *serve_arguments(settings, settings.local_model, wanted.host, wanted.port, for_many),
    ]
    return json.dumps(words) if wanted.json else shlex.join(words)


def serve_arguments(settings: Settings, model: str, host: str, port: int, more: list[str] | None = None) -> list[str]:
    """What follows `vllm`; the user's own arguments come last and win."""
    return ["serve", model, "--host", host, "--port", str(port), *flags(settings, model, more)]


def flags(settings: Settings, model: str, more: list[str] | None = None) -> list[str]:
    """What the model's family and the user want of `vllm serve`, and `more` before the user's own arguments."""
    profile = profile_for(Model(model))
    context = settings.max_model_len or (profile.context if profile is not UNKNOWN else None)
    values = {
        "--gpu-memory-utilization": settings.gpu_memory_utilization or GPU_MEMORY_SHARE,
        "--max-model-len": context,
        "--tensor-parallel-size": settings.tensor_parallel_size,
        "--data-parallel-size": settings.data_parallel_size,
    }
    written = [*profile.serve_flags]
    for name, value in values.items():
        if value is not None:
            written += [name, str(value)]
    eager = ["--enforce-eager"] if settings.fast_boot else []
    return [*written, *eager, *(more or ()), *settings.server_args]
