"""All settings and their environment variables; the only module that reads the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ocr.config.arguments import (
    FORMATS,
    EngineName,
    parse_credentials,
    parse_engine,
    parse_formats,
    parse_local,
    parse_names,
    parse_networks,
    parse_port,
    parse_positive,
    parse_seconds,
    parse_share_of_memory,
    parse_switch,
    parse_urls,
    setting,
)
from ocr.config.profiles import Timeouts
from ocr.config.read_request import ReadRequest

DEFAULT_MODEL = "lightonai/LightOnOCR-2-1B"
"""What a local vLLM serves unless another model is named."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Each field is the flag `--field-name` and the variable `OCR_FIELD_NAME`."""

    files: tuple[Path, ...] = ()
    """Documents named on the command line; no flag, no variable."""
    server_args: tuple[str, ...] = ()
    """What followed `--` on the command line, for the server started here; no flag, no variable."""
    server_url: tuple[str, ...] = setting(
        (), "an OpenAI-compatible server, with or without /v1; several share the pages", "URL", parse_urls
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
    """What is asked for where nothing else is said; its fields have flags of their own."""
    api_key: str | None = setting(None, "sent as bearer token", "KEY", repr=False)
    languages: str = setting("eng", "the CPU engine's languages, as eng+fra", "L")
    concurrency: int | None = setting(
        None,
        "pages in flight at each server; else as many as it takes, the cores for the CPU engine",
        "N",
        parse_positive,
    )
    timeout: float = setting(120.0, "seconds without a word after which a page is given up", "S", parse_seconds)
    first_token_timeout: float = setting(
        600.0, "seconds to wait for a page's first word: the server may have a queue", "S", parse_seconds
    )
    page_timeout: float = setting(1800.0, "seconds that the whole answer to a page may take", "S", parse_seconds)
    render_workers: int | None = setting(
        None, "processes that render pages, at most; else the cores, up to 8", "N", parse_positive
    )
    outage_timeout: float = setting(600.0, "seconds to wait for a server that has gone away", "S", parse_seconds)
    vllm_command: str | None = setting(None, "the vllm to start; else the one found", "COMMAND")
    llama_command: str | None = setting(None, "the llama-server to start; else the one found", "COMMAND")
    vllm_port: int = setting(0, "port for the vLLM started here; 0 for any free one", "PORT", parse_port)
    gpu_memory_utilization: float | None = setting(
        None, "share of the GPU's memory for vLLM; else 0.85", "SHARE", parse_share_of_memory
    )
    max_model_len: int | None = setting(
        None, "tokens of image and answer that vLLM allows; else the family's", "N", parse_positive
    )
    tensor_parallel_size: int | None = setting(None, "GPUs that share each layer of the model", "N", parse_positive)
    data_parallel_size: int | None = setting(None, "GPUs that each hold the whole model", "N", parse_positive)
    fast_boot: bool = setting(False, "start vLLM in 20-30 s instead of 60-90, to read more slowly", "", parse_switch)
    keep_server: bool = setting(False, "leave the vLLM started here running at the end", "", parse_switch)
    out: Path = setting(Path("out"), "folder for the results", "DIR", Path, only="cli")
    formats: tuple[str, ...] = setting(
        ("md", "json"),
        f"files for each document: {','.join(FORMATS)}; docx needs pandoc",
        "LIST",
        parse_formats,
        only="cli",
    )
    max_file_mb: int = setting(200, "largest file, in MB; 500 on the command line", "MB", parse_positive, cli=500)
    max_pages: int = setting(
        2000, "most pages of a document; on the command line 5000, of those asked for", "N", parse_positive, cli=5000
    )
    render_timeout: float = setting(
        30.0, "seconds for opening a document, and for rendering a page", "S", parse_seconds
    )
    cache: bool = setting(True, "keep what a server has read; the same page is not read twice", "", parse_switch)
    cache_dir: Path | None = setting(None, "folder for what is kept; else ~/.cache/pagelight", "DIR", Path)
    quiet: bool = setting(False, "no progress, only errors", "", parse_switch, only="cli")
    host: str = setting("127.0.0.1", "address to listen on; 0.0.0.0 for every one", "ADDRESS", only="app")
    port: int = setting(7861, "port to listen on; 0 for any free one", "PORT", parse_port, only="app")
    allowed_hosts: tuple[str, ...] = setting(
        (), "host names the page answers to, as a.org,*.b.org; else any", "NAMES", parse_names, only="app"
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        "proxies in front of the page, as 10.0.0.0/8: they tell visitors apart; this machine's own always do",
        "NETWORKS",
        parse_networks,
        only="app",
    )
    auth: tuple[str, str] | None = setting(
        None, "ask visitors for this user:password", "U:P", parse_credentials, only="app", repr=False
    )
    mcp: bool = setting(
        False,
        "offer reading as a tool over MCP; needs the extra mcp (in a checkout: ./setup.sh mcp)",
        "",
        parse_switch,
        only="app",
    )

    @property
    def timeouts(self) -> Timeouts:
        """When a request is given up."""
        return Timeouts(self.timeout, self.first_token_timeout, self.page_timeout)

    @property
    def local_model(self) -> str:
        """What a local vLLM is to serve."""
        return self.local or self.request.model or DEFAULT_MODEL

    @property
    def public(self) -> bool:
        """Whether others than this machine can reach the page."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True


SPACE_DEFAULTS = {
    "OCR_HOST": "0.0.0.0", "OCR_MAX_FILE_MB": "25", "OCR_MAX_PAGES": "50",
    "OCR_TRUSTED_PROXIES": "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16",
}  # fmt: skip
"""What holds on a Hugging Face Space unless its variables say otherwise: anybody may come."""

ENVIRONMENT: Mapping[str, str] = os.environ
"""Where the commands beside reading look for the variables of their options."""


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Where programs keep what they can make again, or None for a user without a home."""
    try:
        return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pagelight"
    except RuntimeError:
        return None


def on_space(environ: Mapping[str, str]) -> Mapping[str, str]:
    """On a Hugging Face Space listen where its proxy looks, with a public page's limits; elsewhere as it is."""
    if not environ.get("SPACE_ID"):
        return environ
    return {**SPACE_DEFAULTS, "OCR_PORT": environ.get("GRADIO_SERVER_PORT", "7860"), **environ}


def tessdata_prefix(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder in which Tesseract is to look for its language data; None where none is named."""
    prefix = environ.get("TESSDATA_PREFIX")
    return Path(prefix) if prefix else None


def vllm_environment(api_key: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a local vLLM is started with: the key it asks for, and that it calls home to nobody."""
    return {**environ, "VLLM_API_KEY": api_key, "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def llama_environment(api_key: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a local llama-server is started with: the key it asks for, and that its threads sleep while they wait.

    By default they spin for each other; on two busy cores it then wrote 1 token a second instead of 114.
    """
    shown_in_the_log = {"TQDM_POSITION": "-1"}  # a download's progress, which else only terminals get
    return {"OMP_WAIT_POLICY": "PASSIVE", **shown_in_the_log, **environ, "LLAMA_API_KEY": api_key}


def limit_tesseract_threads() -> None:
    """Give Tesseract one thread in this process: there is a process for each core. It reads this when it is loaded."""
    os.environ["OMP_THREAD_LIMIT"] = "1"


def silence_gradio() -> None:
    """Keep Gradio from calling home; it reads these when it is imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
