"""Which pages are wanted, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.documents.page_ranges import check_selection, page_ranges, select_pages
from ocr.errors import UsageError


@given(st.sets(st.integers(1, 60), min_size=1))
def test_page_ranges_are_what_select_pages_reads(numbers: set[int]) -> None:
    """There and back, in as few parts as there are gaps."""
    written = page_ranges(numbers)
    assert set(select_pages(written, 60)) == numbers
    assert written.count(",") == sum(number + 1 not in numbers for number in numbers) - 1


def test_select_pages_reads_numbers_and_ranges() -> None:
    """Sorted, each once, cut off at the last page; nothing means all."""
    assert select_pages("1,3-5,8-", 10) == (1, 3, 4, 5, 8, 9, 10)
    assert select_pages(None, 3) == select_pages("", 3) == select_pages(" ", 3) == (1, 2, 3)
    assert select_pages("-3", 10) == (1, 2, 3)
    assert select_pages(" 5 , 2 – 3,2", 10) == (2, 3, 5)
    assert select_pages("9-12,40", 10) == (9, 10)
    assert select_pages("1-" + "9" * 5000, 2) == (1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5-3", '"5-3": the first page'),
        ("0", "numbered from 1"),
        ("0-3", "numbered from 1"),
        ("-0", "numbered from 1"),
        ("one", '"one" is not a page'),
        ("1,,2", '"" is not a page'),
        ("-", '"-" is not a page'),
        ("1--3", "not a page"),
        ("1.5", "not a page"),
        ("٣", "not a page"),
        ("11-12", "the document has 10 pages"),
        ("11-", "the document has 10 pages"),
    ],
)
def test_select_pages_refuses_nonsense(text: str, words: str) -> None:
    """With what is wrong, and an example of what is right."""
    with pytest.raises(UsageError, match=words) as caught:
        select_pages(text, 10)
    assert '"1,3-5,8-"' in caught.value.next_step


@pytest.mark.parametrize("text", ["1" + 9_000 * " " + "x", 64_000 * "1,", 64_000 * "1-5000," + "1"])
def test_select_pages_refuses_a_flood_at_once(text: str) -> None:
    """Neither blanks that could be shared out in many ways nor a list of many parts takes long."""
    for refused in (lambda: select_pages(text, 5_000), lambda: check_selection(text)):
        with pytest.raises(UsageError, match="1,3-5,8-"):
            refused()


@given(st.text(st.sampled_from("0123456789,- x"), max_size=12), st.integers(1, 50))
def test_select_pages_gives_pages_of_the_document_or_refuses(text: str, count: int) -> None:
    """Whatever is typed."""
    try:
        pages = select_pages(text, count)
    except UsageError:
        return
    assert pages
    assert list(pages) == sorted(set(pages))
    assert set(pages) <= set(range(1, count + 1))


@pytest.mark.parametrize("text", ["0", "b", "5-3", "-", "1,,2"])
def test_check_selection_without_a_document(text: str) -> None:
    """Nonsense needs no document to be told, and takes no memory to tell."""
    with pytest.raises(UsageError, match="1,3-5,8-"):
        check_selection(text)


@pytest.mark.parametrize("text", [None, "", "1,3-5,8-", "7-", "-3", "99999999999999"])
def test_check_selection_of_sense(text: str | None) -> None:
    check_selection(text)
