"""Measure how fast a page's text is decoded and composed, fed one character at a time, as the page grows.

The text is a made page of layout blocks with maths, tables and what only looks like a marker, repeated to 10 kB,
100 kB and 1 MB. Linear means that the last column stays about 1.

    python -m bench.markup
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from ocr.parsing.markup import MarkupDecoder
from ocr.parsing.page_text import PageText

PAGE = (
    "![section](10,10,900,40) Results!\n"
    "![text](10,50,490,400) Wear is $W$ (see ![x] and [links](a)). 100,200,300,400 are no corners! It cost \\$5.\n"
    "![table](10,410,990,600) <table><tr><td>1</td><td>2!</td></tr></table>\n"
    "![image](image_1.png)100, 200, 500, 600\n"
    "![formula](10,610,490,650) \\[ a^2 + b^2 \\]\n"
    "![text+](510,50,990,400) and so on, and on, until the column ends.\n"
)
TURNS = 3


def decode(text: str) -> None:
    """Markers only."""
    decoder = MarkupDecoder()
    for char in text:
        decoder.feed(char)
    decoder.flush()


def compose(text: str) -> None:
    """Markers, text for reading as it streams, and the finished page."""
    page = PageText()
    for char in text:
        page.feed(char)
    page.flush()
    assert page.markdown
    assert page.regions


def main() -> None:
    """Print the table."""
    table = Table("", "size", "seconds", "MB/s", "time a byte ÷ that at 10 kB")
    for work in (decode, compose):
        first = 0.0
        for size in (10_000, 100_000, 1_000_000):
            text = (PAGE * (size // len(PAGE) + 1))[:size]
            seconds = []
            for _ in range(TURNS):
                began = time.perf_counter()
                work(text)
                seconds.append(time.perf_counter() - began)
            best = min(seconds)
            first = first or best / size
            table.add_row(
                work.__name__, f"{size:,}", f"{best:.3f}", f"{size / best / 1e6:.2f}", f"{best / size / first:.2f}"
            )
    Console().print(table)


if __name__ == "__main__":
    main()
