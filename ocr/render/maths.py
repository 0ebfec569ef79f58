r"""Formulas in Markdown: found in all four ways that models write them, `$…$ $$…$$ \(…\) \[…\]`, and set as MathML.

What is no formula stays as it is: prices (`$5 and $7`), brackets that were merely escaped (`\[1\]`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 4000
"""Characters of a formula; what is longer is text that happens to hold two delimiters."""
KEPT = 2048
"""Formulas kept set; a page that grows is rendered many times, and documents repeat their symbols."""

_SIGNS = re.compile(r"[\\^_={}<>|]")
"""What stands in formulas and hardly ever in prices."""
_PROSE = re.compile(r"[^\W\d_]{2,}[,;:]?\s+[^\W\d_]{2,}|^\d[\d.,]*\s+[^\W\d_]{2,}|^[)\].,;:!?]")
_BLANK = re.compile(r"\n[ \t]*\n")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%")
_UNSEEN = re.compile(r"\\(?:label\s*\{[^{}]*\}|(?:nonumber|notag)(?![A-Za-z]))")
"""What prints nothing in TeX, and that the library does not know."""
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}


def maths(md: MarkdownIt) -> None:
    """Teach a parser formulas: tokens `formula` whose content is TeX, `markup` the delimiter it began with."""
    md.inline.ruler.before("escape", "formula", _inline)
    md.block.ruler.before("fence", "formula", _block, {"alt": ["paragraph", "blockquote", "list"]})


def displayed(delimiter: str) -> bool:
    """Whether formulas that begin like this stand on a line of their own."""
    return delimiter in ("$$", "\\[")


@lru_cache(maxsize=KEPT)
def mathml(tex: str, *, display: bool) -> str:
    """A formula as MathML, not yet sanitised; one that cannot be parsed, or is not finished, as its source."""
    try:
        return convert(_COMMENT.sub(r"\1\\%", _UNSEEN.sub("", tex)), display="block" if display else "inline")
    except Exception:  # noqa: BLE001 - the library's errors have no common root, and any of them means just this
        return source(tex)


def source(tex: str, *, display: bool = False) -> str:
    """A formula as it was written."""
    return f'<code class="formula{" display" if display else ""}">{escapeHtml(tex)}</code>'


def is_formula(tex: str, delimiter: str, before: str = "") -> bool:
    """Whether what stands between two delimiters is meant as a formula; `before` is the character in front."""
    inside = tex.strip()
    if not inside or len(tex) > LONGEST:
        return False
    if _SIGNS.search(inside) or delimiter == "$$":
        return True
    if delimiter == "\\[":  # brackets of a citation, or of anything else that was escaped
        return bool(re.search(r"[-+*/]", inside)) and not _PROSE.search(inside)
    return not _PROSE.search(inside) and not (delimiter == "$" and before.isalnum())


def _inline(state: StateInline, silent: bool) -> bool:
    """One formula at the cursor."""
    found = _dollar(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else _paired(state)
    if found is None:
        return False
    delimiter, tex, end = found
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = tex.strip(), delimiter
    state.pos = end
    return True


def _dollar(text: str, start: int, limit: int) -> tuple[str, str, int] | None:
    r"""`$…$` as pandoc has it: no space inside the dollars, no digit after the second."""
    if text.startswith("$$", start):
        return _until(text, start, limit, "$$")
    end = start + 1
    while end < limit and text[end] != "$":
        end += 2 if text[end] == "\\" else 1
    if end >= limit or end == start + 1:
        return None
    tex, after = text[start + 1 : end], text[end + 1 : end + 2]
    if tex[0].isspace() or tex[-1].isspace() or after.isdecimal():
        return None
    before = text[start - 1] if start else ""
    return ("$", tex, end + 1) if is_formula(tex, "$", before) else None


def _paired(state: StateInline) -> tuple[str, str, int] | None:
    delimiter = state.src[state.pos : state.pos + 2]
    return _until(state.src, state.pos, state.posMax, delimiter) if delimiter in ("\\(", "\\[") else None


def _until(text: str, start: int, limit: int, delimiter: str) -> tuple[str, str, int] | None:
    """What stands between a delimiter of two characters and its closing."""
    end = text.find(_CLOSING[delimiter], start + 2, min(limit, start + LONGEST + 2))
    if end < 0:
        return None
    tex = text[start + 2 : end]
    return (delimiter, tex, end + 2) if is_formula(tex, delimiter) else None


def _block(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """A paragraph that begins with a displayed formula: no line of the formula is taken for a list or a heading."""
    start = state.bMarks[line] + state.tShift[line]
    delimiter = state.src[start : start + 2]
    if not displayed(delimiter):
        return False
    close = state.src.find(_CLOSING[delimiter], start + 2, start + LONGEST)
    blank = _BLANK.search(state.src, start, close if close >= 0 else start + LONGEST)
    if close >= 0 and not blank:
        last = bisect_right(state.bMarks, close) - 1
        return line < last < end_line and _paragraph(state, line, last + 1, silent)
    end = state.eMarks[end_line - 1]
    if blank or end_line < state.lineMax or end - start > LONGEST or "\\" not in state.src[start + 2 : end]:
        return False
    return _unfinished(state, line, end_line, silent)


def _paragraph(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    if not silent:
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content = state.getLines(line, end, state.blkIndent, False).strip()
        token.children, token.map = [], [line, end]
        state.push("paragraph_close", "p", -1)
        state.line = end
    return True


def _unfinished(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """The text ends in the middle of a formula: it is still being written."""
    if not silent:
        token = state.push("formula_source", "code", 0)
        token.content = state.getLines(line, end, state.blkIndent, False).strip()[2:].strip()
        token.map = [line, end]
        state.line = end
    return True
