"""What llama-server's log says: the stages of its start, the causes of its death."""

import re
import signal

from ocr import errors
from ocr.config.profiles import Timeouts
from ocr.engines.local.program import Cause, LogFormat, ServerProgram
from ocr.engines.local.stages import Stage

STAGES: tuple[tuple[str, Stage], ...] = (
    (r"\.(gguf|safetensors)\b.*:\s*\d+%\|", Stage.DOWNLOADING),
    (r"^Converting to GGUF: *\d+%", Stage.CONVERTING),
    (r"load_model: (loading model|loaded multimodal model|initializing)", Stage.LOADING),
    (r"llama_server: (model loaded|listening on)", Stage.LISTENING),
    (r"Looking for the files of", Stage.RESOLVING),
)
"""As the logs of llama.cpp of October 2026 and of fetch_weights.py have them."""

CAUSES = (
    Cause(
        r"couldn't bind HTTP server socket",
        errors.PortInUse,
        "Another program listens on the port that llama-server was to use.",
        "Start it again: another free port is taken then.",
    ),
    Cause(
        r"Not enough free disk space|No space left on device",
        errors.DiskFull,
        "The disk is full: the model's weights do not fit.",
        "Free some space, or set HF_HOME to a folder on a larger disk.",
    ),
    Cause(
        r"No GGUF files: (?P<what>.*)",
        errors.NoSuchModel,
        "llama-server needs two GGUF files, the model and its mmproj: {what}.",
        "Choose a repository or a folder that holds both; docs/models.md lists some.",
    ),
    Cause(
        r"Not convertible: (?P<what>.*)",
        errors.UnsupportedModel,
        "The model cannot be converted for llama-server: {what}.",
        "Name a repository or a folder of its GGUF files; docs/models.md lists some.",
    ),
    Cause(
        r"Wrong hash: (?P<what>.*)",
        errors.BadWeights,
        "The download of {what} is damaged: it has not the hash that Hugging Face lists. It was deleted.",
        "Try again; if it happens again, see whether a proxy alters downloads.",
    ),
    Cause(
        r"No module named '(?P<what>filelock|gguf|huggingface_hub)'",
        errors.VersionMismatch,
        "Fetching and converting weights needs a package that is not installed: {what}.",
        "Install it with pip (in a checkout: ./setup.sh llama), or name a GGUF file that is on this machine.",
    ),
    Cause(
        r"GatedRepoError|gated repo|403 Client Error|401 Client Error",
        errors.NoSuchModel,
        "Hugging Face denies access to this model: it is private or gated, or the name is wrong.",
        "Check the name; request access on the model's page and set HF_TOKEN.",
    ),
    Cause(
        r"RepositoryNotFoundError|HFValidationError|Repository Not Found",
        errors.NoSuchModel,
        "The model exists neither as a local folder nor on Hugging Face.",
        "Check the name; it has the form lightonai/LightOnOCR-2-1B.",
    ),
    Cause(
        r"OfflineModeIsEnabled",
        errors.NoSuchModel,
        "The model is neither in a local folder nor in the cache, and HF_HUB_OFFLINE keeps it from being fetched.",
        "Unset HF_HUB_OFFLINE, or copy the model to this machine and pass its folder.",
    ),
    Cause(
        r"LocalEntryNotFoundError|Cannot reach|ConnectError|ConnectTimeout|ConnectionError",
        errors.NoSuchModel,
        "The model is neither in a local folder nor in the cache, and Hugging Face could not be reached.",
        "Check the name and the network; without a network, copy the model to this machine and pass its folder.",
    ),
    Cause(
        r"failed to open GGUF file '(?P<what>.*)' \(No such file or directory\)",
        errors.NoSuchModel,
        "There is no file {what}.",
        "Check the path.",
    ),
    Cause(
        r"Damaged weights: "
        r"|data is not within the file bounds|failed to (seek|read) |invalid magic characters|unexpectedly reached end",
        errors.BadWeights,
        "A file of the model's weights is damaged, or was not downloaded to its end.",
        "Delete it and fetch it again.",
    ),
    Cause(
        r"(?P<what>mismatch between text model \(n_embd = \d+\) and mmproj \(n_embd = \d+\))"
        r"|CLIP cannot be used as main model",
        errors.BadWeights,
        "The model file and its mmproj are of different models.",
        "Take the model and its mmproj from the same repository.",
    ),
    Cause(
        r"unknown (?P<what>model architecture: \S+|projector type: \S+)",
        errors.UnsupportedModel,
        "This llama-server does not know the model: unknown {what}.",
        "Check that the model is a LightOnOCR, or install a newer llama.cpp.",
    ),
    Cause(
        r"[Oo]ut ?[Oo]f ?[Mm]emory|insufficient memory|failed to allocate|std::bad_alloc|cannot allocate memory",
        errors.OutOfMemory,
        "The memory ran out while the model was being loaded.",
        "Close other programs, lower --max-model-len, to 4096 say, or choose a smaller model.",
    ),
    Cause(
        r"error: invalid argument: (?P<what>.*)|error while handling argument (?P<value>.*)",
        errors.BadOption,
        "llama-server does not take an option: {what}.",
        "Correct the options after --, or install a newer llama.cpp.",
    ),
    Cause(
        "",
        errors.UnsupportedProcessor,
        "This processor lacks instructions that llama-server was built for (AVX2).",
        "Name a llama-server built for this machine by --llama-command, or read with the CPU engine: --local no.",
        exit_code=128 + signal.SIGILL,
    ),
)

PREFIX = r"^(\d+\.\d\d\.\d{3}\.\d{3} [A-Z] +)?"
LOG = LogFormat(
    prefix=re.compile(PREFIX),
    harmless=re.compile(r"\d+\.\d\d\.\d{3}\.\d{3} [IWD] "),
    error=re.compile(r"\d+\.\d\d\.\d{3}\.\d{3} E |error\b|([\w.]+\.)?\w*(Error|Exception)\b: ?\S"),
    secondary=re.compile(r"exiting due to|load_model: failed|failed to load model$|common_(fit_params|init_)"),
)

LLAMA_SERVER = ServerProgram(
    name="llama-server",
    stages=STAGES,
    causes=CAUSES,
    log=LOG,
    expectation="A start takes some seconds; the first one downloads the weights before.",
    silence_timeout_s=300.0,  # a model read from a slow disk is loaded without a line in between
    timeouts=Timeouts(
        first_token=3600.0, page=7200.0
    ),  # two cores encode a page for ten minutes, longer if others work
    when_stalled="Try again; if it stalls again, see whether the disk or the network answers.",
    when_port_taken="Start it again: another free port is taken then.",
)
