"""Compare two texts of a page word by word."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

BOTH, FIRST, SECOND = range(3)
"""Who has a part of the text."""
MAX_WORD_PAIRS = 400_000_000
"""Pairs of words that are compared: two texts of 20,000 words each take some 40 ms and 50 MB for that moment. Longer
ones are compared line by line."""
MAX_COMPARED_CHARS = 300_000
"""Characters beyond which a text is compared as one word; no model's context holds so many."""

MAX_SHIFT_WORDS = 200
"""Words by which a passage that one text has alone is moved at most, to where it begins better."""

_WORD = re.compile(
    r"(?P<end>\s*\n\s*)"  # where a line ends; several line ends are one
    r"|(?:<[^<>\n]{1,200}>"  # a tag
    r"|\\[A-Za-z]+"  # a command of TeX
    r"|[\u3040-\u30ff\u3400-\u9fff]"  # a letter of a script without spaces
    r"|[^\W_]+(?:[.,:'’-][^\W_]+)*"  # a word or a number
    r"|(?P<sign>\S)(?P=sign)*)[^\S\n]*"  # a sign, or the same one several times
)
_LINE = re.compile(r"(?P<end>\s*\n\s*)|[^\n]+")
_ROWS = re.compile(r"(?<!\s)\s*(?=<table\b|<tr\b|</table>)", re.IGNORECASE)
"""Before these tags a table is cut into lines: models write it in one."""


class Segment(NamedTuple):
    """Words in a row that stand alike in both texts, or in one of them alone."""

    whose: int
    """`BOTH`, `FIRST` or `SECOND`."""
    text: str
    """As it is written, white space included; white space alone is never a difference."""
    first: str = ""
    """As the first text has it, where both have it and only its white space differs."""


@dataclass(slots=True)
class Row:
    """Lines of the two texts that stand side by side."""

    gap: bool = False
    """Whether there is a blank line before it."""
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Differences:
    """How two texts differ."""

    rows: tuple[Row, ...]
    words: int
    """Words that differ: where one text has three and the other two in their place, three."""
    alike: float
    """Share of the words of both texts that both have, 0 to 1."""
    rows_json: str
    """The rows as `[gap, [[whose, text, first], …]]`. The page sends them with each update: one string is neither
    translated nor searched for files and changes, as thousands of lists would be."""


class _Token(NamedTuple):
    key: str
    """What is compared; a line's end is `\\n`, however many blank lines follow."""
    text: str
    words: int


class _DiffRun(NamedTuple):
    """Tokens that are alike in both texts, or stand in each other's place."""

    alike: bool
    first: Sequence[_Token]
    second: Sequence[_Token]

    @property
    def words(self) -> int:
        """How many words it is worth."""
        return max(_count_words(self.first), _count_words(self.second))


def differences(first: str, second: str) -> Differences:
    """Compare two texts in Markdown.

    A word is a word, a number, a tag, a command of TeX or a sign. White space and the ends of lines are not compared:
    models break lines as they like. Rows end where both texts have the end of a line.
    """
    one, other = _tokens(first, _WORD), _tokens(second, _WORD)
    if len(one) * len(other) > MAX_WORD_PAIRS:
        one, other = _tokens(first, _LINE), _tokens(second, _LINE)
    runs = _align_to_boundaries(_merge_chance_matches(_runs(one, other)))
    alike = sum(_count_words(run.second) for run in runs if run.alike)
    total = _count_words(one) + _count_words(other)
    rows = tuple(_rows(runs))
    return Differences(
        rows=rows,
        words=sum(run.words for run in runs if not run.alike),
        alike=2 * alike / total if total else 1.0,
        rows_json=json.dumps([(row.gap, row.segments) for row in rows], ensure_ascii=False),
    )


def _tokens(text: str, pattern: re.Pattern[str]) -> list[_Token]:
    if len(text) > MAX_COMPARED_CHARS:
        return [_Token(text, text, len(text.split()))]
    composed = unicodedata.normalize("NFC", text).strip()
    laid_out = _ROWS.sub(lambda space: space[0] if "\n" in space[0] else "\n", composed).lstrip()
    tokens = []
    for found in pattern.finditer(laid_out):
        text = found[0]
        if found["end"]:
            tokens.append(_Token("\n", "\n\n" if text.count("\n") > 1 else "\n", 0))
        else:
            tokens.append(_Token(text.rstrip(), text, 1 if pattern is _WORD else len(text.split())))
    return tokens


def _count_words(tokens: Sequence[_Token]) -> int:
    return sum(token.words for token in tokens)


