from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ocr.events import PageDone
from ocr.grounding.folding import folded
from ocr.grounding.page_verifier import grounded_result
from ocr.page_words import PageWord, PlacedWord, WordSource
from ocr.types import PageId, PageResult, TextBlock
from ocr.web.state.page_state import PageState
from ocr.web.state.verified_text import VerifiedText
from ocr.web.state.word_places import ShownWordPlaces, letters, word_places
from tests.conftest import ROOT
from tests.web.conftest import result

MAX_BYTES = 30_000
"""Of a page of a thousand words."""


def _word(text: str, line: int, column: int) -> PageWord:
    return PageWord(text, (100.25 + 90 * column, 50.5 + 20 * line, 170.75 + 90 * column, 60.5 + 20 * line))


def _page(markdown: str, *lines: str) -> PageState:
    """A page that was read as `markdown` and has these lines."""
    words = tuple(_word(text, line, at) for line, words in enumerate(lines) for at, text in enumerate(words.split()))
    blocks = tuple(TextBlock(block) for block in markdown.split("\n\n"))
    page = PageState(PageId(0, 1))
    read: PageResult = replace(result(), markdown=markdown, raw=markdown, blocks=blocks)
    page.apply(PageDone(PageId(0, 1), read))
    grounded = grounded_result(read, words, WordSource.TEXT_LAYER)
    assert grounded.check
    page.verified = VerifiedText(grounded.words, grounded.check)
    return page


def test_word_places_are_the_words_of_each_paragraph_with_their_boxes() -> None:
    """By what a browser shows of them: without markup, and without the points that are compared of numbers."""
    page = _page("# On **lamps**\n\nIt took $K_m$ and 1,250.5", "On lamps", "It took Km and 1,250.5")
    places = ShownWordPlaces().of(page)
    assert places
    value = json.loads(places.value)
    assert [word[0] for word in value["words"]] == ["on", "lamps", "it", "took", "km", "and", "12505"]
    assert value["starts"] == [0, 2]
    assert value["words"][1] == ["lamps", 190, 50, 261, 61]


def test_word_places_of_a_word_on_two_lines_and_of_one_without_a_place() -> None:
    """A word has as many boxes as lines, or none; none of them leaves the page."""
    words = (
        PlacedWord("lan-tern", 0, 8, ((-3.0, 10.2, 40.0, 20.0), (990.5, 30.0, 1000.4, 40.0))),
        PlacedWord("oil", 9, 12),
    )
    value = json.loads(word_places("lan-tern oil", ["lan-tern oil"], words).value)
    assert value["words"] == [["lantern", 0, 10, 40, 20, 990, 30, 1000, 40], ["oil"]]


def test_word_places_of_findings_name_the_words_that_they_are_about() -> None:
    """From the first to before the end; what is missing is nothing before the word that follows."""
    page = _page("It took 12.8 litres here", "It took 12.5 litres", "and the lamps were cleaned here")
    places = ShownWordPlaces().of(page)
    assert places
    found = [places.finding(place) for place in page.places]
    assert [(one["kind"], one["text"], one["page"], one["first"], one["end"]) for one in found] == [
        ("differs", "12.8", "12.5", 2, 3),
        ("missing", "", "and the lamps were cleaned", 4, 4),
    ]
    assert found[0]["boxes"] == [[280, 50, 351, 61]]


def test_word_places_of_a_full_page_are_small() -> None:
    """A thousand words and their places are sent in 30 kB."""
    lines = [" ".join(f"w{line}{'s' * at}" for at in range(10)) for line in range(100)]
    words = tuple(_word(text, line % 40, at) for line, text in enumerate(lines) for at, text in enumerate(text.split()))
    grounded = grounded_result(replace(result(), markdown="\n\n".join(lines)), words, WordSource.TEXT_LAYER)
    assert len(grounded.words) == 1000
    assert len(word_places("\n\n".join(lines), lines, grounded.words).value.encode()) <= MAX_BYTES


@pytest.mark.anyio
async def test_word_places_are_made_once_for_each_comparison() -> None:
    """Beside the event loop, until the page is compared anew."""
    page, shown = _page("It took oil", "It took oil"), ShownWordPlaces()
    await shown.prepare(page)
    first = shown.of(page)
    await shown.prepare(page)
    assert shown.of(page) is first
    assert page.verified
    page.verified = VerifiedText(page.verified.words, page.verified.check)
    assert shown.of(page) is not first
    for nothing in (VerifiedText((), page.verified.check), None):
        page.verified = nothing
        await shown.prepare(page)
        assert shown.of(page) is None


def test_letters_are_those_that_the_browser_finds() -> None:
    """The same table is checked against the browser's folding in word-match.test.js."""
    table = json.loads((ROOT / "tests" / "web" / "static" / "folded-words.json").read_text(encoding="utf-8"))
    for text, expected in table:
        assert "".join(letters(folded(word)) for word in text.split()) == expected
