"""`pagelight batch SOURCE --out TARGET`: its arguments, and what is done with them."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any

from ocr.batch.batch_settings import BatchEngine, BatchSettings, DryRun
from ocr.batch.cluster_options import ClusterOptions
from ocr.batch.target_command import run_module
from ocr.config.arguments import (
    NEVER,
    ROW_FORMATS,
    EngineName,
    Parser,
    Several,
    parse_amount,
    parse_engine,
    parse_positive,
    parse_row_formats,
)
from ocr.config.command_line import AFTER_DASHES, add_option, flag, invocation, options, settings_of
from ocr.config.settings import ENVIRONMENT

WORDS = {"status": "status", "retry": "retry_pages", "merge": "merge"}
"""What SOURCE may be instead, and the module whose `main` it is."""
ABOUT = (
    "Read the documents of a folder, bucket or dataset into Parquet, a row for each page. The same command again goes "
    "on where it was interrupted: what has been read is not read again. "
    "`batch status TARGET` shows how far a run is, `batch retry TARGET` has failed pages read again, "
    "`batch merge TARGET` makes a dataset of it."
)
EXIT_CODES = (
    "exit codes: 0 each page has a row, which may say that it failed; 1 a task failed; 2 usage error; 4 the server "
    "cannot be used, or did not read all pages: run the command again; 5 --require is not met; 130 interrupted"
)
LEFT_OUT = {
    "out", "formats", "engine", "cache", "cache_dir", "keep_server", "library", "library_dir", "library_mb",
    "one_document",
}  # fmt: skip
"""Options of the ordinary command line that a batch run has in another form, or not at all."""
OWN = ("source", "target", "engine", "shard", "tasks", "workers", "column", "figures", "formats")
"""Arguments that are fields of `BatchSettings` as they are."""
STAYING = {BatchEngine.LOCAL, BatchEngine.RAY}
"""Engines whose command stays until the run has ended, so that it can do what is done then."""
READER_HELP = "what reads without --server-url: auto, vllm, llamacpp or tesseract"


def parse_shard(text: str) -> tuple[int, int]:
    """`0/8`: the first of eight."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is no shard; write 0/8 for the first of 8, 7/8 for the last")
    return int(match[1]), int(match[2])


def reading_options() -> list[Field[Any]]:
    """The options of the ordinary command line that say how pages are read."""
    return [option for option in options("cli") if option.name not in LEFT_OUT]


def parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `batch`, the defaults of those that the ordinary command line has taken from `environ`."""
    made = Parser(prog=f"{invocation('cli')} batch", description=ABOUT, allow_abbrev=False)
    made.epilog = f"{AFTER_DASHES} {EXIT_CODES}"
    made.add_argument("source", metavar="SOURCE", help="folder, file, pattern, list of files, dataset, or URL of one")
    made.add_argument("--out", dest="target", required=True, metavar="TARGET", help="folder or URL for the results")
    engines = ", ".join(BatchEngine)
    made.add_argument("--engine", type=BatchEngine, default=BatchEngine.LOCAL, metavar="ENGINE", help=(
        f"what runs the tasks: {engines}; local: this machine, shard: the part of them that --shard names"
    ))  # fmt: skip
    made.add_argument(
        "--shard", type=parse_shard, metavar="I/N", help="with --engine shard: which, from 0, and of how many"
    )
    made.add_argument("--tasks", type=parse_positive, metavar="N", help=(
        "tasks that the documents are divided into, once; default: 4 for each worker or shard"
    ))  # fmt: skip
    made.add_argument("--workers", type=parse_positive, metavar="N", help=(
        "tasks read at the same time; local: processes, default 1; Slurm, Ray: default as many as there is room for"
    ))  # fmt: skip
    made.add_argument("--column", metavar="NAME", help="column of a dataset that has the documents' bytes")
    made.add_argument("--figures", action="store_true", help=(
        "keep the pictures of pages, as files in TARGET/figures; models that place what they read have some"
    ))  # fmt: skip
    made.add_argument("--formats", type=parse_row_formats, default=(), metavar="LIST", help=(
        f"write documents/<id>/ in these formats when the run has ended, as merge does: {','.join(ROW_FORMATS)}"
    ))  # fmt: skip
    made.add_argument("--dry-run", action="store_true", help=(
        "only tell how many documents and pages there are, and what they take: at --rate, --servers and --price"
    ))  # fmt: skip
    made.add_argument("--rate", type=parse_amount, metavar="R", help=(
        "pages a second of a server or GPU; default: its publisher's figure for LightOnOCR-2-1B on an H100"
    ))  # fmt: skip
    made.add_argument(
        "--servers", type=parse_positive, metavar="N", help="servers or GPUs that read at once; default: 1"
    )
    made.add_argument("--price", type=parse_amount, metavar="AMOUNT", help="price of one of them for an hour")
    made.add_argument("--reader", type=parse_engine, default=environ.get("OCR_ENGINE") or EngineName.AUTO,
                         metavar="ENGINE", help=READER_HELP)  # fmt: skip
    for option in reading_options():
        add_option(made, option, environ, option.metadata["cli"])
    for option in fields(ClusterOptions):
        _add_cluster_option(made, option)
    return made


def _add_cluster_option(to: argparse.ArgumentParser, option: Field[Any]) -> None:
    about: dict[str, Any] = {key: option.metadata[key] for key in ("help", "metavar")}
    action: dict[str, Any] = {"action": Several} if isinstance(option.default, tuple) else {}
    to.add_argument(flag(option), **about, **action, type=option.metadata["parse"], default=option.default)


def parse_batch(argv: Sequence[str], environ: Mapping[str, str] = ENVIRONMENT) -> BatchSettings:
    """What `batch` is asked for; exits with 2 and a message on a usage error."""
    end = list(argv).index("--") if "--" in argv else len(argv)
    made = parser(environ)
    given = vars(made.parse_args(argv[:end]))
    cluster = ClusterOptions(**{option.name: given.pop(option.name) for option in fields(ClusterOptions)})
    own = {name: given.pop(name) for name in OWN}
    own["dry_run"] = _dry_run(made, given)
    reader = given.pop("reader")
    if given["server_url"] and given["local"] not in {None, NEVER}:
        made.error("--server-url and --local exclude each other")
    if given["server_url"] and reader is not EngineName.AUTO:
        made.error("--server-url and --reader exclude each other")
    if (own["engine"] is BatchEngine.SHARD) != (own["shard"] is not None):
        made.error("--engine shard and --shard belong together")
    _check_ending(made, own["engine"], formats=own["formats"], required=given["require"])
    reading = settings_of({**given, "engine": reader, "cache": False, "server_args": tuple(argv[end + 1 :])})
    return BatchSettings(reading=reading, cluster=cluster, **own)


def _check_ending(
    made: argparse.ArgumentParser, engine: BatchEngine, *, formats: Sequence[str], required: float | None
) -> None:
    """Refuse what is done at the end of a run where the command does not stay until then."""
    if engine in STAYING:
        return
    if formats:
        made.error(
            f"--formats does not go with --engine {engine}; `batch merge TARGET --formats` writes them at the end"
        )
    if required is not None:
        made.error(
            f"--require does not go with --engine {engine}; --verify does, and `batch status` shows what it found"
        )


def _dry_run(made: argparse.ArgumentParser, given: dict[str, Any]) -> DryRun | None:
    """Take the options of a dry run out of those given."""
    reckoned = {name: value for name in ("rate", "servers", "price") if (value := given.pop(name)) is not None}
    if given.pop("dry_run"):
        return DryRun(**reckoned)
    if reckoned:
        made.error(f"--{next(iter(reckoned))} belongs to --dry-run")
    return None


def main(argv: Sequence[str]) -> int:
    """Run one, or one of its other words; return the exit code."""
    if argv[:1] and argv[0] in WORDS:
        return run_module(WORDS[argv[0]], argv[1:])
    return run_module("batch_run", parse_batch(argv))