def _runs(first: list[_Token], second: list[_Token]) -> Iterator[_DiffRun]:
    """The fewest words that have to change to come from one to the other, as runs; two that are unlike never meet."""
    if len(first) * len(second) > MAX_WORD_PAIRS:
        yield _DiffRun(False, first, second)
        return
    numbers: dict[str, int] = {}
    keys = [[numbers.setdefault(token.key, len(numbers)) for token in tokens] for tokens in (first, second)]
    at, beside = 0, 0
    for block in Levenshtein.opcodes(*keys).as_matching_blocks():  # the last one, at both ends, has no words
        if (at, beside) != (block.a, block.b):
            yield _DiffRun(False, first[at : block.a], second[beside : block.b])
        at, beside = block.a + block.size, block.b + block.size
        if block.size:
            yield _DiffRun(True, first[block.a : at], second[block.b : beside])


def _merge_chance_matches(runs: Iterator[_DiffRun]) -> list[_DiffRun]:
    """Without the odd word that two otherwise different passages have in common by chance."""
    calm: list[_DiffRun] = []
    for run in runs:
        calm.append(run)
        while len(calm) > 2 and _is_chance_match(*calm[-3:]):
            before, between, after = calm[-3:]
            calm[-3:] = [
                _DiffRun(
                    False,
                    [*before.first, *between.first, *after.first],
                    [*before.second, *between.second, *after.second],
                )
            ]
    return calm


def _is_chance_match(before: _DiffRun, between: _DiffRun, after: _DiffRun) -> bool:
    if not between.alike or any(token.key == "\n" for token in between.second):
        return False
    return 2 * between.words < min(before.words, after.words)


def _align_to_boundaries(runs: list[_DiffRun]) -> list[_DiffRun]:
    """With what one text has alone moved to where a line or a sentence begins, if it says the same there.

    Of the lists `- a - b - c` and `- a - c` the first has `- b`, not `b -`.
    """
    for at in range(1, len(runs) - 1):
        before, run, after = runs[at - 1 : at + 2]
        alone = run.first or run.second
        if run.alike or (run.first and run.second) or not (before.alike and after.alike):
            continue
        around = [*before.second[-MAX_SHIFT_WORDS:], *alone, *after.second[:MAX_SHIFT_WORDS]]
        begin = min(len(before.second), MAX_SHIFT_WORDS)
        end = begin + len(alone)
        left = right = 0
        while begin - left > (at > 1) and around[begin - left - 1].key == around[end - left - 1].key:
            left += 1
        while end + right < len(around) - (at < len(runs) - 2) and around[begin + right].key == around[end + right].key:
            right += 1
        by = max(range(-left, right + 1), key=lambda by: (_boundary_score(around, begin + by), -abs(by)))
        if by:
            runs[at - 1 : at + 2] = _shift_run(before, run, after, by)
    return runs


def _boundary_score(tokens: Sequence[_Token], at: int) -> int:
    """How well a passage begins here: with a line, with a sentence, with a word, anywhere."""
    before = tokens[at - 1].key if at else "\n"
    return 3 if before == "\n" else 2 if before[-1] in ".!?:;" else int(tokens[at].key[0].isalnum())


def _shift_run(before: _DiffRun, run: _DiffRun, after: _DiffRun, by: int) -> list[_DiffRun]:
    """The same with the run so many tokens further on, or further back if it is less than nothing."""

    def shift(before: Sequence[_Token], run: Sequence[_Token], after: Sequence[_Token]) -> list[Sequence[_Token]]:
        tokens, begin = [*before, *run, *after], len(before) + by
        return [tokens[:begin], tokens[begin : begin + len(run)], tokens[begin + len(run) :]]

    three = (before, run, after)
    first, second = (shift(*side) for side in zip(*((one.first, one.second) for one in three), strict=True))
    return [_DiffRun(one.alike, *texts) for one, *texts in zip(three, first, second, strict=True)]


def _rows(runs: list[_DiffRun]) -> Iterator[Row]:
    row = Row()
    for run in runs:
        if not run.alike:
            sides = ((FIRST, run.first), (SECOND, run.second))
            row.segments += [Segment(whose, _text(tokens)) for whose, tokens in sides if tokens]
            continue
        begin = 0
        for at, token in enumerate(run.second):
            if token.key != "\n":
                continue
            if begin < at:
                row.segments.append(_common_segment(run, begin, at))
            yield row
            row, begin = Row(gap=len(token.text) > 1), at + 1
        if begin < len(run.second):
            row.segments.append(_common_segment(run, begin, len(run.second)))
    if row.segments:
        yield row


def _common_segment(run: _DiffRun, begin: int, end: int) -> Segment:
    first, second = _text(run.first[begin:end]), _text(run.second[begin:end])
    return Segment(BOTH, second, first if first != second else "")


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens)
