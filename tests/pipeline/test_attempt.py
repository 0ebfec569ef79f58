"""Which of several answers to a page is kept."""

from __future__ import annotations

from ocr.events import Delta, Finished
from ocr.parsing.page_text import PageText
from ocr.pipeline.attempt import Attempt
from ocr.types import Finish


def attempt(text: str, finish: Finish | None) -> Attempt:
    made = Attempt(PageText())
    made.feed(Delta(text))
    if finish:
        made.end(Finished(finish, None))
    return made


def test_attempt_order() -> None:
    """Whole, cut, broken off, nothing; the longer of two alike, but not for saying the same again."""
    ordered = [
        attempt(" \n", Finish.STOP),
        attempt("hal", None),
        attempt("half of a page", None),
        attempt("ab" * 250, Finish.LENGTH),
        attempt("the same number of words and more letters", Finish.LENGTH),
        attempt("x", Finish.STOP),
    ]
    assert sorted(ordered, key=lambda kept: kept.quality) == ordered


def test_attempt_tokens() -> None:
    """The server's count, else the pieces that came."""
    counted = attempt("text", None)
    assert counted.tokens == 1
    counted.end(Finished(Finish.STOP, 7))
    assert counted.tokens == 7


def test_attempt_empty_answer_is_better_than_none() -> None:
    """An answer that came to its end without a word says more than a request that was never answered."""
    none, empty = Attempt(PageText()), Attempt(PageText())
    empty.end(Finished(Finish.STOP, 1))
    assert empty.quality > none.quality
