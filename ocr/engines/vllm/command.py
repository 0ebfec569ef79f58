"""How a vLLM is found on this machine, and the command that serves a model with it."""

from __future__ import annotations

import secrets
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.config.settings import Settings
from ocr.config.vllm_command import serve_arguments
from ocr.errors import NoVllm, PortInUse
from ocr.i18n import gettext

ROOT = Path(__file__).parents[3]
"""The checkout; `./setup.sh vllm` makes its `.venv-vllm` there."""

HOST = "127.0.0.1"

NVIDIA_SMI_TIMEOUT_S = 10.0
"""A healthy driver answers within one second; one that hangs is no GPU to us."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to be started: what to run, and where it will answer."""

    command: tuple[str, ...]
    model: str
    """What to serve: a repository of Hugging Face or a folder."""
    port: int
    api_key: str
    """Handed over by the environment, where nobody else sees it."""
    identity: str = ""
    """What its answers depend on: the weights and the user's own arguments, not the port."""

    @property
    def url(self) -> str:
        """The base of its API."""
        return f"http://{HOST}:{self.port}/v1"


def launch(settings: Settings) -> Launch:
    """The command for these settings, with a free port and a key of its own unless they name them.

    Raises:
        NoVllm: there is no vLLM, or not where they say.
    """
    program = find_vllm(settings.vllm_command)
    port = settings.vllm_port or free_port()
    model = settings.local_model
    command = (*program, *serve_arguments(settings, model, HOST, port))
    identity = shlex.join([_weights_identity(model), *settings.vllm_args])
    return Launch(command, model, port, settings.api_key or secrets.token_urlsafe(24), identity)


def _weights_identity(model: str) -> str:
    """The repository's name; of a folder its path, and when its weights were written last."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    written = max((path.stat().st_mtime_ns for path in folder.glob("*.safetensors")), default=0)
    return f"{folder.resolve()} {written}"


def find_vllm(command: str | None = None, python: Path = Path(sys.executable), root: Path = ROOT) -> Sequence[str]:
    """The program to run: the one named, else beside the running Python, in `.venv-vllm`, or on the PATH.

    Raises:
        NoVllm: there is none.
    """
    if command:
        program = shlex.split(command)
        if not program or not shutil.which(program[0]):
            missing = gettext("There is no program '{command}' to start vLLM with.", command=command)
            raise NoVllm(missing, "Mend --vllm-command.")
        return program
    for path in (python.parent / "vllm", root / ".venv-vllm" / "bin" / "vllm"):
        if shutil.which(path):
            return [str(path)]
    found = shutil.which("vllm")
    if found:
        return [found]
    raise NoVllm(
        "There is no vLLM on this machine.",
        "Install it (in a checkout: ./setup.sh vllm), or name yours by --vllm-command.",
    )


def has_gpu() -> bool:
    """Whether the driver knows of an NVIDIA GPU."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, timeout=NVIDIA_SMI_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and b"GPU" in listed.stdout


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def check_port(port: int) -> None:
    """See that nobody listens there yet: who does might be taken for the server we start.

    Raises:
        PortInUse: somebody does, or this port is not for us.
    """
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise PortInUse(
            gettext("vLLM cannot listen on port {port}: {reason}.", port=str(port), reason=error.strerror),
            "Choose another with --vllm-port, or leave it out for a free one.",
        ) from error
