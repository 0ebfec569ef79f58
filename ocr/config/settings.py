"""Settings from flags and the environment; the only module that knows variable names."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import ocr
from ocr.config.arguments import (
    FORMATS,
    NEVER,
    Parser,
    Several,
    parse_credentials,
    parse_file,
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
)
from ocr.config.profiles import Overrides, Timeouts

Program = Literal["app", "cli"]

DEFAULT_MODEL = "lightonai/LightOnOCR-2-1B"
"""What a local vLLM serves unless another model is named."""

DESCRIPTIONS: dict[Program, str] = {
    "app": "Start Pagelight's web page. Without --server-url it reads with LightOnOCR where there is a GPU and vLLM, "
    "else with the CPU engine (Tesseract).",
    "cli": "Read documents with LightOnOCR; write DIR/<stem>/document.md, result.json and other formats. "
    "Without --server-url it reads with LightOnOCR where there is a GPU and vLLM, "
    "else with the CPU engine (Tesseract).",
}
AFTER_DASHES = "What follows -- is handed to `vllm serve` as it is."
OTHER_COMMANDS = (
    "`{cli} web` serves the web page; `{cli} check URL` tells whether a server is fit to read with; "
    "`{cli} serve-command [MODEL]` prints the command that serves a model. "
    "(A document of such a name is given as ./check.)"
)
EXIT_CODES = (
    "exit codes: 0 all read, 1 some page failed (the rest is written), 2 usage, 3 a document cannot be opened "
    "(the others are still read), 4 the server cannot be used, 130 interrupted; the highest that applies"
)


def _about(
    help_text: str, metavar: str = "", parse: Callable[[str], Any] = str, only: Program | None = None, cli: Any = None
) -> dict[str, Any]:
    """One row of the table below.

    `only` names the program that takes the flag, None for both; `cli` is the command line's default where it has its
    own.
    """
    return {"help": help_text, "metavar": metavar, "parse": parse, "only": only, "cli": cli}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Each field is the flag `--field-name` and the variable `OCR_FIELD_NAME`."""

    files: tuple[Path, ...] = ()
    """Documents named on the command line; no flag, no variable."""
    vllm_args: tuple[str, ...] = ()
    """What followed `--` on the command line, for `vllm serve`; no flag, no variable."""
    server_url: tuple[str, ...] = field(
        default=(),
        metadata=_about("an OpenAI-compatible server, with or without /v1; several share the pages", "URL", parse_urls),
    )
    local: str | None = field(
        default=None,
        metadata=_about(
            "start vLLM here, with this model; no: never; else if there are a GPU and vLLM", "MODEL", parse_local
        ),
    )
    model: str | None = field(default=None, metadata=_about("the model to ask for; else the server's first", "ID"))
    api_key: str | None = field(default=None, repr=False, metadata=_about("sent as bearer token", "KEY"))
    languages: str = field(default="eng", metadata=_about("the CPU engine's languages, as eng+fra", "L"))
    concurrency: int | None = field(
        default=None,
        metadata=_about(
            "pages in flight at each server; else as many as it takes, the cores for the CPU engine",
            "N",
            parse_positive,
        ),
    )
    layout: bool | None = field(
        default=None, metadata=_about("ask for layout blocks; on where the model family has them", "", parse_switch)
    )
    longest_side: int | None = field(
        default=None, metadata=_about("pixels of a page's longer side; else the family's", "PX", parse_positive)
    )
    temperature: float | None = field(default=None, metadata=_about("else the family's", "T", parse_share(2.0)))
    top_p: float | None = field(default=None, metadata=_about("else the family's", "P", parse_share(1.0)))
    max_tokens: int | None = field(
        default=None, metadata=_about("tokens of a page's answer; else all that the context holds", "N", parse_positive)
    )
    headers: bool = field(
        default=False, metadata=_about("keep headers, footers and page numbers in the text", "", parse_switch)
    )
    auto_rotate: bool = field(
        default=False,
        metadata=_about("turn pages upright that lie on their side; takes 0.25 s a page", "", parse_switch),
    )
    timeout: float = field(
        default=120.0, metadata=_about("seconds without a word after which a page is given up", "S", parse_seconds)
    )
    first_token_timeout: float = field(
        default=600.0,
        metadata=_about("seconds to wait for a page's first word: the server may have a queue", "S", parse_seconds),
    )
    page_timeout: float = field(
        default=1800.0, metadata=_about("seconds that the whole answer to a page may take", "S", parse_seconds)
    )
    render_workers: int | None = field(
        default=None,
        metadata=_about("processes that render pages, at most; else the cores, up to 8", "N", parse_positive),
    )
    outage_timeout: float = field(
        default=600.0, metadata=_about("seconds to wait for a server that has gone away", "S", parse_seconds)
    )
    vllm_command: str | None = field(default=None, metadata=_about("the vllm to start; else the one found", "COMMAND"))
    vllm_port: int = field(
        default=0, metadata=_about("port for the vLLM started here; 0 for any free one", "PORT", parse_port)
    )
    gpu_memory_utilization: float | None = field(
        default=None, metadata=_about("share of the GPU's memory for vLLM; else 0.85", "SHARE", parse_share_of_memory)
    )
    max_model_len: int | None = field(
        default=None,
        metadata=_about("tokens of image and answer that vLLM allows; else the family's", "N", parse_positive),
    )
    tensor_parallel_size: int | None = field(
        default=None, metadata=_about("GPUs that share each layer of the model", "N", parse_positive)
    )
    data_parallel_size: int | None = field(
        default=None, metadata=_about("GPUs that each hold the whole model", "N", parse_positive)
    )
    fast_boot: bool = field(
        default=False, metadata=_about("start vLLM in 20-30 s instead of 60-90, to read more slowly", "", parse_switch)
    )
    keep_server: bool = field(
        default=False, metadata=_about("leave the vLLM started here running at the end", "", parse_switch)
    )
    pages: str | None = field(default=None, metadata=_about("page range, as 1,3-5,8-; else all", "RANGE", only="cli"))
    password: str | None = field(default=None, repr=False, metadata=_about("opens encrypted PDFs", "P", only="cli"))
    out: Path = field(default=Path("out"), metadata=_about("folder for the results", "DIR", Path, "cli"))
    formats: tuple[str, ...] = field(
        default=("md", "json"),
        metadata=_about(
            f"files for each document: {','.join(FORMATS)}; docx needs pandoc", "LIST", parse_formats, "cli"
        ),
    )
    max_file_mb: int = field(
        default=200, metadata=_about("largest file, in MB; 500 on the command line", "MB", parse_positive, cli=500)
    )
    max_pages: int = field(
        default=2000,
        metadata=_about(
            "most pages of a document; on the command line 5000, of those asked for", "N", parse_positive, cli=5000
        ),
    )
    render_timeout: float = field(
        default=30.0, metadata=_about("seconds for opening a document, and for rendering a page", "S", parse_seconds)
    )
    cache: bool = field(
        default=True,
        metadata=_about("keep what a server has read; the same page is not read twice", "", parse_switch),
    )
    cache_dir: Path | None = field(
        default=None, metadata=_about("folder for what is kept; else ~/.cache/pagelight", "DIR", Path)
    )
    quiet: bool = field(default=False, metadata=_about("no progress, only errors", "", parse_switch, "cli"))
    host: str = field(
        default="127.0.0.1", metadata=_about("address to listen on; 0.0.0.0 for every one", "ADDRESS", only="app")
    )
    port: int = field(default=7861, metadata=_about("port to listen on; 0 for any free one", "PORT", parse_port, "app"))
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about("host names the page answers to, as a.org,*.b.org; else any", "NAMES", parse_names, "app"),
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "proxies in front of the page, as 10.0.0.0/8: they tell visitors apart; this machine's own always do",
            "NETWORKS",
            parse_networks,
            "app",
        ),
    )
    auth: tuple[str, str] | None = field(
        default=None,
        repr=False,
        metadata=_about("ask visitors for this user:password", "U:P", parse_credentials, "app"),
    )
    mcp: bool = field(
        default=False,
        metadata=_about(
            "offer reading as a tool over MCP; needs the extra mcp (in a checkout: ./setup.sh mcp)",
            "",
            parse_switch,
            "app",
        ),
    )

    @property
    def overrides(self) -> Overrides:
        """What the user sets of how pages are asked for."""
        return Overrides(
            self.layout, self.longest_side, self.temperature, self.top_p, self.max_tokens, self.headers,
            self.auto_rotate,
        )  # fmt: skip

    @property
    def timeouts(self) -> Timeouts:
        """When a request is given up."""
        return Timeouts(self.timeout, self.first_token_timeout, self.page_timeout)

    @property
    def local_model(self) -> str:
        """What a local vLLM is to serve."""
        return self.local or self.model or DEFAULT_MODEL

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


