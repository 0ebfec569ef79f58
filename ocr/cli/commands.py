"""The subcommands: `serve-command`, `check` and `library`, from their arguments to their exit code."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from ocr.cli.library_command import run_library
from ocr.config.arguments import Parser, parse_port, parse_seconds, parse_url
from ocr.config.command_line import OPTIONS, add_option, invocation, settings_of
from ocr.config.settings import DEFAULT_MODEL, ENVIRONMENT, Settings
from ocr.config.vllm_command import ServeSettings, serve_command

SERVE_OPTIONS = (
    "vllm_command",
    "gpu_memory_utilization",
    "max_model_len",
    "tensor_parallel_size",
    "data_parallel_size",
    "fast_boot",
)
SERVE_ABOUT = (
    "Print the command that serves a LightOnOCR model with vLLM, quoted for a shell. "
    "Nothing is started, and neither vLLM nor a GPU is needed. The number of tokens per event is not a flag: "
    "each request sets it (stream_interval)."
)
CHECK_OPTIONS = ("model", "api_key", "timeout", "first_token_timeout", "page_timeout")
CHECK_ABOUT = (
    "Test whether a server can read pages: its health, its models and their context, its API key, one sample page, "
    "and whether a proxy buffers the stream."
)


def serve_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `serve-command`, their defaults taken from `environ`."""
    made = _parser("serve-command", SERVE_ABOUT, SERVE_OPTIONS, environ)
    made.epilog = "Arguments after -- are appended to the command and take precedence."
    about_model = f"model to serve; default: {DEFAULT_MODEL}"
    made.add_argument("model", nargs="?", default=DEFAULT_MODEL, metavar="MODEL", help=about_model)
    made.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on; 0.0.0.0: all addresses"
    )
    made.add_argument("--port", type=parse_port, default=8000, metavar="PORT", help="port to listen on; default: 8000")
    made.add_argument(
        "--behind-proxy", action="store_true", help="send keep-alives on idle streams, for proxies that close them"
    )
    made.add_argument("--json", action="store_true", help="print the command as a JSON list of arguments")
    return made


def parse_serve(argv: Sequence[str], environ: Mapping[str, str] = ENVIRONMENT) -> ServeSettings:
    """What `serve-command` is asked for; exits with 2 and a message on a usage error."""
    end = list(argv).index("--") if "--" in argv else len(argv)
    given = vars(serve_parser(environ).parse_args(argv[:end]))
    own = {name: given.pop(name) for name in ("host", "port", "behind_proxy", "json")}
    settings = Settings(local=given.pop("model"), server_args=tuple(argv[end + 1 :]), **given)
    return ServeSettings(settings, **own)


def check_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `check`, their defaults taken from `environ`."""
    made = _parser("check", CHECK_ABOUT, CHECK_OPTIONS, environ)
    made.epilog = "exit codes: 0 the server can be used (see lines marked !), 1 the page failed, 4 it cannot be used"
    made.add_argument("url", nargs="+", type=parse_url, metavar="URL", help="URL of a server, with or without /v1")
    made.add_argument(
        "--wait",
        type=parse_seconds,
        default=0.0,
        metavar="S",
        help="time to wait while the server starts, in seconds; default: none",
    )
    return made


def parse_check(argv: Sequence[str], environ: Mapping[str, str] = ENVIRONMENT) -> tuple[Settings, float]:
    """The servers to check and the seconds to wait for them; exits with 2 and a message on a usage error."""
    given = vars(check_parser(environ).parse_args(argv))
    wait, urls = given.pop("wait"), given.pop("url")
    return settings_of({**given, "server_url": tuple(dict.fromkeys(urls))}), wait


def _parser(
    command: str, description: str, taken: Sequence[str], environ: Mapping[str, str]
) -> argparse.ArgumentParser:
    result = Parser(prog=f"{invocation('cli')} {command}", description=description, allow_abbrev=False)
    for name in taken:
        add_option(result, OPTIONS[name], environ)
    return result


def run_serve(argv: Sequence[str]) -> int:
    """Print the command."""
    sys.stdout.write(serve_command(parse_serve(argv)) + "\n")
    return 0


def run_check(argv: Sequence[str]) -> int:
    """Check a server and print what was found; return the exit code."""
    settings, wait = parse_check(argv)  # before the heavy imports, so that --help answers at once
    from ocr.cli.check import main

    return main(settings, wait, sys.stdout.write)


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "serve-command": run_serve,
    "check": run_check,
    "library": run_library,
}
"""What the first word of the command line may be instead of a document."""
