"""The words of a page's Markdown as they would stand on the page, with their offsets; markup is looked through.

Markup is replaced by characters that leave every offset as it is: `JOIN` where it stands within a word (`H~2~S`), a
space where it ends one (`</td>`).
"""

import html
import re
from typing import NamedTuple

from ocr.grounding.folding import folded, units
from ocr.grounding.tex_names import FUNCTIONS, GREEK, STYLES

JOIN = "\0"
"""Stands for markup within a word or beside it."""

PAD = "\1"
"""Stands for the rest of a name that was replaced by its character: `&eacute;`, `\\alpha`."""

FORMULA = re.compile(
    r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|<math\b.*?</math>|(?<![\\$])\$(?=[^\s$])[^$\n]{0,600}?(?<=[^\s\\])\$(?!\d)",
    re.DOTALL,
)
"""A formula with its delimiters."""

_INLINE_TAGS = "a|abbr|b|code|em|font|i|ins|mark|math|mi|mn|mo|mrow|s|small|span|strong|sub|sup|u"
BLOCK_TAGS = (
    "blockquote|br|caption|center|col|colgroup|dd|del|details|div|dl|dt|figcaption|figure|h[1-6]|hr|img|li|ol|p|pre"
    "|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
"""Names of the tags that end a word, as alternatives of a regular expression."""

_MARKUP = re.compile(
    rf"""(?P<comment><!--.*?-->)
    |(?P<image>!\[[^\]\n]*\]\([^)\n]*\))
    |(?P<opening>\[(?=[^\[\]\n]{{1,500}}\]\([^()\s]*[/.\#:@]))
    |(?P<target>\]\((?=[^()\s]*[/.\#:@])[^()\s]*(?:\s"[^"\n]*")?\))
    |(?P<inline></?(?:{_INLINE_TAGS})(?:\s[^<>]*)?/?>)
    |(?P<block></?(?:{BLOCK_TAGS})(?:\s[^<>]*)?/?>)
    |(?P<entity>&(?:\#\d{{1,7}}|\#x[\da-f]{{1,6}}|[a-z]\w{{1,30}});)
    |(?P<fence>^[ ]{{0,3}}(?:```|~~~)[^\n]*$)
    |(?P<pipe>\|)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.MULTILINE,
)

_TEX = re.compile(
    r"""(?P<environment>\\(?:begin|end)\s*\{[^{}]*\}(?:\{[^{}]*\})?)
    |\\(?P<name>[A-Za-z]+)\*?
    |(?P<space>\\[\\,;:!\s]|[&~]|\}\s*\{)
    |(?P<other>\\.)
    """,
    re.VERBOSE,
)


class MarkdownWord(NamedTuple):
    """A word of the Markdown, or a part of one that is compared by itself."""

    key: str
    """Its letters and digits as they are compared; never empty."""
    start: int
    end: int
    """Offsets in the Markdown."""
    formula: bool
    """Whether it stands in a formula, which a page's words hold in another order."""


def markdown_words(markdown: str) -> list[MarkdownWord]:
    """The words in their order; what has neither letter nor digit is left out."""
    formulas = [formula.span() for formula in FORMULA.finditer(markdown)]
    visible = _visible(markdown, formulas)
    words: list[MarkdownWord] = []
    formula_ends = iter([*formulas, (len(markdown) + 1, len(markdown) + 1)])
    begin, end = next(formula_ends)
    for word in re.finditer(r"[^\s]+", visible):
        start, text = word.start(), word[0]
        while start >= end:
            begin, end = next(formula_ends)
        in_formula = start >= begin
        for first, last in units(text):
            key = folded(text[first:last])
            if key:
                first, last = _trimmed(text, first, last)
                words.append(MarkdownWord(key, start + first, start + last, in_formula))
    return words


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    """Without the markup before and after the word."""
    while text[first] in "\0*~`#$_{}\\":
        first += 1
    while text[last - 1] in "\0*~`#_\\" or (text[last - 1] in "$}" and not _is_balanced(text[first:last])):
        last -= 1
    return first, last


def _is_balanced(text: str) -> bool:
    """Whether the formula or the group that ends a text also begins in it."""
    return text.count("$") % 2 == 0 if text.endswith("$") else text.count("{") >= text.count("}")


def _visible(markdown: str, formulas: list[tuple[int, int]]) -> str:
    """The Markdown with its markup replaced, as long as it was."""
    pieces, at = [], 0
    for begin, end in formulas:
        pieces += [_MARKUP.sub(_seen, markdown[at:begin]), _TEX.sub(_seen_in_tex, markdown[begin:end])]
        at = end
    pieces.append(_MARKUP.sub(_seen, markdown[at:]))
    return "".join(pieces)


def _seen(markup: re.Match[str]) -> str:
    length = len(markup[0])
    match markup.lastgroup:
        case "inline" | "opening" | "target":
            return JOIN * length
        case "entity":
            return html.unescape(markup[0])[:length].ljust(length, PAD)
    return " " * length


def _seen_in_tex(command: re.Match[str]) -> str:
    length, name = len(command[0]), command["name"]
    if name in GREEK:
        return GREEK[name].ljust(length, PAD)
    if name in FUNCTIONS:
        return (PAD + name).ljust(length, PAD)
    if name in STYLES or command["other"]:
        return JOIN * length
    return " " * length
