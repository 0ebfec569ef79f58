"""What vLLM's log says: the stages of its start, the causes of its death."""

from __future__ import annotations

import re

from ocr import errors
from ocr.config.profiles import TIMEOUTS
from ocr.engines.local.program import Cause, LogFormat, ServerProgram
from ocr.engines.local.stages import Stage

STAGES: tuple[tuple[str, Stage], ...] = (
    (r"\.(safetensors|bin|gguf)\b.*:\s*\d+%\|", Stage.DOWNLOADING),
    (r"^Fetching \d+ files:\s*\d+%", Stage.DOWNLOADING),
    (r"Starting to load model|Loading safetensors|Loading .*checkpoint shards|Loading weights took", Stage.LOADING),
    (r"Model loading took|Encoder cache will be initialized|Dynamo bytecode|torch\.compile took", Stage.PROFILING),
    (r"KV cache memory|for KV cache on node|KV cache size|Warming up model", Stage.PROFILING),
    (r"Capturing (CUDA|cuda) ?graphs?|Capturing .*graph", Stage.CAPTURING),
    (r"init engine .* took|Starting vLLM (API )?server|Started server process", Stage.LISTENING),
    (r"vLLM API server version|Resolved architecture|non-default args|Initializing a V1 LLM engine", Stage.RESOLVING),
)
"""As the log of vLLM 0.32 has them."""

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

PREFIX = r"(\([\w ]+ pid=\d+\) ?)?((ERROR|WARNING|INFO|CRITICAL|DEBUG) \d\d-\d\d \d\d:\d\d:\d\d (\[[^\]]*\] )?)?"
LOG = LogFormat(
    prefix=re.compile("^" + PREFIX),
    harmless=re.compile(r"(\([\w ]+ pid=\d+\) ?)?(INFO|WARNING|DEBUG) "),
    error=re.compile(PREFIX + r"\s*(([\w.]+\.)?\w*(Error|Exception)\b: ?\S|Value error, |(\w+: )?error: )"),
    secondary=re.compile(
        r"See root cause above|died unexpectedly|EngineDeadError|EngineCore (failed|encountered)|died with exit code"
        r"|CancelledError|KeyboardInterrupt|SystemExit|Exception ignored"
    ),
)

VLLM = ServerProgram(
    name="vLLM",
    stages=STAGES,
    causes=CAUSES,
    log=LOG,
    expectation="A start takes 60–90 s cold, 20–30 s with --fast-boot; the first one downloads the weights before.",
    silence_timeout_s=900.0,  # compiling graphs takes minutes without any output, nothing takes this long
    timeouts=TIMEOUTS,
    when_stalled="Try again; if it stalls again, see what nvidia-smi says.",
    when_port_taken="Choose another with --vllm-port, or leave it out for a free one.",
)
