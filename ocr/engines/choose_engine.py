"""Which engine reads where no server is named: vLLM, llama-server or Tesseract; and why, in a sentence for the user."""

from dataclasses import dataclass
from pathlib import Path

from ocr.config.arguments import NEVER, EngineName
from ocr.config.settings import Settings
from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL, REPOSITORIES, find_llama_server, is_gguf, local_files
from ocr.engines.vllm.command import find_vllm, has_gpu
from ocr.errors import NoLlamaServer, NoVllm
from ocr.i18n import gettext, join

CPU_ENGINE_NOTE = gettext(
    "Pages are read by the CPU engine (Tesseract), not by LightOnOCR: it makes more mistakes and does not recognise "
    "formulas."
)
ELSEWHERE_NOTE = gettext(
    "To read with LightOnOCR, install llama-server (in a checkout: ./setup.sh llama) and start Pagelight with --local, "
    "or pass a server's address with --server-url."
)
HERE_NOTE = gettext("LightOnOCR can read on this computer too, more slowly: start Pagelight with --local.")
INSTALL_NOTE = gettext(
    "This machine has an NVIDIA GPU, but vLLM is not installed. Install it to read with LightOnOCR "
    "(in a checkout: ./setup.sh vllm)."
)


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What reads, and why."""

    engine: EngineName
    """Not AUTO."""
    note: str
    """One sentence or two for the user."""
    model: str = ""
    """The name of what a server started here serves."""
    source: str = ""
    """Where llama-server's files of it are: a file, a folder or a repository."""


def choose_engine(settings: Settings) -> EngineChoice:
    """The engine for these settings, which name no server.

    An engine that was named is taken, whatever is here. Else a model is served by vLLM where there are an NVIDIA GPU
    and vLLM, or the user's own command for it, else by llama-server. Nothing is served unasked but by vLLM on a GPU.

    Raises:
        NoSuchModel: a folder or file of GGUF without what it takes.
    """
    asked = settings.local not in {None, NEVER}
    model = (settings.local if asked else "") or settings.request.model or DEFAULT_MODEL
    match settings.engine:
        case EngineName.VLLM:
            return _vllm(settings)
        case EngineName.LLAMACPP:
            return _llamacpp(model)
        case EngineName.TESSERACT:
            return _tesseract(settings, gpu=False)
    if settings.local == NEVER:
        return _tesseract(settings, gpu=False)
    if asked and (is_gguf(model) or (settings.llama_command and not settings.vllm_command)):
        return _llamacpp(model)
    if asked and settings.vllm_command:
        return _vllm(settings)
    gpu = has_gpu()
    if gpu and has_vllm(settings):
        return _vllm(settings, found=not asked)
    if asked and has_llama_server(settings):
        return _llamacpp(model, why=gettext("There is no NVIDIA GPU with vLLM here, so llama-server reads."))
    return _vllm(settings) if asked else _tesseract(settings, gpu=gpu)


def served_name(source: str) -> str:
    """The name of a model that was given as GGUF: its file's, or the repository's.

    Raises:
        NoSuchModel: a folder or file without what it takes.
    """
    files = local_files(Path(source))
    return files[0].stem if files else source


def _vllm(settings: Settings, *, found: bool = False) -> EngineChoice:
    """`found` if nobody asked for it."""
    model = settings.local_model
    note = gettext("Reading with {model}, served by vLLM on this machine.", model=model)
    if found:
        note = gettext(
            "An NVIDIA GPU and vLLM were found. {note} (To use the CPU engine instead: --local no.)", note=note
        )
    return EngineChoice(EngineName.VLLM, note, model)


def _llamacpp(model: str, why: str = "") -> EngineChoice:
    source = REPOSITORIES.get(model, model)
    name = served_name(source) if is_gguf(model) else model
    note = gettext("Reading with {model} by llama-server on this machine.", model=name)
    return EngineChoice(EngineName.LLAMACPP, join(" ", [why, note]), name, source)


def _tesseract(settings: Settings, *, gpu: bool) -> EngineChoice:
    """`gpu` if there is one that vLLM would use."""
    better = INSTALL_NOTE if gpu else HERE_NOTE if has_llama_server(settings) else ELSEWHERE_NOTE
    return EngineChoice(EngineName.TESSERACT, join(" ", [CPU_ENGINE_NOTE, better]))


def has_vllm(settings: Settings) -> bool:
    """Whether a vLLM can be started."""
    try:
        find_vllm(settings.vllm_command)
    except NoVllm:
        return False
    return True


def has_llama_server(settings: Settings) -> bool:
    """Whether a llama-server can be started."""
    try:
        find_llama_server(settings.llama_command)
    except NoLlamaServer:
        return False
    return True
