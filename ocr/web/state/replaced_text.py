"""The text of a page with some of its hits replaced."""

from collections import Counter
from collections.abc import Collection, Sequence

from ocr.types import PageId, PageResult
from ocr.web.state.edited_text import MAX_PARAGRAPH_CHARS, with_paragraphs
from ocr.web.state.replacements import Hit, Texts


def outgrows(texts: Texts, hits: Collection[Hit]) -> bool:
    """Whether replacing these hits, or some of them, could make a paragraph longer than `MAX_PARAGRAPH_CHARS`."""
    growth: Counter[tuple[PageId, int]] = Counter()
    for hit in hits:
        growth[hit.page, hit.at] += max(0, len(hit.text) - len(hit.found))
    return any(more and len(texts[page][at]) + more > MAX_PARAGRAPH_CHARS for (page, at), more in growth.items())


def replaced(result: PageResult, paragraphs: Sequence[str], hits: Collection[Hit]) -> PageResult:
    """The result of a page with these hits of its paragraphs replaced."""
    texts: dict[int, str] = {}
    for hit in sorted(hits, key=lambda hit: hit.start, reverse=True):  # those before it keep their offsets
        markdown = texts.get(hit.at, paragraphs[hit.at])
        texts[hit.at] = markdown[: hit.start] + hit.text + markdown[hit.end :]
    return with_paragraphs(result, {at: text if text.strip() else "" for at, text in texts.items()})
