from __future__ import annotations

import copy
import json
import pickle

from ocr.errors import NotADocument, Overloaded
from ocr.i18n import Translatable, gettext, join, map_texts, ngettext


def test_translatable_is_its_english_text() -> None:
    text = gettext("{name} has {pages:,} pages.", name="a.pdf", pages=1200)
    assert text == "a.pdf has 1,200 pages."
    assert (text.template, text.values) == ("{name} has {pages:,} pages.", {"name": "a.pdf", "pages": 1200})


def test_gettext_without_values_keeps_braces() -> None:
    """What is no template is not taken for one: a server's own words may have braces."""
    assert gettext('{"error": {}}') == '{"error": {}}'


def test_gettext_takes_values_literally() -> None:
    """A document's name that looks like a template is a name."""
    assert gettext("{name} is empty.", name="{pages}.pdf") == "{pages}.pdf is empty."


def test_gettext_returns_a_translatable_unchanged() -> None:
    text = gettext("{name} is empty.", name="a.pdf")
    assert gettext(text) is text


def test_ngettext_chooses_by_number() -> None:
    assert [ngettext("{count} page", "{count:,} pages", number) for number in (0, 1, 2000)] == [
        "0 pages",
        "1 page",
        "2,000 pages",
    ]


def test_join_leaves_out_empty_parts() -> None:
    assert join(" · ", ["one", "", "t{w}o"]) == "one · t{w}o"
    assert join(" · ", []) == ""


def test_translatable_survives_copies_and_process_boundaries() -> None:
    text = join(" ", [ngettext("{count} page", "{count} pages", 3), "of {this}"])
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert (type(other), other, other.template, other.values) == (Translatable, text, text.template, text.values)
        assert other.values["part0"].plural == "{count} pages"


def test_translatable_in_an_error_survives_a_process_boundary() -> None:
    """What a render process refuses can still be said in French here."""
    error = pickle.loads(pickle.dumps(NotADocument(gettext("{name} is plain text.", name="a.txt"), "Save it as PDF.")))
    assert (error.message.template, error.message.values) == ("{name} is plain text.", {"name": "a.txt"})
    assert error.next_step.template == "Save it as PDF."
    assert str(error) == error.full_message == "a.txt is plain text. Save it as PDF."
    assert Overloaded("Busy.", retry_after=3).message.template == "Busy."


def test_map_texts_changes_nothing_else() -> None:
    """Only translatable texts are mapped; a document's text is not, though it may read like one."""
    value = {"word": gettext("done"), "text": "done", "list": (gettext("done"), 1, None, [{"deep": gettext("done")}])}
    assert map_texts(value, str.upper) == {
        "word": "DONE",
        "text": "done",
        "list": ["DONE", 1, None, [{"deep": "DONE"}]],
    }
    assert json.loads(json.dumps(value))["word"] == "done"
