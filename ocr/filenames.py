"""Make names of documents safe to display and to use as a folder's name on any system."""

import re
import unicodedata

MAX_FOLDER_BYTES = 200
"""Bytes of UTF-8 in a folder's name; file systems take 255, and a number may follow."""

CONTROLS = (
    r"\x00-\x1f\x7f-\x9f\u2028\u2029"  # a terminal obeys them, or a line ends
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they reorder the text around them
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # bytes that the file system's encoding lacks; no characters at all
)
"""What no name shows as it is, as part of a character class of a regular expression."""
_UNPRINTABLE = re.compile(f"[{CONTROLS}]")
_UNFIT = re.compile(rf'[{CONTROLS}<>:"/\\|?*]')
_EDGES = re.compile(r"^[.\s]+|[.\s]+$")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\..*)?", re.IGNORECASE)
"""Devices of Windows, whatever suffix follows."""


def printable(text: str) -> str:
    r"""The text in one line that every terminal, file and browser takes: a line break becomes `\x0a`."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(character: re.Match[str]) -> str:
    code = ord(character[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text, as Python carries it
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def folder_name(name: str) -> str:
    """The name of a folder for what is read of the document `name`: its name without the suffix, on one level.

    What some system does not allow in a name becomes `_`; dots and spaces at either end go, so that the folder is
    neither hidden nor the parent. Windows' device names get a `_` in front.
    """
    stem, _, suffix = _trimmed(_UNFIT.sub("_", name)).rpartition(".")
    return safe_name(stem or suffix)


def safe_name(name: str) -> str:
    """The name as that of a file or folder on any system; as `folder_name`, but with its suffix."""
    safe = _trimmed(_UNFIT.sub("_", name))
    if _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    return _trimmed(safe.encode()[:MAX_FOLDER_BYTES].decode(errors="ignore")) or "document"


def _trimmed(name: str) -> str:
    return _EDGES.sub("", name)


def same_on_disk(name: str) -> str:
    """A key that is equal for two names that some file system takes for one: it folds case, or composes accents."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
