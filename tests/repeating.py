"""Texts that repeat themselves: loops such as models fall into, and honest pages that look like them."""

from __future__ import annotations

import random
import re

from ocr.repetition import Repetition

TOKEN = re.compile(r" ?[^\W\d_]{1,4}|\d{1,3}| ?[^\w\s]{1,4}|_{1,8}|\s{1,8}")
"""Cuts text about as a byte-level BPE does, rather too small than too large: four letters, three figures."""

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
    "a table's row": "<tr><td>Mill bank</td><td>1,240</td><td>0.35</td></tr>\n",
    "a wide row": "<tr><td>Total</td>" + "<td>0.00</td>" * 18 + "</tr>",
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

EMPTY_LOOPS = {
    "dot leaders": ".",
    "spaced dots": ". ",
    "underscores": "_",
    "white space": " ",
    "blank lines": "\n",
    "entities": "&nbsp;",
    "empty cells": "<td></td>",
    "empty rows": "<tr><td></td><td></td><td></td><td></td></tr>\n",
    "rules": "---\n\n",
    "boxes": "☐ ",
}
"""The same of what holds neither words nor figures; forms have some of it."""


def table(*rows: str) -> str:
    return "<table>\n" + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>\n"


def cells(*texts: object) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


HONEST = {
    "zeros by month": table(*(cells(f"{month:02}/2026", *["0.00"] * 12) for month in range(1, 61))),
    "one figure counts up": table(*(cells(number, "Mill bank", "yes", "yes", "yes") for number in range(1, 80))),
    "price list": table(*(cells(f"A-{number:03}", "per piece", "9.90", "in stock") for number in range(100, 190))),
    "ticks": table(*(cells(f"Feature {chr(65 + row % 26)}{row}", *["✓"] * 8) for row in range(60))),
    "blank form": table(cells("Name", "Street", "Town", "Signature"), *[cells("", "", "", "")] * 24),
    "form with labels": (("Name: " + "_" * 40 + " Date: " + "_" * 20 + "\n\n") * 8) + "Thank you.",
    "attendance": table(*(cells(day, "8:00", "16:30", "0:30", "8:00") for day in range(1, 32))),
    "contents": "\n".join(f"{n}. Chapter {n} {'.' * 120} {n * 12}" for n in range(1, 40)),
    "lined paper": ("_" * 60 + "\n") * 22,
    "multiplication": table(*(cells(*(row * column for column in range(1, 21))) for row in range(1, 21))),
    "chorus": "\n\n".join(f"{verse}\n\nRow, row, row your boat,\ngently down the stream." for verse in "ABCDEFGH"),
    "signatures": "\n\n".join(f"Witness {n}\n\nName:\n\nAddress:\n\nSignature:" for n in range(1, 20)),
    "two copies": (PROSE * 1 + "Cut here. Keep this part for your records.\n") * 2,
    "bingo": table(*(cells(*(f"{(row * 7 + column * 13) % 75}" for column in range(5))) for row in range(40))),
    "genome": "".join(random.Random(6).choices("ACGT", k=3000)),
    "log": "\n".join(f"2026-09-14 12:{m:02}:00 INFO heartbeat ok" for m in range(60)),
}
"""Name → a page that repeats itself because what it shows does."""


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def caught(pattern: str, before: str = PROSE * 3) -> tuple[int, int] | None:
    """Characters and tokens from where the loop begins to repeat itself until it is seen; None: never."""
    watch = Repetition()
    for piece in tokens(before + pattern):
        assert not watch.feed(piece)
    seen = 0
    for count, piece in enumerate(tokens(pattern * (6000 // len(pattern))), 1):
        seen += len(piece)
        if watch.feed(piece):
            return seen, count
    return None


def alarmed(text: str) -> bool:
    """Whether an honest text is taken for a loop."""
    watch = Repetition()
    return any([watch.feed(piece) for piece in tokens(text)])
