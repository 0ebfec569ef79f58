"""A document of SOURCE: what it is called, and where its bytes are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from ocr.filenames import CONTROLS

_UNSAFE = re.compile(f"[%{CONTROLS}]")
_EMPTY = "%-"
"""A part of a path that is empty; in what is escaped two digits follow `%`."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that is to be read, by its place; nothing of it was opened."""

    id: str
    """Its path below SOURCE, with `/`: unique, as `document_id` makes it."""
    uri: str
    """Enough to fetch it on any machine that reaches SOURCE; see `make_uri`."""
    bytes: int
    """Its size; of a row of a dataset about that. 0 where it is unknown."""

    @property
    def unit(self) -> str:
        """What should be read by one task: documents in one row group of a dataset, which can only be read in turn."""
        return self.uri.partition("&row=")[0]


def escaped(name: str) -> str:
    """A name as text of one line: `%`, control characters and bytes that are no UTF-8 become `%` and two digits."""
    return _UNSAFE.sub(lambda match: quote(match[0].encode("utf-8", _errors(match[0])), safe=""), name)


def _errors(character: str) -> str:
    return "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"


def unescaped(name: str) -> str:
    """The name of which `escaped` made this."""
    return unquote_to_bytes(name).decode("utf-8", "surrogateescape")


def document_id(name: str) -> str:
    """An id of a path with `/`, escaped: no two paths have the same, and none leads out of a folder."""
    parts = (_EMPTY if not part else part.replace(".", "%2E") if part in {".", ".."} else escaped(part)
             for part in name.split("/"))  # fmt: skip
    return "/".join(parts)


def make_uri(address: str, member: Mapping[str, str | int] | None = None) -> str:
    """The URI of a file by its path or URL, or of a member of it: `s3://b/x.zip#zip=a.pdf`.

    It is the address as it is written, escaped, `#` too, so that what follows one is the member.
    """
    base = escaped(address).replace("#", "%23")
    if not member:
        return base
    return f"{base}#" + "&".join(f"{key}={quote(str(value), safe='/ ')}" for key, value in member.items())


def parse_uri(uri: str) -> tuple[str, dict[str, str]]:
    """The file's path or URL, and the member's place in it."""
    base, _, member = uri.partition("#")
    return unescaped(base), dict(
        parse_qsl(member.replace("+", "%2B"), keep_blank_values=True, errors="surrogateescape")
    )
