"""Words written into Markdown as text, whatever stands around them: prose, a table, code, a formula."""

import html
import re
from enum import Enum, auto

from ocr.grounding.markdown_words import FORMULA

_MARKUP = re.compile(r"[\\`*_$<>\[\]~|]")
_MARKUP_IN_HTML = re.compile(r"[\\`*_$\[\]~]")
"""Signs that some programs take for markup in the cells of a table, others not: a backslash would show there."""
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_LINE_BEGIN = re.compile(r"(?:\A|\n)[ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]+)*\Z")
_BLOCK_MARK = re.compile(r"#{1,6}(?=\s|\Z)|[-+](?=\s|\Z)|-(?=--)|=(?==*\Z)|(?<=\d)[.)](?=\s|\Z)")
"""Signs that begin a heading, a list or a rule at the begin of a line; before the last one stands a number."""
_NUMBER = re.compile(r"\d{0,9}")
_TEX = re.compile(r"[%&#_{}$]")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_TABLE_TAG = re.compile(r"<(/?)(?:table|tr|td|th)\b", re.IGNORECASE)


class Surroundings(Enum):
    """What a place of Markdown is within."""

    PROSE = auto()
    HTML_TABLE = auto()
    PIPE_TABLE = auto()
    FORMULA = auto()
    CODE_SPAN = auto()
    CODE_BLOCK = auto()


def surroundings(markdown: str, at: int) -> Surroundings:
    """What the offset `at` is within."""
    if len(_FENCE.findall(markdown[:at])) % 2:
        return Surroundings.CODE_BLOCK
    line_begin = markdown.rfind("\n", 0, at) + 1
    if _is_in_code_span(markdown, line_begin, at):
        return Surroundings.CODE_SPAN
    if formula_end(markdown, at) is not None:
        return Surroundings.FORMULA
    tags = list(_TABLE_TAG.finditer(markdown[:at]))
    if tags and not (tags[-1][1] and tags[-1][0].casefold() == "</table"):
        return Surroundings.HTML_TABLE
    in_row = markdown[line_begin:].lstrip(" \t").startswith("|")
    return Surroundings.PIPE_TABLE if in_row else Surroundings.PROSE


def _is_in_code_span(markdown: str, line_begin: int, at: int) -> bool:
    """Whether backticks that stand before the place in its line are closed after it."""
    opened = ""
    for run in re.finditer(r"(?<!\\)`+", markdown[line_begin:at]):
        if not opened:
            opened = run[0]
        elif run[0] == opened:
            opened = ""
    return bool(opened) and opened in markdown[at:].partition("\n")[0]


def formula_end(markdown: str, at: int) -> int | None:
    """Where the formula ends that the offset is within; None if it is within none."""
    return next((found.end() for found in FORMULA.finditer(markdown) if found.start() < at < found.end()), None)


def escaped(words: str, markdown: str, at: int) -> str:
    """The words as text that means itself where it is put into the Markdown at this offset."""
    match surroundings(markdown, at):
        case Surroundings.CODE_BLOCK:
            return words
        case Surroundings.CODE_SPAN:
            return words.replace("`", "")
        case Surroundings.FORMULA:
            return _TEX.sub(r"\\\g<0>", re.sub(r"[\\~^]", "", words))
        case Surroundings.HTML_TABLE:
            return _MARKUP_IN_HTML.sub(lambda sign: f"&#{ord(sign[0])};", html.escape(words, quote=False))
    words = _ENTITY.sub("&amp;", _MARKUP.sub(r"\\\g<0>", words))
    if _LINE_BEGIN.search(markdown[:at]):
        number = _NUMBER.match(words)
        if mark := _BLOCK_MARK.match(words, number.end() if number else 0):
            return f"{words[: mark.start()]}\\{words[mark.start() :]}"
    return words
