"""What a text left out, made up or read otherwise; and no alarm where it is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.grounding.ground import GroundedPage
from ocr.grounding.page_check import check_page
from ocr.page_words import FindingKind, PageCheck, PageWord, WordSource
from ocr.types import Box, Region, TextBlock
from tests.grounding.pages import PROSE, grounded, page_of

SOURCES = [WordSource.TEXT_LAYER, WordSource.TESSERACT]


def check(
    markdown: str, words: list[PageWord], source: WordSource = WordSource.TEXT_LAYER, regions: tuple[Region, ...] = ()
) -> PageCheck:
    return check_page(grounded(markdown, words, regions), source)


@pytest.mark.parametrize("source", SOURCES)
def test_check_of_the_same(source: WordSource) -> None:
    found = check(" ".join(PROSE), page_of(PROSE))
    assert (found.page_words, found.found, found.text_words, found.supported) == (len(PROSE),) * 4
    assert found.findings == ()


@pytest.mark.parametrize("source", SOURCES)
def test_check_of_what_is_missing(source: WordSource) -> None:
    """Its words, where they stand line by line, and where they belong in the text."""
    markdown = " ".join(PROSE[:20] + PROSE[40:])
    (place,) = check(markdown, page_of(PROSE), source).places
    assert (place.kind, place.text, place.page_text) == (FindingKind.MISSING, "", " ".join(PROSE[20:40]))
    assert place.start == place.end == len(" ".join(PROSE[:20]))
    assert place.boxes == ((100, 150, 890, 160), (100, 165, 890, 175))


@pytest.mark.parametrize("source", SOURCES)
def test_check_of_what_is_made_up(source: WordSource) -> None:
    made_up = "Nobody had foreseen this outcome whatsoever"
    markdown = " ".join([*PROSE[:24], made_up, *PROSE[24:]])
    (place,) = check(markdown, page_of(PROSE), source).places
    assert (place.kind, place.text, place.page_text) == (FindingKind.UNSUPPORTED, made_up, "")
    assert markdown[place.start : place.end] == made_up
    assert place.boxes == ((340, 150, 490, 160),)  # the words around the place


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("right", "wrong"), [("1961", "1981"), ("committee", "committed"), ("12", "72")])
def test_check_of_what_differs(source: WordSource, right: str, wrong: str) -> None:
    at = PROSE.index(right)
    (place,) = check(" ".join([*PROSE[:at], wrong, *PROSE[at + 1 :]]), page_of(PROSE), source).places
    assert (place.kind, place.text, place.page_text) == (FindingKind.DIFFERS, wrong, right)
    assert place.boxes == (page_of(PROSE)[at].box,)


def test_check_of_an_unsure_word() -> None:
    """What Tesseract is unsure of is told, but raises no alarm."""
    words = page_of(PROSE, confidence=0.5)
    changed = " ".join(PROSE).replace("1961", "1981")
    found = check(changed, words, WordSource.TESSERACT)
    assert [finding.kind for finding in found.findings] == [FindingKind.DIFFERS]
    assert found.places == ()
    assert check(" ".join(PROSE[:20] + PROSE[40:]), words, WordSource.TESSERACT).places == ()


@pytest.mark.parametrize(
    ("read", "written"), [("l961", "1961"), ("modem", "modern"), ("pound", "pounds"), ("12", "12[^1]")]
)
def test_check_of_what_tesseract_mistakes(read: str, written: str) -> None:
    words = [*PROSE[:20], read, *PROSE[20:]]
    markdown = " ".join([*PROSE[:20], written, *PROSE[20:]])
    assert check(markdown, page_of(words), WordSource.TESSERACT).places == ()
    assert check(markdown, page_of(words)).places != ()


def test_check_of_handwriting() -> None:
    """What the text has where the page has room, and Tesseract has no words, may well stand there."""
    words = page_of(PROSE[:40]) + page_of(PROSE[40:], top=400)
    markdown = " ".join([*PROSE[:40], "received with thanks yesterday morning", *PROSE[40:]])
    assert check(markdown, words, WordSource.TESSERACT).places == ()


def test_check_of_headers() -> None:
    """A header and a page number that the text has not count apart; so does what runs along the margin."""
    header = [PageWord(word, (100 + 90 * at, 40, 180 + 90 * at, 50)) for at, word in enumerate(["Slow", "Measurement"])]
    number = [PageWord("17", (490, 950, 510, 960))]
    aside = [PageWord("arXiv:1961.0214", (20, 300, 30, 700), upright=False)]
    found = check(" ".join(PROSE), [*header, *page_of(PROSE), *number, *aside])
    assert (found.findings, found.set_aside, found.page_words) == ((), 4, len(PROSE))
    with_header = check("Slow Measurement\n\n" + " ".join(PROSE), [*header, *page_of(PROSE), *number, *aside])
    assert (with_header.findings, with_header.set_aside, with_header.page_words) == ((), 2, len(PROSE) + 2)


@pytest.mark.parametrize("label", ["header", "Page Footer", "image", "chart"])
def test_check_of_regions_left_out(label: str) -> None:
    """What the model took for a header or a picture, wherever it stands."""
    regions = (Region(label, Box(100, 390, 900, 450)),)
    words = page_of(PROSE) + page_of(["Axis", "of", "days"], top=400) + page_of(PROSE[:9], top=500)
    found = check(" ".join(PROSE + PROSE[:9]), words, regions=regions)
    assert (found.findings, found.set_aside) == ((), 3)


def test_check_of_a_picture_without_a_place() -> None:
    """Short lines may be those of a picture that the text names; a paragraph is not."""
    labels = [PageWord(str(number), (100, 400 + 20 * number, 120, 410 + 20 * number)) for number in range(10, 20)]
    words = page_of(PROSE) + labels
    text = " ".join(PROSE)
    assert check(f"{text}\n\n![image](figures/page-1-1.png)", words).places == ()
    assert check(text, words).places != ()
    assert check(f"![image](figures/page-1-1.png)\n\n{' '.join(PROSE[:40])}", page_of(PROSE)).places != ()


def test_check_of_a_description() -> None:
    """A picture's region holds a description, which stands nowhere on the page."""
    markdown = "A drawing of a lawn with three paths"
    regions = (Region("image", Box(100, 400, 900, 500), markdown),)
    text = " ".join(PROSE)
    page = GroundedPage(f"{text}\n\n{markdown}", (TextBlock(text), TextBlock(markdown, (0,))), regions, page_of(PROSE))
    found = check_page(page, WordSource.TEXT_LAYER)
    assert (found.findings, found.text_words) == ((), len(PROSE))


