"""What models write amiss, mended for reading."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ocr.parsing.repair import close_table, repair_markdown, strip_formula_spaces, unescape_dollars, unfence


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"where \$x\$ is", "where $x$ is"),
        (r"\$x^2\$ and \$\alpha\$", r"$x^2$ and $\alpha$"),
        (r"\$a + b\$", "$a + b$"),
        (r"\$n=3\$", "$n=3$"),
    ],
)
def test_repair_escaped_maths(written: str, read: str) -> None:
    assert unescape_dollars(written) == read


@pytest.mark.parametrize("text", [r"\$5 or \$10", r"\$5", r"from \$3 to \$4.50 (\$1 off)", "$5 and $10", r"\$20\$"])
def test_repair_prices_left_alone(text: str) -> None:
    assert unescape_dollars(text) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("so $ x^{2} $ is", "so $x^{2}$ is"),
        (r"$ \alpha $, $ n $ and $ a = b$", r"$\alpha$, $n$ and $a = b$"),
        ("$5 and $ x^2 $.", "$5 and $x^2$."),
        ("$a^2$ is b^2 $c$", "$a^2$ is b^2 $c$"),
    ],
)
def test_repair_spaces_inside_dollars(written: str, read: str) -> None:
    """Most readers of Markdown take `$ x $` for two dollars."""
    assert strip_formula_spaces(written) == read


def test_repair_reaches_dollars_in_a_page() -> None:
    """In its text, not in its code."""
    assert repair_markdown("so $ x^{2} $ and `$ x^{2} $`") == "so $x^{2}$ and `$ x^{2} $`"


@pytest.mark.parametrize(
    "text", ["$ 5 and $ 6", "from $ 3 to $ 4 a_1", "in $ or in US $", "$$ x^2 $$", r"\$ x^2 \$", "$x^2$ $ 5"]
)
def test_repair_other_dollars_left_alone(text: str) -> None:
    assert strip_formula_spaces(text) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<table><tr><td>1", "<table><tr><td>1</td></tr></table>"),
        ("<table>\n<tbody><tr><td>1</td></tr>\n", "<table>\n<tbody><tr><td>1</td></tr></tbody></table>"),
        ("<table><tr><td>1<td>2</tr>", "<table><tr><td>1<td>2</tr></table>"),
        ("<table></table> then <TABLE border=1>", "<table></table> then <TABLE border=1></table>"),
    ],
)
def test_repair_unclosed_table(written: str, read: str) -> None:
    assert close_table(written) == read


@pytest.mark.parametrize("text", ["<table><tr><td>1</td></tr></table>\n", "no table", "</table>", "<td>"])
def test_repair_closed_table_left_alone(text: str) -> None:
    assert close_table(text) == text


@pytest.mark.parametrize("language", ["", "markdown", "md", "html"])
def test_repair_page_in_a_fence(language: str) -> None:
    assert unfence(f"```{language}\n# A page\n\nText\n```\n") == "# A page\n\nText"


@pytest.mark.parametrize(
    "page", ["```python\nx = 1\n```", "```\na\n```\ntext\n```\nb\n```", "Text\n```\na\n```", "```\nopen"]
)
def test_repair_real_code_left_alone(page: str) -> None:
    assert unfence(page) == page


def test_repair_nothing_inside_code() -> None:
    text = "`\\$x\\$` and\n```\n\\$x^2\\$\n```"
    assert repair_markdown(text) == text


@given(st.text(alphabet="assistant user\nsystem$\\x^`<>/table", max_size=80))
@example("$ a$")
def test_repair_keeps_every_word(text: str) -> None:
    """Repair adds closing tags and removes backslashes before dollars and spaces within them, nothing else."""
    repaired, given_text = (one.replace("\\$", "$").replace(" ", "") for one in (repair_markdown(text), text))
    assert repaired.startswith(given_text.rstrip())


def test_repair_goes_once_through_a_text_of_tags_begun() -> None:
    """Tags of tables that never end: were each looked for to the end of the text, this would take minutes."""
    text = "<td a" * 60_000
    assert close_table(text) == text
