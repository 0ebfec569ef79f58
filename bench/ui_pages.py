"""What bench.ui has read: made pages, and a reader that imitates a model by writing them at an even pace."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ocr.config.profiles import Model, ReadOptions
from ocr.events import Delta, Finished
from ocr.types import Finish, PageImage

REGIONS = 60
"""Layout regions of a page, in two columns."""
KINDS = ("text", "text", "table", "text", "formula", "text", "list", "text", "image", "text")
"""Labels of a page's regions, over and over; the first of all is its title."""
_SENTENCE = (
    "The wear of lamp {n} grows with \\( h_{{{n}}}^2 + \\frac{{a}}{{{n}}} \\), and was weighed after each night. "
)
_ROW = "<tr><td>Lamp {n}</td><td>{n}2 h</td><td>\\( {n} \\pm 2 \\)</td><td>oil</td></tr>"


def page_text(size: int) -> str:
    """A page as LightOnOCR-3 writes it, of about `size` characters: paragraphs, tables, formulas, lists, figures."""
    share = size // REGIONS
    blocks = []
    for index in range(REGIONS):
        left, top = (20, 510)[index * 2 // REGIONS], 10 + 33 * (index % (REGIONS // 2))
        label = KINDS[index % len(KINDS)] if index else "title"
        blocks.append(f"![{label}]({left},{top},{left + 470},{top + 29}) {_block(label, index, share)}\n\n")
    return "".join(blocks)


def _block(label: str, index: int, share: int) -> str:
    """What stands in one region, of about `share` characters."""
    if label == "title":
        return "On the wear of lamps"
    if label == "image":
        return ""
    if label == "formula":
        return f"\\[ \\int_0^{{{index}}} \\sqrt{{x^2 + {index}}} \\, dx = \\sum_{{k=1}}^\\infty \\frac{{a_k}}{{k!}} \\]"
    piece = {"table": _ROW, "list": "- Lamp {n} was trimmed, filled and weighed.\n"}.get(label, _SENTENCE)
    text = "".join(piece.format(n=index + row) for row in range(max(1, round(share / len(piece)))))
    return f"<table>{text}</table>" if label == "table" else text


def tokens(text: str) -> list[str]:
    """Pieces of the length of a model's tokens, four characters on average."""
    return re.findall(r"\s?\S{1,4}|\s", text)


@dataclass(frozen=True)
class EvenReader:
    """Writes the same text for every page, `pace` tokens a second, `interval` of them at once."""

    text: str
    pace: float
    interval: int = 1

    async def models(self) -> tuple[Model, ...]:
        """One that writes layout regions."""
        return (Model("LightOnOCR-3-1B"),)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """The text, the first token by itself, each bundle when its last one is due; what is late comes together."""
        begun, pieces = time.perf_counter(), tokens(self.text)
        for start in [0, *range(1, len(pieces), self.interval)]:
            bundle = pieces[start : start + self.interval if start else 1]
            early = begun + (start + len(bundle)) / self.pace - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            yield Delta("".join(bundle), len(bundle))
        yield Finished(Finish.STOP, len(pieces))
