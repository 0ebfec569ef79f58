"""A page with regions of every kind, as the model's answer is parsed."""

from __future__ import annotations

from pathlib import Path

from ocr.export import Results
from ocr.parsing.page_text import PageText
from ocr.types import Document, Finish, PageResult

ANSWER = """![header](100,20,900,40) Running head

![title](100,50,900,90) A Title & <more>

![text](100,100,480,400) The first paragraph of $x^2$ text that goes on \x0c for several lines and some more words to
fill it, so that it has to be wrapped as any text would be.

![image](520,100,900,300)

![caption](520,310,900,340) Figure 1. A lamp

![table](100,420,900,600) <table><tr><td>East</td><td>7</td></tr><tr><td>West</td><td>8</td></tr></table>

![formula](100,610,900,640) a + b

![text](100,650,900,680) 日本語の文章です。

![text](100,700,900,740) שלום עולם טוב

![page_number](480,960,520,980) 7
"""


def read_page(number: int, answer: str, width: int = 1089, height: int = 1540) -> PageResult:
    """What comes of an answer."""
    text = PageText(number)
    text.feed(answer)
    text.flush()
    return PageResult(
        number, width, height, text.markdown, text.raw, text.regions, Finish.STOP, None, 1, 5, 0.2, text.blocks
    )


def placed_results() -> Results:
    """A page of everything, one that failed before it was rendered, and one of a model that places nothing."""
    document = Document(Path("/tmp/a.pdf"), 'a "<b>;.pdf', "application/pdf", 4, "0" * 64)
    failed = PageResult(3, 0, 0, "", "", (), Finish.FAILED, "It broke.", 0, 0, 0)
    return Results(document, None, "m<o>del", [read_page(1, ANSWER), failed, read_page(4, "One line.\n\nAnother.")])
