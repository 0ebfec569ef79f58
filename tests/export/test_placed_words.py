"""placed_words.py: words stand where they were found; the others beside them, and none is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ocr import read
from ocr.export.placed_page import PlacedPage, place_in_regions
from ocr.export.placed_words import place_words, placed_page
from ocr.grounding.ground import GroundedPage
from ocr.page_words import PageWord, PlacedWord, PreciseBox
from ocr.types import PageResult
from tests.conftest import SAMPLES
from tests.export.placed_papers import ANSWER, read_page


def printed(*lines: str, top: float = 100) -> list[PageWord]:
    """Words of a page in lines of 20, each character 10 wide, from 100 on."""
    words = []
    for number, line in enumerate(lines):
        at = 100.0
        for text in line.split(" "):
            box = (at, top + 20 * number, at + 10 * len(text), top + 20 * number + 15)
            words.append(PageWord(text, box, confidence=0.9))
            at += 10 * (len(text) + 1)
    return words


def found(page: PageResult, words: list[PageWord]) -> tuple[PlacedWord, ...]:
    return GroundedPage(page.markdown, page.blocks, page.regions, words).placed_words()


def texts(page: PlacedPage) -> list[list[str]]:
    return [[line.text for line in block.lines] for block in page.blocks]


def boxes(page: PlacedPage) -> dict[str, PreciseBox]:
    return {word.text: word.box for block in page.blocks for line in block.lines for word in line.words}


def test_placed_words_lines_are_those_of_the_page() -> None:
    """Words have the page's boxes and confidence, and end their lines where the page does."""
    page = read_page(1, "![text](100,100,500,200) The wear of $x^2$ lawns\nand H~2~S, in 1961.")
    placed = place_words(page, found(page, printed("The wear of x2", "lawns and H2S,", "in 1961.")))
    assert texts(placed) == [["The wear of x^2", "lawns and H~2~S,", "in 1961."]]
    assert boxes(placed)["wear"] == (140, 100, 180, 115)
    assert boxes(placed)["1961."] == (130, 140, 180, 155)
    assert {word.confidence for line in placed.blocks[0].lines for word in line.words} == {0.9}
    assert placed.blocks[0].lines[0].box == (100, 100, 240, 115)


def test_placed_words_that_were_not_found() -> None:
    """They stand between their neighbours, in the gap if there is one, and have no confidence."""
    page = read_page(1, "![text](100,100,500,200) lead The wear & of six lawns made up")
    placed = place_words(page, found(page, printed("The wear @ of six lawns")))
    (line,) = placed.blocks[0].lines
    assert line.text == "lead The wear & of six lawns made up"
    unsure = [word.text for word in line.words if word.confidence is None]
    assert unsure == ["lead", "&", "made", "up"]
    at = boxes(placed)
    assert at["wear"][2] <= at["&"][0] < at["&"][2] <= at["of"][0]
    assert at["lead"][2] <= at["The"][0] and at["lawns"][2] <= at["made"][0]


def test_placed_words_of_a_block_that_was_not_found() -> None:
    """It is laid out in its region, as are headers, which the Markdown does not have."""
    page = read_page(1, ANSWER)
    words = [*printed("A Title & <more>", top=50), *printed("Running head", top=20)]
    placed, estimated = place_words(page, found(page, words)), place_in_regions(page)
    assert placed.blocks[1] != estimated.blocks[1]
    assert (placed.blocks[0], placed.blocks[4:]) == (estimated.blocks[0], estimated.blocks[4:])
    assert texts(placed)[1] == ["A Title & <more>"]


def test_placed_words_of_a_paragraph_that_continues() -> None:
    """Its end, right of a table, and the table between are both found, whichever the Markdown has first."""
    page = read_page(
        1,
        "![text](100,100,300,200) The wear of six lawns\n\n![table](100,300,300,400) <table><tr><td>East</td>"
        "<td>one two three four five six seven</td></tr></table>\n\n![text+](500,100,900,200) was seen in June.",
    )
    words = [
        *printed("The wear of six lawns"),
        *printed("East one two three four five six seven", top=300),
        *printed("was seen in June.", top=500),
    ]
    placed = place_words(page, found(page, words))
    assert len(placed.blocks) == 3
    assert all(word.confidence for block in placed.blocks for line in block.lines for word in line.words)
    assert (boxes(placed)["June."][1], boxes(placed)["seven"][1]) == (500, 300)


def test_placed_words_of_a_script_without_spaces() -> None:
    """Each character has its place, and no space comes between them."""
    page = read_page(1, "![text](100,100,500,200) 日本語の文章")
    placed = place_words(page, found(page, printed("日本語", "の文章")))
    assert texts(placed) == [["日本語", "の文章"]]
    assert boxes(placed)["語"] == (120, 100, 130, 115)


def test_placed_words_of_a_document_of_text() -> None:
    """Of the sample article nearly each word stands where the file has it, and the writers take it from there."""
    (page,) = read(SAMPLES / "article.pdf", pages="3", verify=True)
    words = [word for block in placed_page(page).blocks for line in block.lines for word in line.words]
    assert len(words) > 380
    assert sum(word.confidence is not None for word in words) > 0.95 * len(words)
    assert placed_page(replace(page, words=())) == place_in_regions(page)


@given(st.lists(st.sampled_from(["one", "two", "&", "x2", "日本", "-"]), min_size=1, max_size=20), st.data())
def test_placed_words_none_is_lost(written: list[str], data: st.DataObject) -> None:
    """Whatever was found, all of the text is there once, in its order, each word with a place on the page."""
    page = read_page(1, f"![text](100,100,500,200) {' '.join(written)}")
    words = found(page, printed(*data.draw(st.lists(st.sampled_from(["one two", "x2", "本 one", "two & two"])))))
    words = tuple(replace(word, boxes=word.boxes if data.draw(st.booleans()) else ()) for word in words)
    placed = place_words(page, words)
    ours, theirs = (
        [word.text for block in one.blocks for line in block.lines for word in line.words]
        for one in (placed, place_in_regions(page))
    )
    assert ours == theirs
    for left, top, right, bottom in boxes(placed).values():
        assert 0 <= left < right <= 1000 and 0 <= top < bottom <= 1000
