"""Parses HTML tables in Markdown as one block, even with blank lines in them."""

import re
from bisect import bisect_left

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from ocr.parsing.repair import close_table

_OPENING = re.compile(r"<table\b", re.IGNORECASE)
_EDGE = re.compile(r"<(/?)table\b", re.IGNORECASE)
_WITHIN = re.compile(r"</table\b|</?(?:t(?:head|body|foot|r|d|h)|caption|br)\b", re.IGNORECASE)
_HALF_TAG = re.compile(r"</?[A-Za-z][^<>]*\Z|</?\Z")


def tables(md: MarkdownIt) -> None:
    """Add such tables to a parser: tokens `html_block`, with missing end tags added."""
    md.block.ruler.before("html_block", "html_table", _table, {"alt": ["paragraph", "blockquote", "list"]})


def _table(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    if not _OPENING.match(state.src, state.bMarks[line] + state.tShift[line]):
        return False
    if silent:
        return True
    last = line
    while not _closes(state, last):
        follows = last + 1
        while follows < end_line and state.isEmpty(follows):
            follows += 1
        if follows >= end_line or (follows > last + 1 and not _continues(state, follows)):
            break
        last = follows
    token = state.push("html_block", "", 0)
    token.content = close_table(without_half_tag(state.getLines(line, last + 1, state.blkIndent, True)))
    token.map = [line, last + 1]
    state.line = last + 1
    return True


def without_half_tag(html: str) -> str:
    """The HTML without an incomplete tag at its end, which is still being written."""
    return _HALF_TAG.sub("", html)


def _closes(state: StateBlock, line: int) -> bool:
    """Whether the table ends on this line."""
    edges = list(_EDGE.finditer(state.src, state.bMarks[line], state.eMarks[line]))
    return bool(edges and edges[-1][1])


def _continues(state: StateBlock, line: int) -> bool:
    """Whether the table continues on this line after a blank one: it has a part of a table, or an end tag follows."""
    start = state.bMarks[line] + state.tShift[line]
    if _WITHIN.match(state.src, start):
        return True
    edges = _edges(state)
    at = bisect_left(edges, (start, False))
    return at < len(edges) and edges[at][1]


def _edges(state: StateBlock) -> list[tuple[int, bool]]:
    """Positions of all table tags in the text, computed once."""
    found: list[tuple[int, bool]] | None = state.env.get("edges")
    if found is None:
        found = state.env["edges"] = [(edge.start(), bool(edge[1])) for edge in _EDGE.finditer(state.src)]
    return found
