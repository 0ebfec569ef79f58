"""Put the page's words into a page's text where a finding says that the two disagree."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rapidfuzz.distance import Postfix, Prefix

from ocr.page_words import SPACELESS_LETTER, Finding, FindingKind
from ocr.types import PageResult, Region, TextBlock
from ocr.web.state.markdown_edits import exchanged, has_words, inserted, removed
from ocr.web.state.markdown_escapes import Surroundings, escaped, surroundings

MIN_PARAGRAPH_WORDS = 6
"""Missing words from which those that stand after the end of a block become a block of their own."""

_SPACE_BETWEEN_SPACELESS = re.compile(f"(?<={SPACELESS_LETTER.pattern}) (?={SPACELESS_LETTER.pattern})")


def corrected(result: PageResult, finding: Finding) -> PageResult | None:
    """The result with what the page has at this place; None for words that stand elsewhere, which have no place here.

    `finding` is of the result's Markdown. `raw`, the model's own answer, stays as it is.
    """
    if finding.kind is FindingKind.MOVED:
        return None
    words = _SPACE_BETWEEN_SPACELESS.sub("", finding.page_text)
    blocks: list[TextBlock] = []
    regions, begin, inserted_already = list(result.regions), 0, False
    for block in result.blocks or [TextBlock(result.markdown)]:
        start, end = max(0, finding.start - begin), min(len(block.markdown), finding.end - begin)
        begin += len(block.markdown) + len("\n\n")
        if start > end or (start == end and finding.start < finding.end):
            blocks.append(block)
            continue
        edited = _edited(block, start, end, "" if inserted_already else words)
        blocks += edited
        inserted_already = True
        for index, text in changed_regions(regions, block, edited):
            regions[index] = replace(regions[index], text=text)
    return with_text(result, blocks, regions)


def with_text(result: PageResult, blocks: Sequence[TextBlock], regions: Sequence[Region]) -> PageResult:
    """The result with this text, which a person has changed; it is compared with no page yet."""
    markdown = "\n\n".join(block.markdown for block in blocks)
    new = replace(result, markdown=markdown, blocks=tuple(blocks), regions=tuple(regions), corrected=True)
    return replace(new, words=(), check=None)


def _edited(block: TextBlock, start: int, end: int, words: str) -> Sequence[TextBlock]:
    """The block with the page's words from `start` to `end`; with another one beside it, or none, if need be."""
    text = block.markdown
    if start == end and words:
        return _with_inserted(block, start, words)
    edited = exchanged(text, start, end, words) if words else removed(text, start, end)
    return [replace(block, markdown=edited)] if has_words(edited) else []


def _with_inserted(block: TextBlock, at: int, words: str) -> Sequence[TextBlock]:
    """The block with missing words, which belong after the word that ends at `at` or before the one that begins."""
    text = block.markdown
    if not text:
        return [replace(block, markdown=escaped(words, "", 0))]
    in_table = surroundings(text, at) in (Surroundings.HTML_TABLE, Surroundings.PIPE_TABLE)
    if len(words.split()) >= MIN_PARAGRAPH_WORDS and not in_table:
        own = TextBlock(escaped(words, "", 0))
        if not has_words(text[:at]):
            return [own, block]
        if not has_words(text[at:]):
            return [block, own]
    return [replace(block, markdown=inserted(text, at, words))]


def changed_regions(
    regions: Sequence[Region], block: TextBlock, edited: Sequence[TextBlock]
) -> Iterator[tuple[int, str]]:
    """The new texts of the regions whose texts stand in the block, in which one place has changed."""
    before, after = block.markdown, "\n\n".join(one.markdown for one in edited)
    start = Prefix.similarity(before, after)
    end = len(before) - min(min(len(before), len(after)) - start, Postfix.similarity(before, after))
    new = after[start : len(after) - (len(before) - end)]
    at = 0
    for index in block.regions:
        text = regions[index].text.strip()
        begin = before.find(text, at)
        if not text or begin < 0:
            continue
        at = begin + len(text)
        if start <= at and end >= begin:
            holds = begin <= start
            changed = before[begin : max(begin, start)] + (new if holds else "") + before[min(at, max(end, begin)) : at]
            yield index, changed.strip()
            if holds and start < at:
                new = ""  # said once, in the first region that it touches
