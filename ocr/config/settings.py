"""All settings and their environment variables; the only module that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ocr.config.arguments import (
    FORMATS,
    EngineName,
    is_loopback,
    parse_credentials,
    parse_engine,
    parse_formats,
    parse_local,
    parse_names,
    parse_networks,
    parse_port,
    parse_positive,
    parse_seconds,
    parse_share,
    parse_share_of_memory,
    parse_switch,
    parse_urls,
    setting,
)
from ocr.config.profiles import Timeouts
from ocr.config.read_request import ReadRequest
from ocr.result_formats import PLACED_FORMATS

DEFAULT_MODEL = "lightonai/LightOnOCR-2-1B"
"""The model that a local vLLM serves by default."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Each field is the flag `--field-name` and the environment variable `OCR_FIELD_NAME`."""

    files: tuple[Path, ...] = ()
    """Documents named on the command line; no flag, no variable."""
    server_args: tuple[str, ...] = ()
    """What followed `--` on the command line, for the server started here; no flag, no variable."""
    server_url: tuple[str, ...] = setting(
        (),
        "URL of an OpenAI-compatible server, with or without /v1; several servers share the pages",
        "URL",
        parse_urls,
    )
    local: str | None = setting(
        None,
        "start a server here, with this model: a name, a folder or a GGUF file; no: never; else vLLM if there is a GPU",
        "MODEL",
        parse_local,
    )
    engine: EngineName = setting(
        EngineName.AUTO,
        "what reads without --server-url: auto, vllm, llamacpp or tesseract; auto takes vLLM where there is an NVIDIA "
        "GPU, and llama.cpp for --local without one",
        "ENGINE",
        parse_engine,
    )
    request: ReadRequest = ReadRequest()
    """The default request; its fields have flags of their own."""
    api_key: str | None = setting(None, "API key of the server, sent as bearer token", "KEY", repr=False)
    languages: str = setting("eng", "languages of the CPU engine, such as eng+fra", "L")
    concurrency: int | None = setting(
        None,
        "pages in flight at each server; default: as many as it accepts; CPU engine: the number of cores",
        "N",
        parse_positive,
    )
    timeout: float = setting(120.0, "longest pause between two tokens of a page, in seconds", "S", parse_seconds)
    first_token_timeout: float = setting(
        600.0,
        "time limit for the first token of a page, in seconds; includes waiting in the server's queue",
        "S",
        parse_seconds,
    )
    page_timeout: float = setting(1800.0, "time limit for the whole answer to a page, in seconds", "S", parse_seconds)
    render_workers: int | None = setting(
        None,
        "maximum number of processes that render pages; default: the number of cores, up to 8",
        "N",
        parse_positive,
    )
    outage_timeout: float = setting(
        600.0, "time to wait for a server that no longer answers, in seconds", "S", parse_seconds
    )
    vllm_command: str | None = setting(
        None, "command that starts vLLM; default: the vllm found on this machine", "COMMAND"
    )
    llama_command: str | None = setting(None, "the llama-server to start; else the one found", "COMMAND")
    vllm_port: int = setting(0, "port of the vLLM started here; 0: any free port", "PORT", parse_port)
    gpu_memory_utilization: float | None = setting(
        None, "share of the GPU's memory for vLLM; default: 0.85", "SHARE", parse_share_of_memory
    )
    max_model_len: int | None = setting(
        None,
        "maximum number of tokens of an image and its answer in vLLM; default: that of the model family",
        "N",
        parse_positive,
    )
    tensor_parallel_size: int | None = setting(
        None, "number of GPUs that share each layer of the model", "N", parse_positive
    )
    data_parallel_size: int | None = setting(None, "number of GPUs that each hold the whole model", "N", parse_positive)
    fast_boot: bool = setting(False, "start vLLM in 20-30 s instead of 60-90 s; reading is slower", "", parse_switch)
    keep_server: bool = setting(False, "leave the vLLM started here running after the end", "", parse_switch)
    out: Path = setting(Path("out"), "folder for the results; default: out", "DIR", Path, only="cli")
    formats: tuple[str, ...] = setting(
        ("md", "json"),
        f"output formats for each document: {','.join(FORMATS)}; default: md,json; docx needs pandoc, pdf the extra "
        "`pdf`",
        "LIST",
        parse_formats,
        only="cli",
    )
    one_document: bool = setting(
        False,
        "read all pictures given, or in the folders given, as the pages of one document, in the order in which they "
        "were taken; by their names where one does not say when",
        "",
        parse_switch,
        only="cli",
    )
    max_file_mb: int = setting(200, "maximum file size, in MB; on the command line 500", "MB", parse_positive, cli=500)
    max_pages: int = setting(
        2000,
        "maximum number of pages of a document; on the command line 5000, of the requested pages",
        "N",
        parse_positive,
        cli=5000,
    )
    render_timeout: float = setting(
        30.0, "time limit for opening a document and for rendering a page, in seconds", "S", parse_seconds
    )
    cache: bool = setting(True, "cache complete answers, so that a page is not read twice", "", parse_switch)
    cache_dir: Path | None = setting(None, "folder of the cache; default: ~/.cache/pagelight", "DIR", Path)
    library: bool = setting(
        True,
        "keep what is read in the library of this machine, which the page shows; a page that others can reach keeps "
        "nothing; on the command line off by default",
        "",
        parse_switch,
        cli=False,
    )
    library_dir: Path | None = setting(
        None, "folder of the library; default: ~/.local/share/pagelight/library", "DIR", Path
    )
    library_mb: int = setting(
        5000, "maximum size of the library, in MB; documents read longest ago go first", "MB", parse_positive
    )
    require: float | None = setting(
        None,
        "with --verify: exit with 5 unless this share of each document's words is found, such as 0.98",
        "SHARE",
        parse_share(1.0),
        only="cli",
    )
    quiet: bool = setting(False, "print errors only, no progress", "", parse_switch, only="cli")
    host: str = setting("127.0.0.1", "address to listen on; 0.0.0.0: all addresses", "ADDRESS", only="app")
    port: int = setting(7861, "port to listen on; 0: any free port", "PORT", parse_port, only="app")
    allowed_hosts: tuple[str, ...] = setting(
        (), "host names that the page answers to, such as a.org,*.b.org; default: any", "NAMES", parse_names, only="app"
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        "networks of trusted proxies, such as 10.0.0.0/8; this machine is always trusted",
        "NETWORKS",
        parse_networks,
        only="app",
    )
    auth: tuple[str, str] | None = setting(
        None, "require this user:password from visitors", "U:P", parse_credentials, only="app", repr=False
    )
    auto_start: bool | None = setting(
        None,
        "offer to start reading as soon as a document is added; default: on, but off on a page for others too",
        "",
        parse_switch,
        only="app",
    )
    mcp: bool = setting(
        False,
        "provide reading as an MCP tool; needs the extra mcp (in a checkout: ./setup.sh mcp)",
        "",
        parse_switch,
        only="app",
    )

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of a request."""
        return Timeouts(self.timeout, self.first_token_timeout, self.page_timeout)

    @property
    def verifies(self) -> bool:
        """Whether it is said of each document how far its text is that of its pages."""
        return self.request.verify or self.require is not None

    @property
    def finds_words(self) -> bool:
        """Whether the words of a text are looked for on its page: to verify it, or for a format with their places."""
        return self.verifies or not PLACED_FORMATS.isdisjoint(self.formats)

    @property
    def local_model(self) -> str:
        """The model that a local vLLM serves."""
        return self.local or self.request.model or DEFAULT_MODEL

    @property
    def public(self) -> bool:
        """Whether others than this machine can reach the page."""
        return not is_loopback(self.host)

    @property
    def shared(self) -> bool:
        """Whether the page is for others too: it has host names, proxies or a password, if not a public address."""
        return bool(self.public or self.allowed_hosts or self.trusted_proxies or self.auth)

    @property
    def starts_reading(self) -> bool:
        """Whether the page offers to start reading as soon as a document is added."""
        return not self.shared if self.auto_start is None else self.auto_start

    @property
    def library_folder(self) -> Path | None:
        """Where read documents are kept; None where they are not."""
        return self.library_dir if self.library and not self.shared else None


SPACE_DEFAULTS = {
    "OCR_HOST": "0.0.0.0", "OCR_MAX_FILE_MB": "25", "OCR_MAX_PAGES": "50",
    "OCR_TRUSTED_PROXIES": "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16",
}  # fmt: skip
"""Defaults on a Hugging Face Space, which is public."""

ENVIRONMENT: Mapping[str, str] = os.environ
"""The environment from which the subcommands take the defaults of their options."""


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """The default cache folder; None for a user without a home directory."""
    try:
        return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pagelight"
    except RuntimeError:
        return None


def library_folder(environ: Mapping[str, str]) -> Path | None:
    """The default folder of the library; None for a user without a home directory."""
    try:
        return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pagelight" / "library"
    except RuntimeError:
        return None


def on_space(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the port and the limits of a public page added on a Hugging Face Space."""
    if not environ.get("SPACE_ID"):
        return environ
    return {**SPACE_DEFAULTS, "OCR_PORT": environ.get("GRADIO_SERVER_PORT", "7860"), **environ}


