"""Mends for reading what models write amiss. The raw text stays as it is; nothing is ever dropped by keyword."""

from __future__ import annotations

import re
from collections import Counter

_FENCED = re.compile(r"\s*```(?:markdown|md|html|latex|text)?[ \t]*\n(?P<page>(?:(?!```).)*)\n```\s*", re.DOTALL)
"""A page that is one code block as a whole."""

_ESCAPED_DOLLARS = re.compile(r"\\\$(?P<inside>(?! )[^$\n]{1,200}?(?<![ \\]))\\\$")
_MATHS = re.compile(r"[\\^_={}]|^[A-Za-z]['′]?$|^[A-Za-z0-9(]+\s*[-+*/<>≤≥≈∈]\s*[A-Za-z0-9(]+")
"""Commands, indices, equations, single letters, and operators between two terms."""

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)

_TABLE_TAG = re.compile(r"<(?P<close>/?)(?P<name>table|thead|tbody|tfoot|tr|td|th)\b[^>]*>", re.IGNORECASE)


def mend(text: str) -> str:
    """A page, or one block of it, for reading."""
    parts = _CODE.split(text)
    parts[::2] = [dollars(part) for part in parts[::2]]
    return close_table("".join(parts))


def unfence(page: str) -> str:
    """The page out of a code fence that holds all of it; any other page as it is."""
    fenced = _FENCED.fullmatch(page)
    return fenced["page"].strip() if fenced else page


def dollars(text: str) -> str:
    r"""Escaped dollars that enclose maths lose their backslash, `\$x^2\$`; prices, `\$5 or \$10`, are left alone."""

    def unescape(match: re.Match[str]) -> str:
        inside = match["inside"]
        return f"${inside}$" if _MATHS.search(inside) else match[0]

    return _ESCAPED_DOLLARS.sub(unescape, text)


def close_table(text: str) -> str:
    """Close what a table left open at the end of the text."""
    opened: list[str] = []
    count: Counter[str] = Counter()
    for tag in _TABLE_TAG.finditer(text):
        name = tag["name"].lower()
        if not tag["close"]:
            opened.append(name)
            count[name] += 1
        elif count[name]:
            while (last := opened.pop()) != name:
                count[last] -= 1
            count[name] -= 1
    if not count["table"]:
        return text
    return text.rstrip() + "".join(f"</{name}>" for name in reversed(opened[opened.index("table") :]))
