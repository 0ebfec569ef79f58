"""Parsers of the values of command-line arguments; each raises an argparse error that says what is accepted.

`setting` declares a field that is a flag and a variable.
"""

import argparse
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from ocr.filenames import printable
from ocr.photo_sheets import PhotoMode
from ocr.result_formats import DOCUMENT_FORMATS, DataFormat, Format

Program = Literal["app", "cli"]
T = TypeVar("T")


def setting(  # noqa: PLR0913 - the columns of a table
    default: T,
    about: str,
    metavar: str = "",
    parse: Callable[[str], Any] = str,
    *,
    only: Program | None = None,
    cli: T | None = None,
    repr: bool = True,
) -> T:
    """A field of a dataclass that is a flag and a variable.

    `about` and `metavar` stand in `--help`, `parse` reads the text, `only` is the one program that takes the flag, and
    `cli` the command line's own default; `repr=False` keeps a secret out of logs.
    """
    about_flag = {"help": about, "metavar": metavar, "parse": parse, "only": only, "cli": cli}
    made: T = field(default=default, repr=repr, metadata=about_flag)
    return made


class Parser(argparse.ArgumentParser):
    """A command line whose complaints can be shown in any terminal: what was written may hold anything."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and the message."""
        super().error(printable(message))


def parse_file(text: str) -> Path:
    """A document's path."""
    if text == "-":
        raise argparse.ArgumentTypeError(
            "a document is not read from standard input; write it into a file and name that (a file called - is ./-)"
        )
    if not text:
        raise argparse.ArgumentTypeError("a document's name is empty")
    return Path(text)


N = TypeVar("N", int, float)


def _number(kind: Callable[[str], N], holds: Callable[[N], bool], what: str) -> Callable[[str], N]:
    """What reads a number; the complaint about one for which this does not hold says `what` is taken."""

    def number(text: str) -> N:
        if not holds(value := kind(text)):
            raise argparse.ArgumentTypeError(f"{text} is not {what}")
        return value

    return number


def parse_share(most: float) -> Callable[[str], float]:
    """What reads a number from 0 to `most`."""
    return _number(float, lambda share: 0 <= share <= most, f"0 to {most:g}")


parse_positive = _number(int, lambda count: count >= 1, "1 or more")
parse_seconds = _number(float, lambda seconds: seconds > 0, "more than 0 seconds")
parse_amount = _number(float, lambda amount: 0 < amount < 1e9, "a number above 0, such as 2.5")
parse_gpus = _number(float, lambda gpus: 0 <= gpus < 1000, "a number of GPUs")
parse_port = _number(int, lambda port: 0 <= port <= 65535, "a port, 0 to 65535")
parse_share_of_memory = _number(float, lambda share: 0 < share <= 1, "more than 0 and at most 1")


def parse_networks(text: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas."""
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write it as 10.0.0.7 or 10.0.0.0/8") from error


def parse_url(text: str) -> str:
    """A server's URL as it is written in a flag."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"'{text}' is not a URL; write http://{text} or https://{text}")
    return base_url(text)


def base_url(text: str) -> str:
    """The URL that ends in `/v1`, from whatever of it the user wrote."""
    base = re.sub(r"/+$", "", text.strip())
    base = re.sub(r"/(chat/completions|models)$", "", base)
    return base if re.search(r"/v\d+$", base) else f"{base}/v1"


def parse_urls(text: str) -> tuple[str, ...]:
    """Servers' URLs, separated by commas; each once."""
    return tuple(dict.fromkeys(parse_url(part.strip()) for part in text.split(",") if part.strip()))


class Several(argparse.Action):
    """A flag that may be given more than once; what is given takes the place of the default."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Add to what earlier flags have given."""
        earlier = getattr(namespace, self.dest)
        default = earlier == self.default or isinstance(earlier, str)
        setattr(namespace, self.dest, tuple(dict.fromkeys((*(() if default else earlier), *values))))


def address_of(url: str) -> str:
    """A server's URL in one spelling, without the user and password that may stand in it."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether this host name or address is that of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_credentials(text: str) -> tuple[str, str]:
    """`user:password`."""
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("write it as user:password")
    return user, password


def parse_names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


FORMATS = tuple(form.value for form in Format)
"""What results can be written as."""


ROW_FORMATS = tuple(form.value for form in Format if form not in DOCUMENT_FORMATS)
"""Those that can be made of what was read alone, without the document."""


EXPORT_FORMATS = (*(form.value for form in DataFormat), *FORMATS)
"""What documents of the library can be written as."""


def parse_formats(text: str) -> tuple[str, ...]:
    """Some of FORMATS, in any case, with or without a dot."""
    return _some_of(FORMATS, text)


def parse_export_formats(text: str) -> tuple[str, ...]:
    """Some of EXPORT_FORMATS."""
    return _some_of(EXPORT_FORMATS, text)


def _some_of(formats: Sequence[str], text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.lower().lstrip(".") for name in parse_names(text)))
    for name in names:
        if name not in formats:
            raise argparse.ArgumentTypeError(f"there is no format '{name}'; choose from {', '.join(formats)}")
    if not names:
        raise argparse.ArgumentTypeError("name at least one format")
    return names


def parse_row_formats(text: str) -> tuple[str, ...]:
    """Some of ROW_FORMATS."""
    formats = parse_formats(text)
    if other := [form for form in formats if form not in ROW_FORMATS]:
        raise argparse.ArgumentTypeError(
            f"{other[0]} is made of the document itself, which TARGET does not hold; read it without `batch` for that"
        )
    return formats


SWITCHES = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
"""Yes and no, in the words that people use for them."""


def parse_switch(text: str) -> bool:
    """One of SWITCHES, in any case."""
    if text.lower() not in SWITCHES:
        raise argparse.ArgumentTypeError(f"'{text}' is neither yes nor no")
    return SWITCHES[text.lower()]


NEVER = "no"
"""As the value of `local`: start no server even where there is one."""


def parse_local(text: str) -> str:
    """A model; empty for the default one, NEVER for none."""
    return {True: "", False: NEVER, None: text}[SWITCHES.get(text.lower())]


class EngineName(StrEnum):
    """What reads where no server is named."""

    AUTO = "auto"
    VLLM = "vllm"
    LLAMACPP = "llamacpp"
    TESSERACT = "tesseract"


def parse_engine(text: str) -> EngineName:
    """One of them, in any case."""
    try:
        return EngineName(text.lower())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"there is no engine '{text}'; choose from {', '.join(EngineName)}") from error


def parse_photos(text: str) -> PhotoMode:
    """One of them, in any case, or another word for yes or no."""
    named = {True: "on", False: "off", None: text.lower()}[SWITCHES.get(text.lower())]
    try:
        return PhotoMode(named)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(PhotoMode)}") from error
