"""Finds in its log why a vLLM did not start, or died, and what the user can do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr import errors
from ocr.i18n import gettext


@dataclass(frozen=True, slots=True)
class Cause:
    """A log line that explains why vLLM ended."""

    pattern: str
    """A regular expression; its group `what`, where it has one, is quoted."""
    kind: type[errors.EngineFailed]
    message: str
    """`{what}` stands for the quotation."""
    next_step: str


CAUSES = (
    Cause(
        r"error while attempting to bind on address|\[Errno 98\]|Address already in use",
        errors.PortInUse,
        "Another program listens on the port that vLLM was to use.",
        "Choose another with --vllm-port, or leave it out for a free one.",
    ),
    Cause(
        r"No space left on device|\[Errno 28\]|Not enough free disk space",
        errors.DiskFull,
        "The disk is full: the model's weights do not fit.",
        "Free some space, or set HF_HOME to a folder on a larger disk.",
    ),
    Cause(
        r"(?P<what>Free memory on device.*?is less than desired GPU memory utilization[^)]*\))",
        errors.OutOfMemory,
        "Other programs use too much of the GPU's memory: {what}.",
        "End them, or lower --gpu-memory-utilization, to 0.7 say.",
    ),
    Cause(
        r"KV cache is needed, which is larger than.*?maximum model length is (?P<what>\d+)",
        errors.OutOfMemory,
        "The memory left for the cache holds {what} tokens, fewer than one page may need by --max-model-len.",
        "Lower --max-model-len to {what} or less, or raise --gpu-memory-utilization.",
    ),
    Cause(
        r"KV cache is needed, which is larger than|No available memory for the cache blocks",
        errors.OutOfMemory,
        "No memory is left for the cache of even one page.",
        "Lower --max-model-len, to 8192 say, or raise --gpu-memory-utilization; --fast-boot saves some more.",
    ),
    Cause(
        r"(?P<what>Available memory on node .*? is less than requested memory for kv \([^)]*\))",
        errors.OutOfMemory,
        "There is less memory than asked for: {what}.",
        "Lower --gpu-memory-utilization (without a GPU: VLLM_CPU_KVCACHE_SPACE), or end other programs.",
    ),
    Cause(
        r"out of memory|OutOfMemoryError|can't allocate memory|[Cc]annot allocate memory|Not enough memory"
        r"|larger than.*available.*memory|exceeds? .*available.*memory",
        errors.OutOfMemory,
        "The memory ran out while the model was loaded.",
        "Lower --gpu-memory-utilization, to 0.7 say, or --max-model-len, to 8192; --fast-boot saves some more.",
    ),
    Cause(
        r"max_model_len \((?P<what>[^)]*)\) is greater than the derived",
        errors.ContextTooLong,
        "The model does not have the {what} tokens of context asked for.",
        "Lower --max-model-len, or leave it out.",
    ),
    Cause(
        r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|no NVIDIA GPU"
        r"|libcuda\.so\.1: cannot open|NVIDIA driver on your system is too old|driver version is insufficient"
        r"|CUDA_ERROR_(NO_DEVICE|SYSTEM_DRIVER_MISMATCH)|no kernel image is available",
        errors.NoGpu,
        "vLLM finds no GPU that it can use: there is none, or its driver is too old.",
        "See what nvidia-smi says and renew the driver; without a GPU, read with the CPU engine: --local no.",
    ),
    Cause(
        r"GatedRepoError|Access to model .* is restricted|gated repo|403 Client Error|401 Client Error: Unauthorized",
        errors.NoSuchModel,
        "Hugging Face gives no access to this model: it is private or asks for consent, or the name is wrong.",
        "Check the name; ask for access on its page and set HF_TOKEN.",
    ),
    Cause(
        r"RepositoryNotFoundError|is not a local folder and is not a valid model identifier|404 Client Error"
        r"|Repo id must (be in the form|use alphanumeric)|HFValidationError|Repository Not Found",
        errors.NoSuchModel,
        "There is no such model, neither as a folder here nor on Hugging Face.",
        "Check the name: it is written as lightonai/LightOnOCR-2-1B.",
    ),
    Cause(
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|couldn't connect to 'https://huggingface"
        r"|Can't load the configuration|Cannot reach https://huggingface|Invalid repository ID or local directory"
        r"|outgoing traffic has been disabled",
        errors.NoSuchModel,
        "The model is neither a folder here nor in the cache, and Hugging Face was not reached.",
        "Check the name and the network; where there is none, copy the model here and give its folder.",
    ),
    Cause(
        r"Model architectures (?P<what>\[[^\]]*\]) (are not supported|failed)"
        r"|does not recognize this architecture|model type [`'\"]?(?P<type>[\w.-]+)[`'\"]? but Transformers does not",
        errors.UnsupportedModel,
        "This vLLM does not know the model's architecture.",
        "Check that the model is a LightOnOCR, or install a newer vLLM (in a checkout: ./setup.sh vllm).",
    ),
    Cause(
        r"(?P<what>(ImportError|ModuleNotFoundError|AttributeError|PackageNotFoundError): .*"
        r"(cannot import name|No module named|has no attribute|undefined symbol|No package metadata).*)"
        r"|(?P<else>undefined symbol: \S+)",
        errors.VersionMismatch,
        "vLLM and a package beside it do not belong together: {what}.",
        "Install vLLM anew, in an environment of its own (in a checkout: ./setup.sh vllm).",
    ),
    Cause(
        r"error: (?P<what>(unrecognized arguments|argument|ambiguous option).*)",
        errors.BadOption,
        "vLLM does not take an option: {what}.",
        "See `vllm serve --help=all` for those it takes, and mend what follows --.",
    ),
)
"""In this order: the first that any line matches explains the rest."""

LOG_PREFIX = re.compile(
    r"^(\([\w ]+ pid=\d+\) ?)?((ERROR|WARNING|INFO|CRITICAL|DEBUG) \d\d-\d\d \d\d:\d\d:\d\d (\[[^\]]*\] )?)?"
)
NON_ERROR_LINE = re.compile(r"(\([\w ]+ pid=\d+\) ?)?(INFO|WARNING|DEBUG) ")
"""Lines that name no error of this run, though warnings quote such as might come."""
SECONDARY_ERROR = re.compile(
    r"See root cause above|died unexpectedly|EngineDeadError|EngineCore (failed|encountered)|died with exit code"
    r"|CancelledError|KeyboardInterrupt|SystemExit|Exception ignored"
)
"""Errors that only follow from another."""


def explain(lines: Sequence[str], code: int | None, served: bool, log: str = "") -> errors.EngineFailed:
    """The error that the log of a dead vLLM stands for.

    Args:
        lines: its log, from its start.
        code: its exit code as a shell has it.
        served: whether it was ready before; then its early lines say nothing of its death.
        log: the file of the whole log, for what nothing here explains.
    """
    recent = lines[-RECENT_LINES:] if served else lines
    said = [LOG_PREFIX.sub("", line) for line in recent if not NON_ERROR_LINE.match(line)]
    for cause in CAUSES:
        for line in said:
            if found := re.search(cause.pattern, line):
                what = next((text for text in found.groupdict().values() if text), "").strip()[:300].rstrip(".")
                return cause.kind(gettext(cause.message, what=what), gettext(cause.next_step, what=what))
    verb = gettext("vLLM died") if served else gettext("vLLM did not start")
    last = last_error(lines)
    if not last and code is not None and code > 128:
        memory = gettext("often: out of memory") if code == 137 else ""
        signal = gettext("it was ended by signal {number}", number=code - 128)
        last = gettext("{signal} ({why})", signal=signal, why=memory) if memory else signal
    return errors.EngineFailed(
        gettext("{verb}: {reason}.", verb=verb, reason=last)
        if last
        else gettext("{verb} (exit code {code}).", verb=verb, code=code),
        gettext("The whole log is {file}.", file=log) if log else gettext("Its log says more."),
    )


RECENT_LINES = 200
"""Last lines of the log that are searched once a server has been ready: a few tracebacks."""


def last_error(lines: Sequence[str]) -> str:
    """The last line that names an error of its own, without what vLLM puts before it; empty if there is none."""
    consequence = ""
    for line in reversed(lines):
        text = LOG_PREFIX.sub("", line).strip()
        if re.match(r"([\w.]+\.)?\w*(Error|Exception)\b: ?\S|Value error, |(\w+: )?error: ", text):
            if not SECONDARY_ERROR.search(text):
                return text[:300].rstrip(".")
            consequence = consequence or text[:300].rstrip(".")
    return consequence
