"""What a definition may be, when waits end, and what chance gives: no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.conditions.api import Fact, FactType, register_fact, registry
from doorstep.kernel.conditions.sqlfacts import Column
from doorstep.rooms.journeys.rules.chance import choose_arm, is_held_out
from doorstep.rooms.journeys.rules.checking import World, check
from doorstep.rooms.journeys.rules.definition import BrokenStep
from doorstep.rooms.journeys.rules.reading import (
    InvalidDefinition,
    read_definition,
    read_published,
)
from doorstep.rooms.journeys.rules.summarizing import summarize
from doorstep.rooms.journeys.rules.waiting import after, at_clock, days_after, until, zone_named
from doorstep.rooms.journeys.tests.cast import MESSAGE, WAIT, definition

BERLIN = ZoneInfo("Europe/Berlin")
WORLD = World(
    events={"orders.order_placed": True, "customers.customer_changed": False},
    kinds={"thank_you": frozenset({"email", "sms"}), "review_request": frozenset({"email"})},
    segments=frozenset(),
    date_sources=frozenset({"birthday"}),
    topics=frozenset({"tips"}),
    actions={"customers.tag_customer": ("customer_id", lambda given: "")},
)


def problems(steps: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """Return (step, field) of what blocks publishing."""
    found = check(read_definition(definition(steps, **changes)), WORLD)
    return [(p.step, p.field) for p in found if p.is_blocking]


def unreadable(steps: Any, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDefinition) as wrong:
        read_definition({**definition({}), "first": None, "steps": steps, **changes})
    return [(p.step, p.field) for p in wrong.value.problems]


def test_a_circle_needs_a_wait() -> None:
    branch = {"type": "branch", "if": {"fact": "customer.tags", "op": "is_set"},
              "yes": "hello", "no": None}  # fmt: skip
    assert problems({"hello": {**MESSAGE, "next": "if"}, "if": branch}) == [("hello", "next")]
    waits = {"hello": {**MESSAGE, "next": "if"}, "if": {**branch, "yes": "pause"},
             "pause": {**WAIT, "next": "hello"}}  # fmt: skip
    assert problems(waits) == []


def test_each_problem_names_its_step() -> None:
    assert problems({"hello": {**MESSAGE, "template": "gone"}}) == [("hello", "template")]
    assert problems({"hello": {**MESSAGE, "channel": "push"}}) == [("hello", "channel")]
    assert problems({"act": {"type": "action", "action": "gone", "next": None}}) == [
        ("act", "action")
    ]
    assert problems({"w": {"type": "wait", "event": "gone.event", "days": 1, "next": None}}) == [
        ("w", "event")
    ]
    assert problems({"hello": MESSAGE}, trigger={"type": "segment", "segment": "gone"}) == [
        ("", "trigger.segment")
    ]
    assert problems(
        {"hello": MESSAGE},
        subject="order",
        trigger={"type": "event", "event": "customers.customer_changed"},
    ) == [("", "trigger.event")]
    assert problems({"d": {"type": "wait", "delivery": {"days": 1}, "next": None}},
                    trigger={"type": "date", "source": "birthday"}) == [("d", "delivery")]  # fmt: skip
    assert problems({}) == [("", "first")]


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"type": "teleport"}, "type"),
        ({"type": "message", "template": "", "next": None}, "template"),
        ({"type": "message", "template": "x", "purpose": "transactional"}, "purpose"),
        ({"type": "wait"}, ""),
        ({"type": "wait", "for": {"days": 0}}, "for.days"),
        ({"type": "wait", "for": {"days": True}}, "for.days"),
        ({"type": "wait", "for": {"years": 1}}, "for"),
        ({"type": "wait", "until": {"weekdays": []}}, "until.weekdays"),
        ({"type": "wait", "until": {"from": "18:00", "to": "09:00"}}, "until.to"),
        ({"type": "wait", "until": {"from": "25:00"}}, "until.from"),
        ({"type": "wait", "until": {"zone": "mars"}}, "until.zone"),
        ({"type": "branch", "if": {"fact": "customer.gone", "op": "eq", "value": 1}}, "if.fact"),
        ({"type": "branch"}, "if"),
        ({"type": "split", "arms": [{"percent": 100}]}, "arms"),
        ({"type": "split", "arms": [{"percent": 50}, {"percent": 60}]}, "arms"),
        ({"type": "message", "template": "x", "next": "nowhere"}, "next"),
        ("text", ""),
    ],
)
def test_forms_that_are_wrong(step: Any, field: str) -> None:
    found = unreadable({"s": step})
    assert found[0][0] == "s"
    assert found[0][1].split("[")[0] == field


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(
                ["type", "steps", "first", "trigger", "next", "if", "arms", "for", "until", "event",
                 "delivery", "goal", "exits", "filter", "reentry", "where", "days", "x"]
            ), inner, max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_no_json_breaks_the_reader(document: Any) -> None:
    try:
        found = read_definition(document)
    except InvalidDefinition as error:
        problems_found = error.problems
    else:
        problems_found = ()
        assert found.steps is not None
    assert all(p.message and p.mend for p in problems_found)
    summarize(document if isinstance(document, dict) else {})


@pytest.fixture
def score() -> Iterator[None]:
    """A fact that tells how content somebody is, for one test."""
    name = "customer.last_survey_score"
    register_fact(
        Fact(
            name=name, subject="customer", type=FactType.NUMBER, label="last survey score",
            description="For this test.", sql=Column("NULL::numeric"),
        )
    )  # fmt: skip
    yield
    registry._facts.pop(name)


@pytest.mark.usefixtures("score")
def test_a_review_is_asked_of_everybody_or_of_nobody() -> None:
    review = {**MESSAGE, "template": "review_request"}
    happy = {"fact": "customer.last_survey_score", "op": "gte", "value": 4}
    gate = {"type": "branch", "if": happy, "yes": "ask", "no": None}
    assert problems({"if": gate, "ask": review}) == [("if", "if")]
    assert problems({"ask": review}, filter=happy) == [("", "filter")]
    assert problems({"ask": review}, exits=[{"if": happy}]) == [("", "exits[0].if")]
    both = {"if": {**gate, "no": "ask"}, "ask": review}
    assert problems(both) == []


def test_what_was_published_still_reads_when_a_fact_is_gone() -> None:
    document = definition(
        {
            "if": {
                "type": "branch",
                "if": {"fact": "customer.gone", "op": "is_set"},
                "yes": None,
                "no": None,
            },
            "hello": MESSAGE,
        }
    )
    found = read_published(document)
    assert type(found.steps["if"]).__name__ == "BrokenStep"
    assert type(found.steps["hello"]).__name__ == "MessageStep"
    broken = read_published({**document, "filter": {"fact": "customer.gone", "op": "is_set"}})
    assert broken.problems
    # Nobody knows any more who would have been let go before the message.
    gone = {"if": {"fact": "customer.gone", "op": "is_set"}}
    unspared = read_published({**document, "exits": [gone]}).steps["hello"]
    assert isinstance(unspared, BrokenStep)
    assert "customer.gone" in unspared.problem


def test_days_are_wall_clock_days_and_hours_elapsed_time() -> None:
    before = datetime(2026, 3, 28, 9, tzinfo=UTC)  # ten o'clock in Berlin, clocks go forward
    assert after(before, 1, "days", BERLIN) == datetime(2026, 3, 29, 8, tzinfo=UTC)
    assert after(before, 24, "hours", BERLIN) == datetime(2026, 3, 29, 9, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 8, tzinfo=UTC)
    assert after(autumn, 1, "days", BERLIN) == datetime(2026, 10, 25, 9, tzinfo=UTC)


def test_a_skipped_time_is_later_and_a_double_one_the_first() -> None:
    assert at_clock(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )
    assert at_clock(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_zones_that_do_not_exist_are_the_stores() -> None:
    for odd in ("Mars/Base", "", "../etc/passwd", "Europe/Berlin\x00", "A" * 300):
        assert zone_named(odd, "Europe/Berlin").key == "Europe/Berlin"
    assert zone_named("Mars/Base", "Mars/Moon").key == "UTC"


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_a_window_is_met_within_a_week(start: datetime, weekdays: set[int], zone: str) -> None:
    theirs = ZoneInfo(zone)
    found = until(start, tuple(sorted(weekdays)), time(9), time(18), theirs)
    local = found.astimezone(theirs)
    assert found >= start
    assert found - start <= timedelta(days=8)
    assert local.isoweekday() in weekdays
    assert time(9) <= local.time() < time(18)


def test_days_after_a_delivery_keep_their_order() -> None:
    noon = datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert days_after(noon, 0, time(10), BERLIN) == datetime(2026, 5, 5, 8, tzinfo=UTC)
    assert days_after(noon, 2, time(10), BERLIN) == datetime(2026, 5, 6, 8, tzinfo=UTC)
    assert days_after(noon, 1, None, BERLIN) == noon + timedelta(days=1)


def test_chance_keeps_its_shares_and_its_word() -> None:
    journey, ids = uuid4(), [uuid4() for _ in range(20_000)]
    held = [is_held_out(journey, one, 10) for one in ids]
    assert 0.085 < sum(held) / len(ids) < 0.115
    assert held == [is_held_out(journey, one, 10) for one in ids]
    assert not any(is_held_out(journey, one, 0) for one in ids[:100])
    arms = [choose_arm(journey, "ab", one, [0, 30, 70]) for one in ids]
    assert arms.count(0) == 0
    assert 0.28 < arms.count(1) / len(ids) < 0.32


def warned(steps: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """Return (step, first words) of what should be looked at and may stay."""
    found = check(read_definition(definition(steps, **changes)), WORLD)
    return [(p.step, " ".join(p.message.split()[:3])) for p in found if not p.is_blocking]


SELLS = {**MESSAGE, "purpose": "marketing"}
GOAL = {"event": "orders.order_placed"}


def test_what_only_waits_is_pointed_out_and_may_stay() -> None:
    assert warned({"pause": WAIT}) == [("pause", "From here on")]
    lost = {"pause": WAIT, "hello": MESSAGE}  # nobody gets to the message
    assert ("pause", "From here on") in warned(lost, goal=GOAL)
    assert warned({"pause": {**WAIT, "next": "hello"}, "hello": MESSAGE}, goal=GOAL) == []


def test_selling_twice_without_an_end_names_the_second_time() -> None:
    twice = {"one": {**SELLS, "next": "pause"}, "pause": {**WAIT, "next": "two"}, "two": SELLS}
    assert warned(twice) == [("two", "By this step")]
    assert warned(twice, goal={**GOAL, "exits": False}) == [("two", "By this step")]
    assert warned(twice, goal=GOAL) == []
    assert warned(twice, exits=[{"event": "orders.order_placed"}]) == []
    circle = {"one": {**SELLS, "next": "pause"}, "pause": {**WAIT, "next": "one"}}
    assert warned(circle) == [("one", "By this step")]
    # either of them, never both
    branch = {"type": "branch", "if": {"fact": "customer.tags", "op": "is_set"}, "yes": "a", "no": "b"}  # fmt: skip
    either = {"if": branch, "a": SELLS, "b": {**SELLS, "channel": "email"}}
    assert warned(either) == [("", "Nothing ends the")]


def test_a_choice_whose_ways_do_the_same_decides_nothing() -> None:
    branch = {"type": "branch", "if": {"fact": "customer.tags", "op": "is_set"}}
    arms = [{"name": "A", "percent": 50, "next": "a"}, {"name": "B", "percent": 50, "next": "b"}]
    split = {"type": "split", "arms": arms}
    said = ("if", "All its ways")
    alike = {"a": {**MESSAGE, "next": "c"}, "b": {**MESSAGE, "next": "d"}, "c": WAIT, "d": WAIT}
    for choice in ({**branch, "yes": "a", "no": "b"}, split, {**branch, "yes": "a", "no": "a"}):
        assert said in warned({"if": choice, **alike}, goal=GOAL)
        later = {**alike, "d": {**WAIT, "for": {"days": 4}}}
        assert (said in warned({"if": choice, **later}, goal=GOAL)) == (choice.get("no") == "a")
    # round and round, the same way: no end of looking
    round_ = {"a": {**WAIT, "next": "c"}, "b": {**WAIT, "next": "d"},
              "c": {**MESSAGE, "next": "a"}, "d": {**MESSAGE, "next": "b"}}  # fmt: skip
    assert said in warned({"if": split, **round_}, goal=GOAL)
    # one way kept for everybody is meant so
    kept = {"type": "split", "arms": [{**arms[0], "percent": 100}, {**arms[1], "percent": 0}]}
    assert said not in warned({"if": kept, **alike}, goal=GOAL)
