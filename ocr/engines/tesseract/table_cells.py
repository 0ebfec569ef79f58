"""Divide lines of words into rows and cells where a table can be recognised."""

import bisect
import html
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.engines.tesseract.recognition import Line, Word
from ocr.engines.tesseract.ruling_lines import Grid

Row = tuple[str, ...]

LONGEST_CELL = 40
"""Characters on average; what is longer are columns of running text, not cells."""
FILLED = 0.6
"""The share of cells that hold something in what we call a table."""


@dataclass(slots=True)
class _Phrase:
    """Neighbouring words of one line: what stands in a cell."""

    words: list[Word]

    @property
    def left(self) -> int:
        return self.words[0].box[0]

    @property
    def right(self) -> int:
        return self.words[-1].box[2]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def ruled_rows(lines: Sequence[Line], grid: Grid) -> list[Row]:
    """The rows of a ruled table: each word stands in the cell that holds its middle."""
    cells = [[""] * (len(grid.columns) - 1) for _ in grid.rows[1:]]
    height = statistics.median([line.box[3] - line.box[1] for line in lines] or [1])
    for line in sorted(lines, key=lambda line: (round((line.box[1] + line.box[3]) / 2 / height), line.box[0])):
        for word in line.words:
            column = bisect.bisect(grid.columns[1:-1], (word.box[0] + word.box[2]) / 2)
            row = bisect.bisect(grid.rows[1:-1], (word.box[1] + word.box[3]) / 2)
            cells[row][column] = f"{cells[row][column]} {word.text.strip('|')}".strip()
    return [tuple(row) for row in cells]


def spaced_rows(lines: Sequence[Line], *, gap: float = 1.0, least: int = 2) -> list[Row]:
    """The rows of a table told from white space alone, all of one length; empty where the lines are none.

    `gap` is the white space that parts two cells, in heights of a line; `least` the rows that make a table.
    """
    height = statistics.median([line.box[3] - line.box[1] for line in lines] or [1])
    parted = [_phrases(line, gap * height) for line in _in_rows(lines)]
    columns = _columns(parted)
    if len(columns) < 2 or len(parted) < least:
        return []
    rows = [_cells(phrases, columns) for phrases in parted]
    cells = [cell for row in rows for cell in row]
    filled = [cell for cell in cells if cell]
    if len(filled) < FILLED * len(cells) or statistics.mean(map(len, filled)) > LONGEST_CELL:
        return []
    return rows


def to_html(rows: Sequence[Row]) -> str:
    """A table in HTML; its first row is the head where it alone has no numbers."""
    head = len(rows) > 1 and not any(map(_number, rows[0])) and all(any(map(_number, row)) for row in rows[1:])
    body = rows[1:] if head else rows
    parts = ["<table>"]
    if head:
        parts.append(f"<thead>{_row(rows[0], 'th')}</thead>")
    parts.append(f"<tbody>{''.join(_row(row, 'td') for row in body)}</tbody></table>")
    return "".join(parts)


def _row(cells: Row, tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell, quote=False)}</{tag}>" for cell in cells) + "</tr>"


def _number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+−(]?[€$£]?\s?\d[\d\s.,]*\)?\s?%?", cell))


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines that stand beside each other are one."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3]):
        if rows and line.box[1] < (rows[-1].box[1] + rows[-1].box[3]) / 2:
            last = rows.pop()
            words = sorted((*last.words, *line.words), key=lambda word: word.box[0])
            line = Line(tuple(words), last.box, last.x_height)
        rows.append(line)
    return rows


def _phrases(line: Line, gap: float) -> list[_Phrase]:
    """A line's words, parted where the space is wide."""
    phrases: list[_Phrase] = []
    for word in line.words:
        if phrases and word.box[0] - phrases[-1].right < gap:
            phrases[-1].words.append(word)
        else:
            phrases.append(_Phrase([word]))
    return phrases


def _columns(rows: Sequence[Sequence[_Phrase]]) -> list[tuple[int, int]]:
    """The horizontal extents that phrases of all rows share."""
    columns: list[tuple[int, int]] = []
    for phrase in sorted((phrase for row in rows for phrase in row), key=lambda phrase: phrase.left):
        if columns and phrase.left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], phrase.right))
        else:
            columns.append((phrase.left, phrase.right))
    return columns


def _cells(phrases: Sequence[_Phrase], columns: Sequence[tuple[int, int]]) -> Row:
    cells = [""] * len(columns)
    for phrase in phrases:
        index = next(i for i, (left, right) in enumerate(columns) if left <= phrase.left < right)
        cells[index] = f"{cells[index]} {phrase.text}".strip()
    return tuple(cells)
