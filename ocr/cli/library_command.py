"""The command `library`, from its arguments to its exit code."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.config.arguments import EXPORT_FORMATS, Parser, parse_export_formats
from ocr.config.command_line import OPTIONS, add_option, invocation
from ocr.config.settings import ENVIRONMENT, library_folder
from ocr.result_formats import DataFormat

ABOUT = (
    "List, search and export the documents in the library of this machine: those that the web page has read, with the "
    "corrections made there, and those that were read with --library."
)
LIST_ABOUT = (
    "List the documents in the library, those read last first: the number, when it was read, the name, and how many "
    "pages were read and corrected."
)
SEARCH_ABOUT = (
    "Find pages that have all of the words, or of the parts of words, in any case: the number of the document, its "
    "name and the page, and the text around the words. At most 100 pages are listed."
)
EXPORT_ABOUT = (
    "Write the pages that were corrected in the web page: as training data, one file for all documents, or as results, "
    "a folder for each document."
)
EXIT_CODES = "exit codes: 0 done, 1 the library cannot be used, 2 usage error"
EXPORT_CODES = (
    "exit codes: 0 all was written, 1 something cannot be written or a page cannot be rendered, 2 usage error or "
    "nothing to export, 3 a document of the library cannot be opened (the others are written), 130 interrupted"
)


@dataclass(frozen=True, slots=True)
class LibraryExport:
    """What is to be exported, and how."""

    documents: tuple[str, ...]
    """Numbers or names; none means all."""
    formats: tuple[str, ...]
    """Values of `DataFormat` and `Format`."""
    out: Path
    all_pages: bool
    """Whether pages are exported that nobody has corrected."""
    render_timeout: float
    """Seconds."""


def library_parser() -> argparse.ArgumentParser:
    """The arguments of `library`."""
    made = Parser(prog=f"{invocation('cli')} library", description=ABOUT, allow_abbrev=False)
    made.add_argument("command", choices=tuple(PARSERS), metavar="COMMAND", help=(
        "list: what is in the library; search WORDS: pages that have these words; export [DOCUMENT…]: corrected pages "
        "as files"
    ))  # fmt: skip
    made.epilog = f"`{made.prog} export --help` lists the options of export, and so on."
    return made


def list_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `library list`."""
    return _parser("list", LIST_ABOUT, environ, json=True)


def search_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `library search`."""
    made = _parser("search", SEARCH_ABOUT, environ, json=True)
    made.add_argument("words", nargs="+", metavar="WORDS", help="words, or parts of words, to find")
    return made


def export_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The arguments of `library export`."""
    made = _parser("export", EXPORT_ABOUT, environ, json=False)
    made.epilog = EXPORT_CODES
    about = "number or name of a document, as `library list` shows it; default: all"
    made.add_argument("documents", nargs="*", metavar="DOCUMENT", help=about)
    made.add_argument("--formats", type=parse_export_formats, default=(DataFormat.JSONL.value,), metavar="LIST", help=(
        f"formats to write: {','.join(EXPORT_FORMATS)}; {DataFormat.PARQUET} needs the extra `scale`, docx pandoc, "
        f"pdf the extra `pdf`; default: {DataFormat.JSONL}"
    ))  # fmt: skip
    made.add_argument(
        "--out", type=Path, default=Path("exported"), metavar="DIR", help="folder for the files; default: exported"
    )  # not that of reading: an export may have fewer pages of a document
    made.add_argument(
        "--all-pages",
        action="store_true",
        help="also export pages that nobody has corrected; training data leaves out those whose text is partial",
    )
    add_option(made, OPTIONS["render_timeout"], environ)
    add_option(made, OPTIONS["quiet"], environ)
    return made


def _parser(word: str, about: str, environ: Mapping[str, str], *, json: bool) -> argparse.ArgumentParser:
    made = Parser(prog=f"{invocation('cli')} library {word}", description=about, allow_abbrev=False)
    made.epilog = EXIT_CODES
    add_option(made, OPTIONS["library_dir"], environ)
    if json:
        made.add_argument("--json", action="store_true", help="print a JSON array instead, for programs")
    return made


PARSERS: Mapping[str, Callable[[Mapping[str, str]], argparse.ArgumentParser]] = {
    "list": list_parser,
    "search": search_parser,
    "export": export_parser,
}
"""What may follow `library`, and its arguments."""


def run_library(argv: Sequence[str], environ: Mapping[str, str] = ENVIRONMENT) -> int:
    """List, search or export; return the exit code."""
    word = "".join(argv[:1])
    if word not in PARSERS:
        library_parser().parse_args(argv[:1])  # exits, after its help or the complaint
    given = vars(PARSERS[word](environ).parse_args(argv[1:]))
    folder = given.pop("library_dir") or library_folder(environ)
    from ocr.cli import library_work  # loads the library, so that --help answers at once

    if word == "list":
        return library_work.list_documents(folder, as_json=given["json"])
    if word == "search":
        return library_work.search(folder, " ".join(given["words"]), as_json=given["json"])
    quiet = given.pop("quiet")
    asked = LibraryExport(**{**given, "documents": tuple(given["documents"])})
    return library_work.export(folder, asked, quiet=quiet)
