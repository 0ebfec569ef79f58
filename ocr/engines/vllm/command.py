"""Find vLLM on this machine, and build the command that serves a model with it."""

import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ocr.config.settings import Settings, vllm_environment
from ocr.config.vllm_command import serve_arguments
from ocr.engines.local.program import HOST, Launch, free_port, weights_identity
from ocr.engines.vllm.vllm_program import VLLM
from ocr.errors import NoVllm
from ocr.i18n import gettext

ROOT = Path(__file__).parents[3]
"""The checkout; `./setup.sh vllm` makes its `.venv-vllm` there."""

FLASHINFER_SAMPLER = "VLLM_USE_FLASHINFER_SAMPLER"
"""At the first start this sampler is compiled, which took 90 s on an H100's machine; without `nvcc` vLLM does not start
(vllm-project/vllm#49497). Where it is off, vLLM uses its own."""

CUDA = Path("/usr/local/cuda")
"""Where CUDA lies by itself."""

NVIDIA_SMI_TIMEOUT_S = 10.0
"""A healthy driver answers within one second; one that hangs is no GPU to us."""


def launch(settings: Settings) -> Launch:
    """The command for these settings, with a free port and a key of its own unless they name them.

    Raises:
        NoVllm: there is no vLLM, or not where they say.
    """
    program = find_vllm(settings.vllm_command)
    port = settings.vllm_port or free_port()
    model = settings.local_model
    command = (*program, *serve_arguments(settings, model, HOST, port))
    identity = shlex.join([weights_identity(model), *settings.server_args])
    key = settings.api_key or secrets.token_urlsafe(24)
    environment = vllm_environment(key)
    if settings.fast_boot or not has_nvcc(environment):
        environment.setdefault(FLASHINFER_SAMPLER, "0")
    return Launch(VLLM, command, model, port, key, environment, identity=identity)


def find_vllm(command: str | None = None, python: Path = Path(sys.executable), root: Path = ROOT) -> Sequence[str]:
    """The program to run: the one named, else beside the running Python, in `.venv-vllm`, or on the PATH.

    Raises:
        NoVllm: there is none.
    """
    if command:
        program = shlex.split(command)
        if not program or not shutil.which(program[0]):
            missing = gettext("The command '{command}' that starts vLLM was not found.", command=command)
            raise NoVllm(missing, "Correct --vllm-command.")
        return program
    for path in (python.parent / "vllm", root / ".venv-vllm" / "bin" / "vllm"):
        if shutil.which(path):
            return [str(path)]
    found = shutil.which("vllm")
    if found:
        return [found]
    raise NoVllm(
        "vLLM is not installed on this machine.",
        "Install it (in a checkout: ./setup.sh vllm), or pass the command that starts it with --vllm-command.",
    )


def has_nvcc(environment: Mapping[str, str], default: Path = CUDA) -> bool:
    """Whether CUDA's compiler is where FlashInfer looks for it; `default` is where CUDA lies by itself."""
    home = environment.get("CUDA_HOME") or environment.get("CUDA_PATH")
    found = None if home else shutil.which("nvcc", path=environment.get("PATH", ""))
    return bool(found or shutil.which(Path(home or default) / "bin" / "nvcc"))


def has_gpu() -> bool:
    """Whether the driver knows of an NVIDIA GPU."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, timeout=NVIDIA_SMI_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and b"GPU" in listed.stdout
