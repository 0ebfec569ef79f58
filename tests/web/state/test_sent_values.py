"""What a tab has been sent, and what the next event has to send."""

from __future__ import annotations

from ocr.web.state.sent_values import EventUpdates, SentValues


def test_a_tab_is_not_sent_what_it_has() -> None:
    """An event brings what is new since the update that the tab had; another tab has had nothing."""
    sent = SentValues()
    first = EventUpdates(sent, 0)
    assert first.news({"text": ["a"], "list": ["b"]}) == {"text": ["a"], "list": ["b"]}
    assert EventUpdates(sent, first.number).news({"text": ["a"], "list": ["c"]}) == {"list": ["c"]}
    assert EventUpdates(SentValues(), first.number).news({"text": ["a"]}) == {"text": ["a"]}


def test_what_may_be_lost_is_sent_again() -> None:
    """The tab says what it has received; that later updates of an event have arrived it does not say."""
    sent = SentValues()
    first = EventUpdates(sent, 0)
    first.news({"text": ["a"]})
    number = first.number
    assert EventUpdates(sent, number - 1).news({"text": ["a"]}) == {"text": ["a"]}
    assert first.news({"text": ["ab"]}) == {"text": ["ab"]}
    latest = EventUpdates(sent, number)
    assert latest.news({"text": ["ab"]}) == {"text": ["ab"]}
    assert latest.number > number
    assert EventUpdates(sent, number).news({"text": ["ab"]}) == {"text": ["ab"]}
    assert EventUpdates(sent, latest.number).news({"text": ["ab"]}) == {}


def test_a_later_update_may_have_a_number_as_well() -> None:
    """The tab says that it has received it, so what it brought is not sent again."""
    sent = SentValues()
    event = EventUpdates(sent, 0)
    event.news({"text": ["a"]})
    first = event.number
    assert event.news({"text": ["ab"]}, numbered=True) == {"text": ["ab"]}
    second = event.number
    assert second > first
    assert EventUpdates(sent, second).news({"text": ["ab"]}) == {}
    assert EventUpdates(sent, first).news({"text": ["ab"]}) == {"text": ["ab"]}


def test_an_event_goes_on_with_what_it_has_told() -> None:
    """Gradio then sends what has changed; something that it was not told of before is sent whole, once it changes."""
    sent = SentValues()
    (first := EventUpdates(sent, 0)).news({"text": ["a"], "list": ["b"]})
    run = EventUpdates(sent, first.number)
    assert run.news({"text": ["ab"], "list": ["b"]}) == {"text": ["ab"]}
    assert run.news({"text": ["ab"], "list": ["b"]}) == {"text": ["ab"]}
    assert run.news({"text": ["ab"], "list": ["c"]}) == {"text": ["ab"], "list": ["c"]}
    assert run.news({"text": ["ab"], "list": ["c"]}) == {"text": ["ab"], "list": ["c"]}


def test_an_update_with_a_value_whole_has_a_number() -> None:
    """What a later update of an event brings first is not sent again, nor is what was there with it; changes are."""
    sent = SentValues()
    (first := EventUpdates(sent, 0)).news({"text": ["a"], "list": ["b"]})
    run = EventUpdates(sent, first.number)
    assert run.news({"text": ["a"], "list": ["b"]}) == {}
    assert run.number == 0
    run.news({"text": ["ab"], "list": ["b"]})
    begun = run.number
    run.news({"text": ["ab"], "list": ["c"]})
    assert run.number > begun > first.number
    run.news({"text": ["abc"], "list": ["c"]})
    assert EventUpdates(sent, run.number).news({"text": ["abc"], "list": ["c"]}) == {"text": ["abc"]}
    assert EventUpdates(sent, begun).news({"text": ["ab"], "list": ["c"]}) == {"text": ["ab"], "list": ["c"]}


def test_other_updates_of_a_component_count() -> None:
    """What is sent beside the events of the screen is not taken for what came before it."""
    sent = SentValues()
    (first := EventUpdates(sent, 0)).news({"list": ["b"]})
    sent.record("list", ["B"])
    assert EventUpdates(sent, first.number).news({"list": ["b"]}) == {"list": ["b"]}