def tessdata_prefix(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of Tesseract's language data that `TESSDATA_PREFIX` names, or None."""
    prefix = environ.get("TESSDATA_PREFIX")
    return Path(prefix) if prefix else None


def vllm_environment(api_key: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a local vLLM: its API key, and telemetry switched off."""
    return {**environ, "VLLM_API_KEY": api_key, "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def llama_environment(api_key: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a local llama-server is started with: the key it asks for, and that its threads sleep while they wait.

    By default they spin for each other; on two busy cores it then wrote 1 token a second instead of 114.
    """
    shown_in_the_log = {"TQDM_POSITION": "-1"}  # a download's progress, which else only terminals get
    return {"OMP_WAIT_POLICY": "PASSIVE", **shown_in_the_log, **environ, "LLAMA_API_KEY": api_key}


def limit_tesseract_threads() -> None:
    """Limit Tesseract to one thread in this process, since there is a process per core; call before it is loaded."""
    os.environ["OMP_THREAD_LIMIT"] = "1"


def limit_blas_threads() -> None:
    """Limit OpenBLAS to one thread in this process; call before NumPy or OpenCV is loaded.

    It has a thread for each core, each with 30 MB of address space and more, which a render process has not got.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def silence_gradio() -> None:
    """Switch off Gradio's telemetry; call before it is imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
