"""What a reader sees of Markdown, for searching in it."""

import re
from html import unescape

_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^\[)\n]*\)")
_CELL = re.compile(r"</t[dh]>|<br\s*/?>", re.IGNORECASE)
_MARK = re.compile(r"<[^<>]*>|[*_`$\\]|(?<!&)#")
"""Markup that a reader does not see. None of these expressions passes over the character it begins with,
so each takes linear time."""


def visible_text(markdown: str) -> str:
    """The text without marks, tags and addresses, one space for any white space."""
    seen = _MARK.sub("", _CELL.sub(" ", _LINK.sub(r"\1", markdown)))
    return " ".join(unescape(seen).split())
