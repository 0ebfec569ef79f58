"""Words of Markdown exchanged, removed and inserted, whatever markup stands between and around them."""

from __future__ import annotations

import pytest

from ocr.web.state.markdown_edits import exchanged, inserted, removed

CELLS = "<table><tr><td>made</td><td>up it</td></tr></table>"
ROWS = "| a | b |\n|---|---|\n| c | d |"


@pytest.mark.parametrize(
    ("markdown", "old", "new", "after"),
    [
        (CELLS, "made</td><td>up", "was not", "<table><tr><td>was</td><td>not it</td></tr></table>"),
        (CELLS, "made</td><td>up", "1 2 3", "<table><tr><td>1</td><td>2 3 it</td></tr></table>"),
        (CELLS, "made</td><td>up", "1", "<table><tr><td>1</td><td>it</td></tr></table>"),
        (CELLS, "made", "a < b", "<table><tr><td>a &lt; b</td><td>up it</td></tr></table>"),
        (ROWS, "c", "x|y", "| a | b |\n|---|---|\n| x\\|y | d |"),
        ("So a **made up** it.", "a **made", "b c", "So b **c up** it."),
        ("So a **made up** it.", "a **made", "b", "So b **up** it."),
        ("An **a** b **c** d", "a** b **c", "1 2 3", "An **1** 2 **3** d"),
        ("Bull**etin part** x", "Bull**etin", "Bulletin", "**Bulletin part** x"),
        ("x <b>made up</b> y", "up</b> y", "1 2", "x <b>made 1</b> 2"),
        ("Say H~2~S now", "H~2~S", "H2O", "Say H2O now"),
        ("A snake_case here", "snake_case", "snakes", "A snakes here"),
        ("Now 5*3 is", "5*3", "5", "Now 5 is"),
        ("漢字書", "字", "子", "漢子書"),
    ],
)
def test_exchanged(markdown: str, old: str, new: str, after: str) -> None:
    """Each word stands where one stood: in its cell, in its emphasis, which stays well-formed."""
    start = markdown.index(old)
    assert exchanged(markdown, start, start + len(old), new) == after


@pytest.mark.parametrize(
    ("markdown", "old", "after"),
    [
        (CELLS, "made</td><td>up", "<table><tr><td></td><td>it</td></tr></table>"),
        (ROWS, "b |\n|---|---|\n| c", "| a | | \n|---|---|\n| | d |"),
        ("So **made up** it.", "made up", "So it."),
        ("So **made up** it.", "made", "So **up** it."),
        ("So **made up** it.", "up", "So **made** it."),
        ("So **made** up it.", "made** up", "So it."),
        ("So a **made up** it.", "a **made", "So **up** it."),
        ("An **a** b **c** d", "a** b **c", "An d"),
        ("x <b>made up</b> y", "made up", "x y"),
        ("see [made up](http://a.b) ok", "made up", "see ok"),
        ("so [made up](http://a.b) ok", "so [made", "[up](http://a.b) ok"),
        ("**a made** *up b*", "made** *up", "**a** *b*"),
        ("*a* **made up** b", "made", "*a* **up** b"),
        ("| **a made** | **up b** |", "made** | **up", "| **a** | **b** |"),
        ("- made up\n- rest", "made up", "- rest"),
        ("- one\n- made\n- up it\n- rest", "made\n- up", "- one\n- it\n- rest"),
        ("A\n\nmade up\n\nB", "made up", "A\n\nB"),
        ("It began. Then\n\nmade up\n\nstory. The end.", "Then\n\nmade up\n\nstory", "It began.\n\nThe end."),
    ],
)
def test_removed(markdown: str, old: str, after: str) -> None:
    """Words go, cells and rows stay; marks around nothing, items and paragraphs of nothing go with their words."""
    start = markdown.index(old)
    assert removed(markdown, start, start + len(old)) == after


@pytest.mark.parametrize(
    ("markdown", "before", "after"),
    [
        ("<table><tr><td>One.</td><td>Two</td></tr></table>", "One", "<td>One. new</td><td>Two"),
        ("<table><tr><td>One</td><td>Two</td></tr></table>", "<table><tr><td>", "<td>new One</td>"),
        ("<table><tr><td>One<br>Two</td></tr></table>", "One", "One new<br>Two"),
        ("|One|Two|", "One", "|One new |Two|"),
        ("| One | Two |", "| ", "| new One | Two |"),
        ("An **a** b", "An **a", "An **a** new b"),
        ("An $x$ b", "An $x", "An $x$ new b"),
        ("An `x` b", "An `x", "An `x` new b"),
        ("# One", "# ", "# new One"),
        ("Say <p>One</p>", "Say <p>One", "<p>One new</p>"),
    ],
)
def test_inserted(markdown: str, before: str, after: str) -> None:
    """The words are parted from those beside them, in the same cell and line, and outside formulas and code."""
    assert after in inserted(markdown, markdown.index(before) + len(before), "new")


def test_inserted_between_letters_of_a_script_without_spaces() -> None:
    assert inserted("漢字", 1, "書") == "漢書字"
