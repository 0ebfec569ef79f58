"""What a reader sees of Markdown, for searching in it and counting its words."""

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


_SYLLABLES = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Kana and Chinese characters, which are written without spaces: each counts as a word, as in word processors."""
_WORD = re.compile(rf"[{_SYLLABLES}]|[^\W_{_SYLLABLES}][^\s–—…{_SYLLABLES}]*")


def word_count(markdown: str) -> int:
    """How many words a reader sees; signs alone are none."""
    return sum(1 for _ in _WORD.finditer(visible_text(markdown)))
