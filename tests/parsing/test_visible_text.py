from ocr.parsing.visible_text import visible_text


def test_visible_text_keeps_case_and_words() -> None:
    """What stands between marks, tags and addresses, one space for any white space."""
    markdown = "# **Bold** `code`\n\n<table><tr><td>One</td><td>Two</td></tr></table> [a\tlink](https://a.example)"
    assert visible_text(markdown) == "Bold code One Two a link"


def test_visible_text_of_character_references() -> None:
    """Numbered ones keep their number sign; that of a heading goes."""
    assert visible_text("# 5 &#42; &#x37; &amp; 6") == "5 * 7 & 6"
