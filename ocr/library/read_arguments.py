"""The keyword arguments of `read` and `aread`, and the settings made from them."""

import argparse
from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, TypedDict, get_type_hints

from ocr.config.arguments import NEVER
from ocr.config.command_line import OPTIONS, settings_of
from ocr.config.settings import Settings
from ocr.documents.page_ranges import check_selection
from ocr.errors import UsageError


class ReadArguments(TypedDict, total=False):
    """What `read` and `aread` take by name; each means what the command line's flag of that name does."""

    server: str | Sequence[str]
    """URL of a model server with the OpenAI API, with or without /v1; several share the pages. Default: the CPU
    engine, started for this call."""
    api_key: str
    """Sent to the server as bearer token."""
    model: str
    """The model to ask for. Default: the server's first."""
    pages: str
    """Page range, as `1,3-5,8-`. Default: all."""
    password: str
    """Opens encrypted PDFs."""
    languages: str
    """The CPU engine's languages, as `eng+fra`. Default: `eng`."""
    concurrency: int
    """Pages in flight at each server. Default: as many as it takes."""
    layout: bool
    """Ask for layout blocks. Default: where the model family has them."""
    headers: bool
    """Keep headers, footers and page numbers in the text. Default: False."""
    auto_rotate: bool
    """Turn pages upright that lie on their side. Default: False."""
    photos: str
    """When the sheet in a photograph is straightened and its light evened: `auto`, in files from a camera; `on`, in any
    picture; `off`. Default: `auto`."""
    verify: bool
    """Compare each page's text with the words on the page: `words` and `check` of its result. Default: False."""
    trust_ocr_layer: bool
    """With `verify`, compare scans with the text that an OCR program put behind them. Default: False."""
    longest_side: int
    """Of a page's image, in pixels. Default: the model family's."""
    temperature: float
    """From 0 to 2. Default: the model family's."""
    top_p: float
    """From 0 to 1. Default: the model family's."""
    max_tokens: int
    """Of a page's answer. Default: all that the context holds."""
    timeout: float
    """Seconds without text after which a page's answer is given up. Default: 120."""
    first_token_timeout: float
    """Seconds to wait for a page's first text. Default: 600."""
    page_timeout: float
    """Seconds that the whole answer to a page may take. Default: 1800."""
    outage_timeout: float
    """Seconds to wait for a server that has gone away. Default: 600."""
    render_timeout: float
    """Seconds for opening a document, and for rendering a page. Default: 30."""
    render_workers: int
    """Processes that render pages, at most. Default: the cores, up to 8."""
    max_file_mb: int
    """Largest document, in MB. Default: 500."""
    max_pages: int
    """Most pages to read of one document. Default: 5000."""
    cache_dir: str | PathLike[str]
    """Folder where a server's complete answers are cached. Default: none are."""


ARGUMENT_TYPES: dict[str, tuple[type, ...]] = {
    name: {bool: (bool,), int: (int,), float: (float, int), str: (str,)}.get(hint, (str, PathLike))
    for name, hint in get_type_hints(ReadArguments).items()
}
"""Argument → the types that its value may have."""


def parse_arguments(arguments: ReadArguments) -> Settings:
    """The settings that these arguments mean, with the command line's defaults.

    Raises:
        TypeError: there is no such argument, or it is of the wrong type.
        UsageError: its value is impossible.
    """
    values: dict[str, Any] = {"local": NEVER}
    values |= {name: option.metadata["cli"] for name, option in OPTIONS.items() if option.metadata["cli"] is not None}
    for name, value in arguments.items():
        if name not in ReadArguments.__annotations__:
            raise TypeError(f"there is no argument '{name}'; there are {', '.join(ReadArguments.__annotations__)}")
        if value is None:
            continue  # the default
        if name == "server":
            name, value = "server_url", value if isinstance(value, str) else ",".join(_texts(value))
        values[name] = _parsed(name, value, OPTIONS[name].metadata["parse"])
    check_selection(values.get("pages"))
    return settings_of(values)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise TypeError("server is a URL or a sequence of URLs, as strings")
    return [str(text) for text in value]


def _parsed(name: str, value: object, parse: Callable[[str], Any]) -> Any:
    """The value, checked as the command line checks its flag.

    Raises:
        TypeError: it is of the wrong type.
        UsageError: it is impossible.
    """
    shown = name.removesuffix("_url")
    expected = ARGUMENT_TYPES.get(name, (str,))
    if not isinstance(value, expected) or isinstance(value, bool) != (expected == (bool,)):
        raise TypeError(f"{shown} is {' or '.join(one.__name__ for one in expected)}, not {type(value).__name__}")
    try:
        parsed = parse(str(value))
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{shown} cannot be {value!r}: {error}.") from error
    if parsed in ((), ""):
        raise UsageError(f"{shown} is empty.")
    return parsed