def test_check_of_formulas() -> None:
    """What a formula has otherwise than the page is told, and raises no alarm."""
    words = [*PROSE[:20], "d", "w", "d", "t", "a", "n", *PROSE[20:]]
    markdown = " ".join(PROSE[:20]) + r" $$\frac{d u}{d t} = \omega^{2}$$ " + " ".join(PROSE[20:])
    assert check(markdown, page_of(words)).places == ()


def test_check_of_exchanged_paragraphs() -> None:
    """Every word is there, in another order: told once, where the text goes upwards."""
    markdown = "\n\n".join(" ".join(PROSE[begin:end]) for begin, end in ((0, 20), (50, 80), (20, 50), (80, 100)))
    (place,) = check(markdown, page_of(PROSE[:100])).places
    assert (place.kind, place.text) == (FindingKind.MOVED, " ".join(PROSE[20:50]))


def test_check_of_an_empty_text() -> None:
    (place,) = check("", page_of(PROSE)).places
    assert (place.kind, place.start, place.page_text) == (FindingKind.MISSING, 0, " ".join(PROSE))
    assert check("", []) == PageCheck(WordSource.TEXT_LAYER, 0, 0, 0, 0)


@given(st.lists(st.from_regex(r"[A-Za-z0-9éßж]{1,8}[.,;:]?", fullmatch=True), max_size=80), st.sampled_from(SOURCES))
def test_check_of_any_text_with_itself(words: list[str], source: WordSource) -> None:
    """A text that is the page's raises no alarm, whatever it says."""
    found = check(" ".join(words), page_of(words, top=0), source)
    assert found.findings == ()
    assert (found.found, found.supported) == (len(words), len(words))
