"""Texts that repeat themselves: loops such as models fall into, and honest pages that look like them."""

from __future__ import annotations

import random

from ocr.pipeline.repetition import TOKEN, Repetition

PROSE = (
    "The committee met on the fourteenth of September and heard the report of the treasurer, who had counted the paths "
    "across the lawn at noon and found eleven of them, two more than in spring. "
)

LOOPS = {
    "one word": "the ",
    "two words": "of the ",
    "a name": "Halvern Park Committee, ",
    "a line": "- one of the most important of the most important\n",
    "numbered alike": "1. Item\n",
    "a sentence": "The path is worn by those who walk it every day of the year. ",
    "a paragraph": PROSE + "\n\n",
    "a long paragraph": PROSE.replace("committee", "board") + PROSE[:120] + "\n",
    "cells": "<td>0</td>",
    "a formula": "\\frac{a}{b} + ",
    "nested LaTeX": "\\mathbf{\\mathbf{",
    "a layout block": "![text](90,307,486,450) Every park has two kinds of paths.\n",
    "figures": "9 ",
    "figures of pi": "31415926535897932384",
    "Chinese": "委员会于九月十四日开会。",
    "Arabic": "اجتمعت اللجنة في الرابع عشر ",
}
"""Name → what is written again and again, words or figures in all of them."""

ROW_LOOPS = {
    "a table's row": "<tr><td>Mill bank</td><td>1,240</td><td>0.35</td></tr>\n",
    "a wide row": "<tr><td>Total</td>" + "<td>0.00</td>" * 18 + "</tr>",
    "empty rows": "<tr><td></td><td></td><td></td><td></td></tr>\n",
    "wide empty rows": "<tr>" + "<td></td>" * 12 + "</tr>\n",
    "lines to fill in": "Name: " + "_" * 30 + " Date: " + "_" * 12 + "\n",
    "lined paper": "_" * 60 + "\n",
}
"""The same of rows and lines of which honest pages hold thirty alike."""

EMPTY_LOOPS = {
    "dot leaders": ".",
    "spaced dots": ". ",
    "underscores": "_",
    "white space": " ",
    "blank lines": "\n",
    "entities": "&nbsp;",
    "empty cells": "<td></td>",
    "rules": "---\n\n",
    "boxes": "☐ ",
}
"""The same of what holds neither words nor figures."""


def table(*rows: str) -> str:
    return "<table>\n" + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>\n"


def cells(*texts: object) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


HONEST = {
    "zeros by month": table(*(cells(f"{month:02}/2026", *["0.00"] * 12) for month in range(1, 61))),
    "one figure counts up": table(*(cells(number, "Mill bank", "yes", "yes", "yes") for number in range(1, 80))),
    "price list": table(*(cells(f"A-{number:03}", "per piece", "9.90", "in stock") for number in range(100, 190))),
    "ticks": table(*(cells(f"Feature {chr(65 + row % 26)}{row}", *["✓"] * 8) for row in range(60))),
    "form with labels": (("Name: " + "_" * 40 + " Date: " + "_" * 20 + "\n\n") * 8) + "Thank you.",
    "attendance": table(*(cells(day, "8:00", "16:30", "0:30", "8:00") for day in range(1, 32))),
    "contents": "\n".join(f"{n}. Chapter {n} {'.' * 120} {n * 12}" for n in range(1, 40)),
    "multiplication": table(*(cells(*(row * column for column in range(1, 21))) for row in range(1, 21))),
    "chorus": "\n\n".join(f"{verse}\n\nRow, row, row your boat,\ngently down the stream." for verse in "ABCDEFGH"),
    "signatures": "\n\n".join(f"Witness {n}\n\nName:\n\nAddress:\n\nSignature:" for n in range(1, 20)),
    "two copies": (PROSE * 1 + "Cut here. Keep this part for your records.\n") * 2,
    "two copies of a table": table(*(cells(number) for number in range(40))) * 2,
    "bingo": table(*(cells(*(f"{(row * 7 + column * 13) % 75}" for column in range(5))) for row in range(40))),
    "genome": "".join(random.Random(6).choices("ACGT", k=3000)),
    "month planner": table(*(cells(name, *[""] * 31) for name in ("Ann", "Bo", "Cy", "Di", "Ed", "Flo"))),
    "idem": "\n".join(["idem"] * 40),
    "rules between": "---\n\n" * 30,
    "bullets": "- \n" * 40,
    "music": "\n".join(["♪ ♪ ♪ ♪ | ♪ ♪ ♪ ♪ |"] * 12),
    "leaders without words": "\n".join(f"{'.' * 90} {n}" for n in range(1, 45)),
    "long leader": "Annex " + "." * 400 + " 3\n",
    "answer sheet": "\n".join(f"{n}. ☐ A ☐ B ☐ C ☐ D" for n in range(1, 61)),
    "mantra": "Om mani padme hum. " * 16,
    "zero matrix": "\\begin{pmatrix}" + ("0 & 0 & 0 & 0 & 0 & 0 \\\\\n" * 6) + "\\end{pmatrix}",
    "log": "\n".join(f"2026-09-14 12:{m:02}:00 INFO heartbeat ok" for m in range(60)),
}
"""Name → a page that repeats itself because what it shows does."""

FORMS = {
    "blank form": table(cells("Name", "Street", "Town", "Signature"), *[cells("", "", "", "")] * 24),
    "lined paper": ("_" * 60 + "\n") * 22,
    "wide blank form": table(cells(*"ABCDEFGHIJKL"), *[cells(*[""] * 12)] * 30),
    "identical prices": table(cells("Article", "Unit", "Price"), *[cells("Screw M4", "piece", "0.10")] * 30),
    "sparse table": table(*(cells(f"Week {n}", *[""] * 20) for n in range(1, 53)), *[cells(*[""] * 21)] * 30),
    "ditto rows": table(*[cells("idem", '"', '"')] * 30),
    "sign here": ("Name: " + "_" * 30 + " Date: " + "_" * 12 + "\n") * 30,
    "ruled page": ("_" * 60 + "\n") * 34,
}
"""Name → the same of equal rows and lines, so many that a model in a loop might have written them."""


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def caught(
    pattern: str, before: str = PROSE * 3, *, allow_equal_rows: bool = False, interval: int = 1
) -> tuple[int, int] | None:
    """Characters and tokens from where the loop begins to repeat itself until it is seen; None: never.

    `interval` is the number of tokens that come at once.
    """
    watch = Repetition(allow_equal_rows=allow_equal_rows)
    for piece in tokens(before + pattern):
        assert not watch.feed(piece)
    pieces, seen = tokens(pattern * (16_000 // len(pattern))), 0
    for start in range(0, len(pieces), interval):
        bundle = pieces[start : start + interval]
        seen += len("".join(bundle))
        if watch.feed("".join(bundle)):
            return seen, start + len(bundle)
    return None


def alarmed(text: str, *, allow_equal_rows: bool = False) -> bool:
    """Whether an honest text is taken for a loop."""
    watch = Repetition(allow_equal_rows=allow_equal_rows)
    return any([watch.feed(piece) for piece in tokens(text)])
