"""Repairs typical mistakes in the Markdown of models. The raw text is not changed; nothing is dropped by keyword."""

import re
from collections import Counter

_FENCED = re.compile(r"\s*```(?:markdown|md|html|latex|text)?[ \t]*\n(?P<page>(?:(?!```).)*)\n```\s*", re.DOTALL)
"""A page that consists of one code block."""

_ESCAPED_DOLLARS = re.compile(r"\\\$(?P<inside>(?! )[^$\n]{1,200}?(?<![ \\]))\\\$")
_MATHS = re.compile(r"[\\^_={}]|^[A-Za-z]['′]?$|^[A-Za-z0-9(]+\s*[-+*/<>≤≥≈∈]\s*[A-Za-z0-9(]+")
"""Commands, indices, equations, single letters, and operators between two terms."""

PROSE = re.compile(r"[^\W\d_]{2,}[,;:]?\s+[^\W\d_]{2,}|^\d[\d.,]*\s+[^\W\d_]{2,}|^[)\].,;:!?]")
"""Text between two dollars that is not a formula."""
_SURE = re.compile(
    r"\\[A-Za-z]|[\^_]\{|[A-Za-z0-9)\]]\^[A-Za-z0-9*]|\b[A-Za-z]_[A-Za-z0-9]\b|^[A-Za-z]['′]?\s*(?:[=<>≤≥≈∈]|$)"
)
"""Commands, indices, single letters, and what is said of one."""
_DOLLARS = re.compile(r"(?<![\\$])\$(?P<inside>[^$\n]{1,200})\$(?![$\d])")

_CONTROL: dict[int, str | None] = {
    **{code: None for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"},
    **dict.fromkeys(map(ord, "\r\v\f\x85"), " "),
}
"""Control characters but tab and newline: they steer a terminal, or part pages. Those that part words become spaces."""

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)

_TABLE_TAG = re.compile(r"<(?P<close>/?)(?P<name>table|thead|tbody|tfoot|tr|td|th)\b[^<>]*>", re.IGNORECASE)


def repair_markdown(text: str) -> str:
    """Repair a page or one block of it."""
    parts = _CODE.split(text)
    parts[::2] = [strip_formula_spaces(unescape_dollars(part)) for part in parts[::2]]
    return close_table("".join(parts))


def unfence(page: str) -> str:
    """Remove a code fence around a whole page."""
    fenced = _FENCED.fullmatch(page)
    return fenced["page"].strip() if fenced else page


def unescape_dollars(text: str) -> str:
    r"""Remove backslashes before dollars around maths, `\$x^2\$`, but not in prices, `\$5 or \$10`."""

    def unescape(match: re.Match[str]) -> str:
        inside = match["inside"]
        return f"${inside}$" if _MATHS.search(inside) else match[0]

    return _ESCAPED_DOLLARS.sub(unescape, text)


def is_surely_tex(text: str) -> bool:
    r"""Whether this is a formula even with spaces inside its dollars: it has `\command`, `x^2`, `a_1`, or is `n`."""
    inside = text.strip()
    return bool(_SURE.search(inside)) and not PROSE.search(inside)


def strip_formula_spaces(text: str) -> str:
    """Remove spaces within dollars, `$ x^{2} $`: with them most Markdown parsers see no formula."""
    pieces, at = [], 0
    while found := _DOLLARS.search(text, at):
        inside = found["inside"]
        loose = inside != inside.strip()
        if loose and not is_surely_tex(inside):
            pieces.append(text[at : found.start() + 1])
            at = found.start() + 1  # its second dollar may be a formula's first
        else:
            pieces += [text[at : found.start()], f"${inside.strip()}$"]
            at = found.end()
    return "".join([*pieces, text[at:]])


def without_controls(text: str) -> str:
    """Remove control characters other than tab and newline, each independent of the others."""
    return text.translate(_CONTROL)


def close_table(text: str) -> str:
    """Add end tags that a table at the end of the text lacks."""
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
