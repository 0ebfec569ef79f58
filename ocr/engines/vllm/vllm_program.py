"""What vLLM's log says: the stages of its start, the causes of its death."""

import re

from ocr import errors
from ocr.config.profiles import TIMEOUTS
from ocr.engines.local.program import Cause, LogFormat, ServerProgram
from ocr.engines.local.stages import Stage

STAGES: tuple[tuple[str, Stage], ...] = (
    (r"\.(safetensors|bin|gguf)\b.*:\s*\d+%\|", Stage.DOWNLOADING),
    (r"^Fetching \d+ files:\s*\d+%", Stage.DOWNLOADING),
    (r"Starting to load model|Loading model from scratch|Loading weights took", Stage.LOADING),
    (r"Loading safetensors|Loading .*checkpoint shards", Stage.LOADING),
    (r"Model loading took|Encoder cache will be initialized|Dynamo bytecode|torch\.compile took", Stage.PROFILING),
    (r"KV cache memory|for KV cache on node|KV cache size|Warming up model", Stage.PROFILING),
    (r"Capturing (CUDA|cuda) ?graphs?|Capturing .*graph", Stage.CAPTURING),
    (r"Building JIT module", Stage.COMPILING),
    (r"init engine .* took|Starting vLLM (API )?server|Started server process", Stage.LISTENING),
    (r"vLLM API server version|Resolved architecture|non-default args|Initializing a V1 LLM engine", Stage.RESOLVING),
)
"""As the log of vLLM 0.32 has them."""

CAUSES = (
    Cause(
        r"error while attempting to bind on address|\[Errno 98\]|Address already in use",
        errors.PortInUse,
        "Another program is using vLLM's port.",
        "Choose another port with --vllm-port, or omit the option to use a free one.",
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
        "Close them, or lower --gpu-memory-utilization, for example to 0.7.",
    ),
    Cause(
        r"KV cache is needed, which is larger than.*?maximum model length is (?P<what>\d+)",
        errors.OutOfMemory,
        "The memory left for the KV cache holds {what} tokens, fewer than --max-model-len.",
        "Lower --max-model-len to {what} or less, or raise --gpu-memory-utilization.",
    ),
    Cause(
        r"KV cache is needed, which is larger than|No available memory for the cache blocks",
        errors.OutOfMemory,
        "No memory is left for the KV cache, not even for one page.",
        "Lower --max-model-len, for example to 8192, or raise --gpu-memory-utilization; --fast-boot saves some "
        "memory too.",
    ),
    Cause(
        r"(?P<what>Available memory on node .*? is less than requested memory for kv \([^)]*\))",
        errors.OutOfMemory,
        "Less memory is free than requested: {what}.",
        "Lower --gpu-memory-utilization (without a GPU: VLLM_CPU_KVCACHE_SPACE), or close other programs.",
    ),
    Cause(
        r"out of memory|OutOfMemoryError|can't allocate memory|[Cc]annot allocate memory|Not enough memory"
        r"|larger than.*available.*memory|exceeds? .*available.*memory",
        errors.OutOfMemory,
        "The memory ran out while the model was being loaded.",
        "Lower --gpu-memory-utilization, for example to 0.7, or --max-model-len to 8192; --fast-boot saves some "
        "memory too.",
    ),
    Cause(
        r"max_model_len \((?P<what>[^)]*)\) is greater than the derived",
        errors.ContextTooLong,
        "The model's context is shorter than the {what} tokens requested.",
        "Lower --max-model-len, or omit it.",
    ),
    Cause(
        r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|no NVIDIA GPU"
        r"|libcuda\.so\.1: cannot open|NVIDIA driver on your system is too old|driver version is insufficient"
        r"|CUDA_ERROR_(NO_DEVICE|SYSTEM_DRIVER_MISMATCH)|no kernel image is available",
        errors.NoGpu,
        "vLLM found no usable GPU: there is none, or its driver is too old.",
        "Check the output of nvidia-smi and update the driver; without a GPU, use the CPU engine: --local no.",
    ),
    Cause(
        r"GatedRepoError|Access to model .* is restricted|gated repo|403 Client Error|401 Client Error: Unauthorized",
        errors.NoSuchModel,
        "Hugging Face denies access to this model: it is private or gated, or the name is wrong.",
        "Check the name; request access on the model's page and set HF_TOKEN.",
    ),
    Cause(
        r"RepositoryNotFoundError|is not a local folder and is not a valid model identifier|404 Client Error"
        r"|Repo id must (be in the form|use alphanumeric)|HFValidationError|Repository Not Found",
        errors.NoSuchModel,
        "The model exists neither as a local folder nor on Hugging Face.",
        "Check the name; it has the form lightonai/LightOnOCR-2-1B.",
    ),
    Cause(
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|couldn't connect to 'https://huggingface"
        r"|Can't load the configuration|Cannot reach https://huggingface|Invalid repository ID or local directory"
        r"|outgoing traffic has been disabled",
        errors.NoSuchModel,
        "The model is neither in a local folder nor in the cache, and Hugging Face could not be reached.",
        "Check the name and the network; without a network, copy the model to this machine and pass its folder.",
    ),
    Cause(
        r"Model architectures (?P<what>\[[^\]]*\]) (are not supported|failed)"
        r"|does not recognize this architecture|model type [`'\"]?(?P<type>[\w.-]+)[`'\"]? but Transformers does not",
        errors.UnsupportedModel,
        "This version of vLLM does not support the model's architecture.",
        "Check that the model is a LightOnOCR, or install a newer vLLM (in a checkout: ./setup.sh vllm).",
    ),
    Cause(
        r"(?P<what>(ImportError|ModuleNotFoundError|AttributeError|PackageNotFoundError): .*"
        r"(cannot import name|No module named|has no attribute|undefined symbol|No package metadata).*)"
        r"|(?P<else>undefined symbol: \S+)",
        errors.VersionMismatch,
        "vLLM and another installed package are incompatible: {what}.",
        "Reinstall vLLM in an environment of its own (in a checkout: ./setup.sh vllm).",
    ),
    Cause(
        r"error: (?P<what>(unrecognized arguments|argument|ambiguous option).*)",
        errors.BadOption,
        "vLLM does not accept an option: {what}.",
        "See `vllm serve --help=all` for the options it accepts, and correct those after --.",
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
    expectation="A start takes 60–90 s, less with --fast-boot; the first one takes minutes: it downloads and compiles.",
    silence_timeout_s=900.0,  # compiling graphs takes minutes without any output, nothing takes this long
    timeouts=TIMEOUTS,
    when_stalled="Try again; if it stalls again, check the output of nvidia-smi.",
    when_port_taken="Choose another port with --vllm-port, or omit the option to use a free one.",
)
