from __future__ import annotations

import copy
import json
import pickle

from ocr.errors import NotADocument, Overloaded
from ocr.i18n import Wording, retold, row, say, tally


def test_wording_is_its_english_text() -> None:
    text = say("{name} has {pages:,} pages.", name="a.pdf", pages=1200)
    assert text == "a.pdf has 1,200 pages."
    assert (text.template, text.values) == ("{name} has {pages:,} pages.", {"name": "a.pdf", "pages": 1200})


def test_wording_without_values_keeps_its_braces() -> None:
    """What is no template is not taken for one: a server's own words may have braces."""
    assert say('{"error": {}}') == '{"error": {}}'


def test_wording_takes_values_as_they_are() -> None:
    """A document's name that looks like a template is a name."""
    assert say("{name} is empty.", name="{pages}.pdf") == "{pages}.pdf is empty."


def test_wording_said_twice_is_the_same() -> None:
    text = say("{name} is empty.", name="a.pdf")
    assert say(text) is text


def test_wording_tells_one_from_more() -> None:
    assert [tally("{count} page", "{count:,} pages", number) for number in (0, 1, 2000)] == [
        "0 pages",
        "1 page",
        "2,000 pages",
    ]


def test_wording_row_leaves_out_what_says_nothing() -> None:
    assert row(" · ", ["one", "", "t{w}o"]) == "one · t{w}o"
    assert row(" · ", []) == ""


def test_wording_survives_copies_and_process_boundaries() -> None:
    text = row(" ", [tally("{count} page", "{count} pages", 3), "of {this}"])
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert (type(other), other, other.template, other.values) == (Wording, text, text.template, text.values)
        assert other.values["part0"].many == "{count} pages"


def test_wording_of_an_error_survives_a_process_boundary() -> None:
    """What a render process refuses can still be said in French here."""
    error = pickle.loads(pickle.dumps(NotADocument(say("{name} is plain text.", name="a.txt"), "Save it as PDF.")))
    assert (error.message.template, error.message.values) == ("{name} is plain text.", {"name": "a.txt"})
    assert error.next_step.template == "Save it as PDF."
    assert str(error) == error.wording == "a.txt is plain text. Save it as PDF."
    assert Overloaded("Busy.", retry_after=3).message.template == "Busy."


def test_wording_retold_leaves_all_else() -> None:
    """Only wordings are told; what a document says never is, though it may read like one."""
    value = {"word": say("done"), "text": "done", "list": (say("done"), 1, None, [{"deep": say("done")}])}
    assert retold(value, lambda wording: wording.upper()) == {
        "word": "DONE",
        "text": "done",
        "list": ["DONE", 1, None, [{"deep": "DONE"}]],
    }
    assert json.loads(json.dumps(value))["word"] == "done"
