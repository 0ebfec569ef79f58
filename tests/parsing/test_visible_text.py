import pytest

from ocr.parsing.visible_text import visible_text, word_count


def test_visible_text_keeps_case_and_words() -> None:
    """What stands between marks, tags and addresses, one space for any white space."""
    markdown = "# **Bold** `code`\n\n<table><tr><td>One</td><td>Two</td></tr></table> [a\tlink](https://a.example)"
    assert visible_text(markdown) == "Bold code One Two a link"


def test_visible_text_of_character_references() -> None:
    """Numbered ones keep their number sign; that of a heading goes."""
    assert visible_text("# 5 &#42; &#x37; &amp; 6") == "5 * 7 & 6"


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("", 0), ("* – … |", 0), ("# A **bold** e-mail, isn't it?", 5), ("one—two 3.14 4/5", 4), ("日本語 text", 4),
        ("<table><tr><td>One</td><td>Two</td></tr></table> ![a figure](figures/page-1-1.png)", 4),
    ],
)  # fmt: skip
def test_word_count_is_of_what_is_seen(markdown: str, words: int) -> None:
    """Signs and addresses are no words; each character of a script without spaces is one."""
    assert word_count(markdown) == words
