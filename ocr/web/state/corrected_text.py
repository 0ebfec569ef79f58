"""Put the page's words into a page's text where a finding says that the two disagree."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.page_words import Finding, FindingKind
from ocr.types import PageResult, Region, TextBlock

MIN_PARAGRAPH_WORDS = 6
"""Missing words from which those that stand after the end of a block become a block of their own."""

_MARKUP = re.compile(r"[\\`*_$<>\[\]~|]")
_SENTENCE_END = re.compile(r"(?:^|[.!?:…][\"'»”)]?)\s*$")
_MARKS = ".,;:!?…"


def corrected(result: PageResult, finding: Finding) -> PageResult | None:
    """The result with what the page has at this place; None for words that stand elsewhere, which have no place here.

    `finding` is of the result's Markdown. `raw`, the model's own answer, stays as it is.
    """
    if finding.kind is FindingKind.MOVED:
        return None
    blocks: list[TextBlock] = []
    regions, begin, inserted = list(result.regions), 0, False
    for block in result.blocks or [TextBlock(result.markdown)]:
        start, end = max(0, finding.start - begin), min(len(block.markdown), finding.end - begin)
        begin += len(block.markdown) + len("\n\n")
        if start > end or (start == end and finding.start < finding.end):
            blocks.append(block)
            continue
        edited = _edited(block, start, end, "" if inserted else finding.page_text)
        blocks += edited
        inserted = True
        for index in block.regions:
            regions[index] = _with_text(regions[index], block, edited)
    markdown = "\n\n".join(block.markdown for block in blocks)
    return replace(result, markdown=markdown, blocks=tuple(blocks), regions=tuple(regions), words=(), check=None)


def _with_text(region: Region, block: TextBlock, edited: Sequence[TextBlock]) -> Region:
    """The region with the edited block as its text, if the block was its text."""
    same = region.text.strip() == block.markdown.strip()
    return replace(region, text="\n\n".join(one.markdown for one in edited)) if same else region


def _edited(block: TextBlock, start: int, end: int, page_text: str) -> Sequence[TextBlock]:
    """The block with the page's words from `start` to `end`; with another one beside it, or none, if need be."""
    text = block.markdown
    in_html = "<td" in text or "<th" in text
    words = html.escape(page_text, quote=False) if in_html else _MARKUP.sub(r"\\\g<0>", page_text)
    if start == end and words:
        return _with_inserted(block, start, words, in_table=in_html or text.lstrip().startswith("|"))
    if words:
        return [replace(block, markdown=text[:start] + words + text[end:])]
    edited = _without(text, start, end)
    return [replace(block, markdown=edited)] if re.search(r"\w", edited) else []


def _with_inserted(block: TextBlock, at: int, words: str, *, in_table: bool) -> Sequence[TextBlock]:
    """The block with missing words, which belong after the word that ends at `at` or before the one that begins."""
    text, alone = block.markdown, len(words.split()) >= MIN_PARAGRAPH_WORDS
    begins = not re.search(r"\w", text[:at])
    if begins and not in_table:
        if alone or not text:
            return [TextBlock(words), block] if text else [replace(block, markdown=words)]
        return [replace(block, markdown=f"{text[:at]}{words} {text[at:]}")]
    if in_table:
        return [replace(block, markdown=f"{text[:at]} {words}{text[at:]}")]
    space = re.compile(r"\s|$").search(text, at)  # behind the marks that belong to the word
    at = space.start() if space else len(text)
    if alone and not re.search(r"\w", text[at:]):
        return [block, TextBlock(words)]
    return [replace(block, markdown=f"{text[:at]} {words}{text[at:]}")]


def _without(text: str, start: int, end: int) -> str:
    """The text without these words: a whole sentence goes with its marks, and no space is left twice."""
    before, after = text[:start], text[end:]
    if _SENTENCE_END.search(before):
        after = after.lstrip(_MARKS)
    if not after or after[0] in _MARKS + "\n":
        before = before.rstrip(" ,;")
    if not before or before[-1] in " \n":
        after = after.lstrip(" ")
    return before + after
