r"""Find formulas in Markdown, in all notations that models use, and convert them to MathML.

These are `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, and TeX or plain text in a `<math>` element that holds no elements.

What is no formula stays as it is: prices (`$5 and $7`), brackets that were merely escaped (`\[1\]`).
"""

import re
from bisect import bisect_right
from functools import lru_cache
from html import unescape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from ocr.parsing.repair import PROSE, is_surely_tex

MAX_FORMULA_CHARS = 4000
"""Longer text between two delimiters is not a formula."""
MATHML_CACHE_SIZE = 2048
"""Formulas whose MathML is cached; a page that grows is rendered many times, and documents repeat their symbols."""

_SIGNS = re.compile(r"[\\^_={}<>|]")
"""Characters that occur in formulas and hardly ever in prices."""
_BLANK = re.compile(r"\n[ \t]*\n")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%")
MATH_ELEMENT = re.compile(r"<math\b([^<>]*)>((?:(?!</?math\b).)*+)</math\s*>", re.DOTALL | re.IGNORECASE)
_HAS_ELEMENTS = re.compile(r"<[a-z]", re.IGNORECASE)
_DISPLAYED = re.compile(r"\b(?:display|mode)\s*=\s*[\"']?(?:block|display)", re.IGNORECASE)
_UNSEEN = re.compile(r"\\(?:label\s*\{[^{}]*\}|(?:nonumber|notag)(?![A-Za-z]))")
"""TeX commands without output that latex2mathml does not know."""
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}


def maths(md: MarkdownIt) -> None:
    """Add formulas to a parser: tokens `formula` with TeX as content and the opening delimiter as `markup`."""
    md.inline.ruler.before("escape", "formula", _inline)
    md.inline.ruler.before("autolink", "math_element", _math_element)
    md.block.ruler.before("fence", "formula", _block, {"alt": ["paragraph", "blockquote", "list"]})


def displayed(delimiter: str) -> bool:
    """Whether this delimiter opens a displayed formula."""
    return delimiter in ("$$", "\\[")


def element_tex(element: re.Match[str]) -> tuple[str, bool] | None:
    """The TeX in a match of `MATH_ELEMENT` and whether it stands on a line of its own; None where it is real MathML.

    A browser shows no text that stands in `<math>` without `<mi>` and the like around it.
    """
    if _HAS_ELEMENTS.search(element[2]):
        return None
    return unescape(element[2]).strip(), bool(_DISPLAYED.search(element[1]))


@lru_cache(maxsize=MATHML_CACHE_SIZE)
def mathml(tex: str, *, display: bool) -> str:
    """A formula as MathML, not yet sanitised; its source if it cannot be parsed or is not complete."""
    try:
        return convert(_COMMENT.sub(r"\1\\%", _UNSEEN.sub("", tex)), display="block" if display else "inline")
    except Exception:  # noqa: BLE001 - the library's errors have no common root, and any of them means just this
        return source(tex)


def mathml_with_tex(tex: str, *, display: bool) -> str:
    """The same, with the TeX in the attribute `data-tex` of `<math>`, from where the web page copies it."""
    return mathml(tex, display=display).replace("<math ", f'<math data-tex="{escapeHtml(tex)}" ', 1)


def source(tex: str, *, display: bool = False) -> str:
    """A formula as its TeX source, in a `<code>` element."""
    return f'<code class="formula{" display" if display else ""}">{escapeHtml(tex)}</code>'


def is_formula(tex: str, delimiter: str, before: str = "") -> bool:
    """Whether the text between two delimiters is a formula; `before` is the character in front of it."""
    inside = tex.strip()
    if not inside or len(tex) > MAX_FORMULA_CHARS:
        return False
    if _SIGNS.search(inside) or delimiter == "$$":
        return True
    if delimiter == "\\[":  # brackets of a citation, or of anything else that was escaped
        return bool(re.search(r"[-+*/]", inside)) and not PROSE.search(inside)
    return not PROSE.search(inside) and not (delimiter == "$" and before.isalnum())


def _inline(state: StateInline, silent: bool) -> bool:
    """Parse a formula at the cursor."""
    found = _dollar(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else _paired(state)
    if found is None:
        return False
    delimiter, tex, end = found
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = tex.strip(), delimiter
    state.pos = end
    return True


def _math_element(state: StateInline, silent: bool) -> bool:
    """Parse a complete `<math>` element at the cursor."""
    element = MATH_ELEMENT.match(state.src, state.pos, state.posMax)
    if element is None:
        return False
    if not silent:
        written = element_tex(element)
        token = state.push("html_inline", "", 0) if written is None else state.push("formula", "math", 0)
        token.content, token.markup = (element[0], "") if written is None else (written[0], "$$" if written[1] else "$")
    state.pos = element.end()
    return True


def _dollar(text: str, start: int, limit: int) -> tuple[str, str, int] | None:
    r"""`$…$` as pandoc has it, no space inside the dollars, no digit after the second; `$ … $` if it surely is TeX."""
    if text.startswith("$$", start):
        return _until(text, start, limit, "$$")
    end = start + 1
    while end < limit and text[end] != "$":
        end += 2 if text[end] == "\\" else 1
    if end >= limit or end == start + 1:
        return None
    tex, after = text[start + 1 : end], text[end + 1 : end + 2]
    if after.isdecimal() or ((tex[0].isspace() or tex[-1].isspace()) and not is_surely_tex(tex)):
        return None
    before = text[start - 1] if start else ""
    return ("$", tex, end + 1) if is_formula(tex, "$", before) else None


def _paired(state: StateInline) -> tuple[str, str, int] | None:
    delimiter = state.src[state.pos : state.pos + 2]
    return _until(state.src, state.pos, state.posMax, delimiter) if delimiter in ("\\(", "\\[") else None


def _until(text: str, start: int, limit: int, delimiter: str) -> tuple[str, str, int] | None:
    """The text between a delimiter of two characters and its closing delimiter."""
    end = text.find(_CLOSING[delimiter], start + 2, min(limit, start + MAX_FORMULA_CHARS + 2))
    if end < 0:
        return None
    tex = text[start + 2 : end]
    return (delimiter, tex, end + 2) if is_formula(tex, delimiter) else None


def _block(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Parse a paragraph that begins with a displayed formula, so that no line of it becomes a list or a heading."""
    start = state.bMarks[line] + state.tShift[line]
    delimiter = state.src[start : start + 2]
    if not displayed(delimiter):
        return False
    close = state.src.find(_CLOSING[delimiter], start + 2, start + MAX_FORMULA_CHARS)
    blank = _BLANK.search(state.src, start, close if close >= 0 else start + MAX_FORMULA_CHARS)
    if close >= 0 and not blank:
        last = bisect_right(state.bMarks, close) - 1
        return line < last < end_line and _paragraph(state, line, last + 1, silent)
    end = state.eMarks[end_line - 1]
    if blank or end_line < state.lineMax or end - start > MAX_FORMULA_CHARS or "\\" not in state.src[start + 2 : end]:
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
    """Push the source of a formula that is still being written at the end of the text."""
    if not silent:
        token = state.push("formula_source", "code", 0)
        token.content = state.getLines(line, end, state.blkIndent, False).strip()[2:].strip()
        token.map = [line, end]
        state.line = end
    return True
