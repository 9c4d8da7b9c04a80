"""What the builder says of a definition, what its forms make of it, and what a difference means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.console.journeys import start_form, step_forms, words
from doorstep.console.journeys.changes import compare
from doorstep.console.journeys.editing import add_step, change_step, connect, remove_step
from doorstep.console.journeys.evidence import make_share, weigh
from doorstep.console.journeys.graph import START, Edge
from doorstep.console.journeys.offers import ActionOffer, MessageOffer, Offers
from doorstep.console.journeys.results import verdict_words
from doorstep.console.templatetags.journeys import exit_words, outcome_words, place

OFFERS = Offers(
    events=(
        ("orders.order_placed", "somebody orders"),
        ("tracking.parcel_delivered", "a parcel is delivered"),
    ),
    exit_events=(("orders.order_placed", "somebody orders"),),
    order_events=frozenset({"orders.order_placed"}),
    sources=(("birthday", "Birthday"),),
    segments=(("7", "Tea lovers"),),
    topics=(("tips", "Tips"),),
    messages=(MessageOffer("care_tips", "How to look after it", ("email", "sms")),),
    actions=(
        ActionOffer(
            "customers.tag_customer",
            "Put a tag on",
            "",
            ({"name": "tag", "label": "Tag", "type": "string", "required": True},),
        ),
    ),
)
NAMES = OFFERS.names
MESSAGE = {
    "type": "message",
    "template": "care_tips",
    "channel": "best",
    "purpose": "service",
    "topic": "tips",
    "priority": 50,
}
STEPS: list[tuple[dict[str, Any], str]] = [
    (MESSAGE, "How to look after it"),
    ({"type": "wait", "for": {"days": 3}}, "3 days"),
    ({"type": "wait", "for": {"weeks": 1}}, "1 week"),
    (
        {"type": "wait", "until": {"weekdays": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00", "zone": "recipient"}},
        "Mon–Fri, 09:00 to 18:00, in their own time",
    ),
    ({"type": "wait", "event": "orders.order_placed", "days": 7, "same_order": False}, "Somebody orders"),
    ({"type": "wait", "delivery": {"days": 2, "give_up_days": 60, "at": "10:00"}}, "2 days after delivery, at 10:00"),
    ({"type": "wait", "delivery": {"days": 0, "give_up_days": 30}}, "Until the parcel is delivered"),
    ({"type": "split", "arms": [{"name": "A", "percent": 60}, {"name": "B", "percent": 40}]}, "Split into 2 ways"),
    ({"type": "action", "action": "customers.tag_customer", "input": {"tag": "loyal"}}, "Put a tag on: loyal"),
    ({"type": "dance"}, "This step is of a kind that is not known here."),
]  # fmt: skip


@pytest.mark.parametrize(("step", "title"), STEPS, ids=str)
def test_a_step_in_words(step: dict[str, Any], title: str) -> None:
    assert words.show_step(step, NAMES).title == title


@pytest.mark.parametrize(
    "step", [step for step, _title in STEPS if step["type"] != "dance"], ids=str
)
def test_a_form_gives_back_what_it_got(step: dict[str, Any]) -> None:
    form_class = step_forms.FORMS[step_forms.form_name(step)]
    blank = form_class(initial={**form_class.initial_of(step), "is_there": True}, offers=OFFERS)
    data = {}
    for field in blank:
        value = field.value()
        if value is not None and value is not False:
            data[field.name] = value
    form = form_class(data, initial=blank.initial, offers=OFFERS)
    assert form.is_valid(), form.errors
    made = form.step()
    for arm in made.get("arms", ()):
        arm.pop("was")
    assert made == step


BAD = [{}, {"type": "wait"}, {"type": "wait", "until": 3}, {"type": "wait", "delivery": []},
       {"type": "branch"}, {"type": "branch", "if": {"fact": "gone"}}, {"type": "split", "arms": 3},
       {"type": "split", "arms": [3]}, {"type": "action"}, {"type": "message", "template": 7}]  # fmt: skip


@pytest.mark.parametrize("step", BAD, ids=str)
def test_half_a_step_is_shown_all_the_same(step: dict[str, Any]) -> None:
    assert words.show_step(step, NAMES).title
    made, _name = add_step({"steps": {}}, Edge(START, "first"), step)
    assert compare({"steps": {}}, made, NAMES)


def test_ways_have_names() -> None:
    wait = STEPS[4][0]
    assert [words.show_way(wait, slot) for slot in ("next", "otherwise")] == ["It happened", "Not within 7 days"]  # fmt: skip
    assert words.show_way(STEPS[5][0], "otherwise") == "Not within 60 days"
    assert words.show_way(STEPS[7][0], "arm-1") == "B · 40 %"
    assert words.show_way({"type": "branch"}, "no") == "No"
    assert words.show_way(MESSAGE, "next") == ""


def test_the_ways_of_a_split_make_a_hundred() -> None:
    data = {"arm-0-name": "A", "arm-0-percent": "50", "arm-1-name": "B", "arm-1-percent": "40"}
    form = step_forms.SplitForm(data, initial={}, offers=OFFERS)
    assert not form.is_valid()
    assert "make 90 %" in str(form.errors)


def test_what_is_gone_elsewhere_stays_a_choice() -> None:
    step = {**MESSAGE, "template": "old_text"}
    form = step_forms.MessageForm(initial=step_forms.MessageForm.initial_of(step), offers=OFFERS)
    assert "old_text (no longer there)" in str(form["template"])


def test_an_event_keeps_what_its_fields_must_be() -> None:
    step = {"type": "wait", "event": "orders.order_placed", "days": 7, "where": {"is_gift": True}}
    data = {"event": "orders.order_placed", "count": "2", "unit": "weeks"}
    form = step_forms.WaitEventForm(data, initial=step_forms.WaitEventForm.initial_of(step), offers=OFFERS)  # fmt: skip
    assert form.is_valid()
    assert form.step()["where"] == {"is_gift": True}


WHOLE = {
    "format": 1,
    "name": "Care",
    "subject": "customer",
    "trigger": {"type": "event", "event": "tracking.parcel_delivered", "where": {"x": 1}},
    "filter": None,
    "reentry": {"mode": "after", "days": 90},
    "exits": [{"event": "orders.order_placed"}, {"if": {"all": []}}],
    "goal": {"event": "orders.order_placed", "days": 30, "exits": True},
    "holdout_percent": 10,
    "first": None,
    "steps": {},
}
TRIGGERS = [
    WHOLE["trigger"],
    {"type": "segment", "segment": "7", "on": "entered", "include_members": True},
    {"type": "segment", "segment": "7", "on": "left", "include_members": False},
    {"type": "date", "source": "birthday", "days_before": 3, "at": "08:30"},
    {"type": "date", "source": "birthday", "days_before": -2, "at": "09:00"},
]


@pytest.mark.parametrize("trigger", TRIGGERS, ids=str)
def test_the_frame_gives_back_what_it_got(trigger: dict[str, Any]) -> None:
    whole = {**WHOLE, "trigger": trigger}
    blank = start_form.StartForm(initial=start_form.initial_of(whole), offers=OFFERS)
    data = {f.name: f.value() for f in blank if f.value() not in (None, False, "")}
    form = start_form.StartForm(data, initial=blank.initial, offers=OFFERS)
    assert form.is_valid(), form.errors
    assert start_form.change_frame(whole, form.cleaned_data) == whole
    assert words.trigger(whole, NAMES) != "Not chosen yet"


def test_a_start_needs_what_it_is_about() -> None:
    form = start_form.StartForm({"name": "x", "subject": "customer", "kind": "segment", "again": "after"}, offers=OFFERS)  # fmt: skip
    assert not form.is_valid()
    assert {"segment", "again_days"} <= set(form.errors)


def test_changes_in_sentences() -> None:
    made, message = add_step(WHOLE, Edge(START, "first"), MESSAGE)
    made, wait = add_step(made, Edge(message, "next"), STEPS[1][0])
    assert compare(WHOLE, made, NAMES) == ["Added: Message: How to look after it", "Added: Wait: 3 days"]  # fmt: skip
    later = change_step(made, wait, STEPS[2][0])
    assert compare(made, later, NAMES) == ["Changed: Wait: 3 days → Wait: 1 week"]
    assert compare(made, remove_step(made, wait), NAMES) == ["Removed: Wait: 3 days"]
    assert compare(made, made, NAMES) == []
    frame = {**made, "name": "Help", "holdout_percent": 0, "reentry": {"mode": "never"}}
    assert compare(made, frame, NAMES) == [
        "Name: Help (before: Care)",
        "Coming again: Once only (before: Not before 90 days)",
        "Held out: Nobody (before: 10 % of people)",
    ]


def test_a_way_that_leads_elsewhere_is_a_change() -> None:
    made, first = add_step(WHOLE, Edge(START, "first"), STEPS[7][0])
    made, one = add_step(made, Edge(first, "arm-0"), MESSAGE)
    bent = connect(made, Edge(first, "arm-1"), one)
    assert compare(made, bent, NAMES) == ["1 way leads elsewhere"]


# -- numbers -----------------------------------------------------------------------------------


@given(st.integers(1, 100_000), st.data())
def test_a_share_lies_in_its_interval(of: int, data: st.DataObject) -> None:
    share = make_share(data.draw(st.integers(0, of)), of)
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_intervals_are_those_of_the_paper() -> None:
    # Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
    found = weigh(entered=70, reached=56, held_out=80, held_out_reached=48)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((100, 50, 0, 0), "nobody"),
        ((20, 10, 20, 1), "early"),
        ((1000, 200, 100, 10), "more"),
        ((1000, 50, 100, 20), "less"),
        ((1000, 110, 100, 10), "open"),
        ((0, 0, 0, 0), "nobody"),
    ],
)
def test_what_a_difference_means(numbers: tuple[int, int, int, int], verdict: str) -> None:
    entered, reached, held_out, held_out_reached = numbers
    found = weigh(entered=entered, reached=reached, held_out=held_out, held_out_reached=held_out_reached)  # fmt: skip
    assert found.verdict == verdict
    assert all(verdict_words(found))


def test_positions_are_classes() -> None:
    assert place(0, 0) == ""
    assert place(264, 8080) == "x0-3 x1-3 y1-1 y3-1"


def test_outcomes_in_words() -> None:
    assert outcome_words("arm:Hold-out") == "way “Hold-out”"
    assert outcome_words("timed_out") == "waited in vain"
    assert outcome_words("something_new") == "something new"
    assert exit_words("orders.order_placed") == "ended early by “order placed”"
    assert exit_words("by_hand") == "taken out by hand"