def flag(option: Field[Any]) -> str:
    """The flag of a field: `--server-url`."""
    return "--" + option.name.replace("_", "-")


def variable(option: Field[Any]) -> str:
    """The environment variable of a field: `OCR_SERVER_URL`."""
    return "OCR_" + option.name.upper()


def options(program: Program) -> list[Field[Any]]:
    """The fields that this program takes as flags."""
    return [option for option in fields(Settings) if option.metadata and option.metadata["only"] in (None, program)]


def invocation(program: Program) -> str:
    """How a program is started, in the way that this process was: by the installed command or from a checkout."""
    started = Path(sys.argv[0])
    if program == "app" and started.name == "app.py":
        return "python app.py"
    cli = "pagelight" if started.stem == "pagelight" else "python -m ocr"
    return f"{cli} web" if program == "app" else cli


def parser(program: Program, environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line of a program, its defaults taken from `environ`."""
    result = Parser(
        prog=invocation(program),
        description=DESCRIPTIONS[program],
        epilog="Every option has a twin in the environment: --server-url is OCR_SERVER_URL."
        + f" {AFTER_DASHES}"
        + (f" {EXIT_CODES}. {OTHER_COMMANDS.format(cli=invocation('cli'))}" if program == "cli" else ""),
        allow_abbrev=False,
    )
    result.add_argument("--version", action="version", version=f"Pagelight {ocr.__version__}")
    if program == "cli":
        result.add_argument("files", nargs="+", type=parse_file, metavar="FILE", help="PDF or image")
    for option in options(program):
        add_option(result, option, environ, option.metadata["cli"] if program == "cli" else None)
    return result


def add_option(
    to: argparse.ArgumentParser, option: Field[Any], environ: Mapping[str, str], default: Any = None
) -> None:
    """Give a command line the flag of a field, its default taken from `environ`, else `default` or the field's."""
    given: Any = environ.get(variable(option)) or (option.default if default is None else default)
    about = {key: option.metadata[key] for key in ("help", "metavar")}
    if option.metadata["parse"] is parse_switch:
        try:
            given = parse_switch(given) if isinstance(given, str) else given
        except argparse.ArgumentTypeError as error:
            to.error(f"{variable(option)}: {error}")
        to.add_argument(flag(option), help=about["help"], default=given, action=argparse.BooleanOptionalAction)
    elif option.name == "local":
        to.add_argument(flag(option), **about, nargs="?", const="", type=parse_local, default=given)
    elif option.metadata["parse"] is parse_urls:
        to.add_argument(flag(option), **about, type=parse_urls, action=Several, default=given)
    else:  # argparse parses a default that is a string, so a bad variable is reported like a bad flag
        to.add_argument(flag(option), **about, type=option.metadata["parse"], default=given)


def parse(program: Program, argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the arguments and the environment; exits with 2 and a message where they make no sense."""
    ours, vllm_args = _split(list(sys.argv[1:] if argv is None else argv))
    made = parser(program, on_space(environ))
    given = vars(made.parse_args(ours))
    if given["server_url"] and given["local"] not in {None, NEVER}:
        made.error("--server-url and --local exclude each other")
    if "files" in given:
        given["files"] = tuple(given["files"])
    given["cache_dir"] = given["cache_dir"] or cache_folder(environ)
    return Settings(**given, vllm_args=vllm_args)


def _split(arguments: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Our arguments and vLLM's; a document right after `--local` is a document, not a model."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    ours = arguments[:end]
    for index, argument in enumerate(ours[:-1]):
        if argument == "--local" and Path(ours[index + 1]).is_file():
            ours[index] = "--local="
    return ours, tuple(arguments[end + 1 :])


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


def limit_tesseract_threads() -> None:
    """Give Tesseract one thread in this process: there is a process for each core. It reads this when it is loaded."""
    os.environ["OMP_THREAD_LIMIT"] = "1"


def silence_gradio() -> None:
    """Keep Gradio from calling home; it reads these when it is imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
