"""Two texts of one page, word by word: what both have, and what one of them has alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

BOTH, FIRST, SECOND = range(3)
"""Who has a part of the text."""
MOST = 400_000_000
"""Pairs of words that are compared: two texts of 20,000 words each take some 40 ms and 50 MB for that moment. Longer
ones are compared line by line."""
LONGEST = 300_000
"""Characters beyond which a text is compared as one word; no model's context holds so many."""

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


class Part(NamedTuple):
    """Words in a row that stand alike in both texts, or in one of them alone."""

    whose: int
    """`BOTH`, `FIRST` or `SECOND`."""
    text: str
    """As it is written, white space included; white space alone is never a difference."""


@dataclass(slots=True)
class Row:
    """Lines of the two texts that stand side by side."""

    gap: bool = False
    """Whether there is a blank line before it."""
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Differences:
    """How two texts differ."""

    rows: tuple[Row, ...]
    words: int
    """Words that differ: where one text has three and the other two in their place, three."""
    alike: float
    """Share of the words of both texts that both have, 0 to 1."""


class _Token(NamedTuple):
    key: str
    """What is compared; a line's end is `\\n`, however many blank lines follow."""
    text: str


class _Run(NamedTuple):
    """Tokens that are alike in both texts, or stand in each other's place."""

    alike: bool
    first: Sequence[_Token]
    second: Sequence[_Token]

    @property
    def words(self) -> int:
        """How many words it is worth."""
        return max(_count(self.first), _count(self.second))


def differences(first: str, second: str) -> Differences:
    """Compare two texts in Markdown.

    A word is a word, a number, a tag, a command of TeX or a sign. White space and the ends of lines are not compared:
    models break lines as they like. Rows end where both texts have the end of a line.
    """
    one, other = _tokens(first, _WORD), _tokens(second, _WORD)
    if len(one) * len(other) > MOST:
        one, other = _tokens(first, _LINE), _tokens(second, _LINE)
    runs = _calm(_runs(one, other))
    alike = sum(_count(run.second) for run in runs if run.alike)
    total = _count(one) + _count(other)
    return Differences(
        rows=tuple(_rows(runs)),
        words=sum(run.words for run in runs if not run.alike),
        alike=2 * alike / total if total else 1.0,
    )


def _tokens(text: str, pattern: re.Pattern[str]) -> list[_Token]:
    if len(text) > LONGEST:
        return [_Token(text, text)]
    composed = unicodedata.normalize("NFC", text).strip()
    laid_out = _ROWS.sub(lambda space: space[0] if "\n" in space[0] else "\n", composed).lstrip()
    return [
        _Token("\n", "\n\n" if found[0].count("\n") > 1 else "\n")
        if found["end"]
        else _Token(found[0].rstrip(), found[0])
        for found in pattern.finditer(laid_out)
    ]


def _count(tokens: Sequence[_Token]) -> int:
    return sum(len(token.text.split()) for token in tokens)


def _runs(first: list[_Token], second: list[_Token]) -> Iterator[_Run]:
    """The fewest words that have to change to come from one to the other, as runs; two that are unlike never meet."""
    if len(first) * len(second) > MOST:
        yield _Run(False, first, second)
        return
    numbers: dict[str, int] = {}
    keys = [[numbers.setdefault(token.key, len(numbers)) for token in tokens] for tokens in (first, second)]
    begin = (0, 0)
    for step in Levenshtein.opcodes(*keys):
        if step.tag != "equal":
            continue
        if begin != (step.src_start, step.dest_start):
            yield _Run(False, first[begin[0] : step.src_start], second[begin[1] : step.dest_start])
        yield _Run(True, first[step.src_start : step.src_end], second[step.dest_start : step.dest_end])
        begin = (step.src_end, step.dest_end)
    if begin != (len(first), len(second)):
        yield _Run(False, first[begin[0] :], second[begin[1] :])


def _calm(runs: Iterator[_Run]) -> list[_Run]:
    """Without the odd word that two otherwise different passages have in common by chance."""
    calm: list[_Run] = []
    for run in runs:
        calm.append(run)
        while len(calm) > 2 and _by_chance(*calm[-3:]):
            before, between, after = calm[-3:]
            calm[-3:] = [
                _Run(
                    False,
                    [*before.first, *between.first, *after.first],
                    [*before.second, *between.second, *after.second],
                )
            ]
    return calm


def _by_chance(before: _Run, between: _Run, after: _Run) -> bool:
    if not between.alike or any(token.key == "\n" for token in between.second):
        return False
    return 2 * between.words < min(before.words, after.words)


def _rows(runs: list[_Run]) -> Iterator[Row]:
    row = Row()
    for run in runs:
        if not run.alike:
            sides = ((FIRST, run.first), (SECOND, run.second))
            row.parts += [Part(whose, _text(tokens)) for whose, tokens in sides if tokens]
            continue
        begin = 0
        for at, token in enumerate(run.second):
            if token.key != "\n":
                continue
            if begin < at:
                row.parts.append(Part(BOTH, _text(run.second[begin:at])))
            yield row
            row, begin = Row(gap=len(token.text) > 1), at + 1
        if begin < len(run.second):
            row.parts.append(Part(BOTH, _text(run.second[begin:])))
    if row.parts:
        yield row


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens)
