"""The command line of the web page and of `python -m ocr`: arguments and environment → `Settings`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import ocr
from ocr.config.arguments import (
    NEVER,
    EngineName,
    Parser,
    Program,
    Several,
    parse_file,
    parse_local,
    parse_switch,
    parse_urls,
)
from ocr.config.read_request import ReadRequest
from ocr.config.settings import ENVIRONMENT, Settings, cache_folder, library_folder, on_space

DESCRIPTIONS: dict[Program, str] = {
    "app": "Start Pagelight's web page. Without --server-url it reads with LightOnOCR if a GPU and vLLM are found, "
    "otherwise with the CPU engine (Tesseract).",
    "cli": "Read documents with LightOnOCR; write DIR/<stem>/document.md, result.json and other formats. "
    "Folders are read with all folders below them; DIR gets the same folders. "
    "Without --server-url it reads with LightOnOCR if a GPU and vLLM are found, "
    "otherwise with the CPU engine (Tesseract).",
}
AFTER_DASHES = "What follows -- is handed to the server that is started here, `vllm serve` or llama-server, as it is."
OTHER_COMMANDS = (
    "`{cli} web` serves the web page; `{cli} batch SOURCE --out TARGET` reads folders and buckets into Parquet; "
    "`{cli} check URL` tests whether a server can read pages; "
    "`{cli} library` lists, searches and exports what is in the library of this machine; "
    "`{cli} serve-command [MODEL]` prints the command that serves a model. "
    "(Write ./check for a document of such a name.)"
)
EXIT_CODES = (
    "exit codes: 0 all pages read, 1 a page failed (the others are written), 2 usage error, 3 a document cannot be "
    "opened (the others are still read), 4 the server cannot be used, 5 --require is not met, "
    "130 interrupted; the highest that applies"
)

OPTIONS = {
    option.name: option
    for group in fields(Settings)
    for option in (fields(ReadRequest) if group.name == "request" else [group])
    if option.metadata
}
"""All fields that are flags, by name, in the order of `--help`."""


def flag(option: Field[Any]) -> str:
    """The flag of a field: `--server-url`."""
    return "--" + option.name.replace("_", "-")


def variable(option: Field[Any]) -> str:
    """The environment variable of a field: `OCR_SERVER_URL`."""
    return "OCR_" + option.name.upper()


def options(program: Program) -> list[Field[Any]]:
    """The fields that this program takes as flags."""
    return [option for option in OPTIONS.values() if option.metadata["only"] in (None, program)]


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings with these values, by the names of fields of `Settings` and of its request."""
    asked = {option.name for option in fields(ReadRequest)} & values.keys()
    request = ReadRequest(**{name: values[name] for name in asked})
    return Settings(**{name: value for name, value in values.items() if name not in asked}, request=request)


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
        epilog="Every option can be set by an environment variable: --server-url by OCR_SERVER_URL."
        + f" {AFTER_DASHES}"
        + (f" {EXIT_CODES}. {OTHER_COMMANDS.format(cli=invocation('cli'))}" if program == "cli" else ""),
        allow_abbrev=False,
    )
    result.add_argument("--version", action="version", version=f"Pagelight {ocr.__version__}")
    if program == "cli":
        result.add_argument("files", nargs="+", type=parse_file, metavar="FILE", help="PDF, image, or a folder of them")
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


def parse(program: Program, argv: Sequence[str] | None = None, environ: Mapping[str, str] = ENVIRONMENT) -> Settings:
    """Settings from the arguments and the environment; exits with status 2 and a message on a usage error."""
    ours, server_args = _split(list(sys.argv[1:] if argv is None else argv))
    made = parser(program, on_space(environ))
    given = vars(made.parse_args(ours))
    if given["server_url"] and given["local"] not in {None, NEVER}:
        made.error("--server-url and --local exclude each other")
    if given["engine"] is not EngineName.AUTO and given["server_url"]:
        made.error("--server-url and --engine exclude each other")
    if given["engine"] in {EngineName.VLLM, EngineName.LLAMACPP} and given["local"] == NEVER:
        made.error(f"--local no and --engine {given['engine']} exclude each other")
    if "files" in given:
        given["files"] = tuple(given["files"])
    given["cache_dir"] = given["cache_dir"] or cache_folder(environ)
    given["library_dir"] = given["library_dir"] or library_folder(environ)
    return settings_of({**given, "server_args": server_args})


def _split(arguments: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Our arguments and the server's; a document right after `--local` is a document, not a model."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    ours = arguments[:end]
    for index, argument in enumerate(ours[:-1]):
        following = Path(ours[index + 1])
        if argument == "--local" and following.is_file() and following.suffix.lower() != ".gguf":
            ours[index] = "--local="
    return ours, tuple(arguments[end + 1 :])
