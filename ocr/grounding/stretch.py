"""Align two short stretches of words in one order: words that are the same, then letters between these."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel, LCSseq, Levenshtein

MIN_RUN = 3
"""Words that are the same one after the other, and no longer by chance."""

MIN_SIMILARITY = 0.55
"""Of two words that stand at the same place and are taken for the same."""

MIN_DIVIDED_SIMILARITY = 0.75
"""The same where one side divides into more words than the other: letters of several words are soon found in one."""

MAX_CHARS = 6000
"""Of a stretch that is compared letter by letter."""


class Group(NamedTuple):
    """Words of one stretch that are words of the other."""

    text: Sequence[int]
    page: Sequence[int]
    """Indices in the stretches."""
    similarity: float = 1.0


def align_stretch(text: Sequence[str], page: Sequence[str], *, closed: bool) -> Iterator[Group]:
    """The groups in their order; `closed` says that the stretches stand between the same words on both sides."""
    src = dest = 0
    for begin, at, length in [*_equal_blocks(text, page), (len(text), len(page), 0)]:
        if src < begin and dest < at:
            yield from _align_letters(text, page, range(src, begin), range(dest, at), closed=closed)
        yield from (Group((begin + offset,), (at + offset,)) for offset in range(length))
        src, dest = begin + length, at + length


def _equal_blocks(text: Sequence[str], page: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs that are the same, as where they begin in both and their length; without those that are so by chance."""
    blocks = [
        (block.src_start, block.dest_start, block.src_end - block.src_start)
        for block in LCSseq.opcodes(text, page)
        if block.tag == "equal"
    ]
    if sum(length for _, _, length in blocks) >= 0.5 * min(len(text), len(page)):
        return blocks
    ends = len(text), len(page)
    return [
        (begin, at, length)
        for begin, at, length in blocks
        if length >= MIN_RUN or begin == at == 0 or (begin + length, at + length) == ends
    ]


def _align_letters(
    text: Sequence[str], page: Sequence[str], some: range, others: range, *, closed: bool
) -> Iterator[Group]:
    """Groups of words that are divided otherwise, or differ in some letters."""
    ours, theirs = "".join(text[index] for index in some), "".join(page[at] for at in others)
    if ours == theirs:
        yield from _same_letters(text, page, some, others)
    elif len(some) == len(others) <= 2 and closed:
        for one, other in zip(some, others, strict=True):
            yield Group((one,), (other,), Indel.normalized_similarity(text[one], page[other]))
    elif max(len(ours), len(theirs)) <= MAX_CHARS:
        groups = [
            Group(group.text, group.page, similarity)
            for group in _sharing_letters(text, page, some, others)
            if (similarity := _similarity(text, page, group)) >= _least_similarity(group)
        ]
        linked = sum(len(text[index]) for group in groups for index in group.text)
        if linked >= 0.5 * min(len(ours), len(theirs)):  # else they are alike by chance
            yield from groups


def _least_similarity(group: Group) -> float:
    return MIN_SIMILARITY if len(group.text) == len(group.page) else MIN_DIVIDED_SIMILARITY


def _similarity(text: Sequence[str], page: Sequence[str], group: Group) -> float:
    ours, theirs = "".join(text[index] for index in group.text), "".join(page[at] for at in group.page)
    return Indel.normalized_similarity(ours, theirs)


def _same_letters(text: Sequence[str], page: Sequence[str], some: range, others: range) -> Iterator[Group]:
    """Groups that are the same when they are joined, as short as can be."""
    group: tuple[list[int], list[int]] = [], []
    left, rest = 0, iter(others)  # letters that the page's words of the group have more than the text's
    for index in some:
        group[0].append(index)
        left -= len(text[index])
        while left < 0:
            group[1].append(next(rest))
            left += len(page[group[1][-1]])
        if not left:
            yield Group(*group)
            group = [], []


def _sharing_letters(text: Sequence[str], page: Sequence[str], some: range, others: range) -> Iterator[Group]:
    """Groups of words that share half of the shorter one's letters, or more."""
    owner, other_owner = [index for index in some for _ in text[index]], [at for at in others for _ in page[at]]
    shared: dict[tuple[int, int], int] = {}
    for block in Levenshtein.opcodes("".join(text[index] for index in some), "".join(page[at] for at in others)):
        for offset in range(block.src_end - block.src_start if block.tag == "equal" else 0):
            pair = owner[block.src_start + offset], other_owner[block.dest_start + offset]
            shared[pair] = shared.get(pair, 0) + 1
    group: tuple[list[int], list[int]] = [], []
    for (one, other), letters in shared.items():
        if letters < 0.5 * min(len(text[one]), len(page[other])):
            continue
        if group[0] and one != group[0][-1] and other != group[1][-1]:
            yield Group(*group)
            group = [], []
        group[0].extend([one] if one not in group[0][-1:] else [])
        group[1].extend([other] if other not in group[1][-1:] else [])
    if group[0]:
        yield Group(*group)
