"""Frequency caps and priorities: how many messages in a row of days, and which of two goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.errors import Invalid
from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose
from doorstep.rooms.messaging.rules.caps import count_held, free_from, with_holder
from doorstep.rooms.messaging.rules.contact import Contact, Holder
from doorstep.rooms.messaging.rules.contact_rules import (
    ALL,
    DEFAULT_RULES,
    Cap,
    ContactRules,
    Hours,
    check_rules,
    rules_from_json,
    rules_to_json,
)
from doorstep.rooms.messaging.rules.gate import decide
from doorstep.rooms.messaging.rules.together import Turn, decide_together

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MAYA = UUID(int=1)
WEEKLY = ContactRules(caps=(("email", Cap(3, 7)), (ALL, Cap(4, 7))), hours=())
moments = st.lists(
    st.integers(-20 * 24, 20 * 24).map(lambda hours: AT + timedelta(hours=hours)), max_size=12
)
limits = st.builds(Cap, st.integers(1, 4), st.integers(1, 10))


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def offer(*holders: Holder, **changes: object) -> Contact:
    """Return an offer by e-mail to somebody who wants it and whose slots are these."""
    values: dict[str, object] = {
        "purpose": Purpose.MARKETING,
        "at": AT,
        "addresses": {Channel.EMAIL: "maya@example.com"},
        "consents": {(Channel.EMAIL, Purpose.MARKETING): ConsentState.GRANTED},
        "rules": WEEKLY,
        "holders": holders,
    } | changes
    contact = Contact(**values)  # type: ignore[arg-type]
    return replace(contact, held=count_held(holders, contact.rules, contact.planned))


def sent(days: float, channel: Channel = Channel.EMAIL, **more: object) -> Holder:
    return Holder(channel, days_ago(days), **more)  # type: ignore[arg-type]


@given(moments, limits)
def test_no_window_ever_holds_more_than_the_limit(asked: list[datetime], cap: Cap) -> None:
    taken: list[datetime] = []
    for moment in asked:
        taken.append(free_from(taken, cap, moment))
    window = timedelta(days=cap.days)
    for start in taken:
        assert sum(1 for one in taken if start <= one < start + window) <= cap.limit


@given(moments, limits, st.integers(0, 200))
def test_a_free_slot_is_the_first_one(held: list[datetime], cap: Cap, hours: int) -> None:
    kept: list[datetime] = []
    for moment in held:  # a state the gate can have brought about
        kept.append(free_from(kept, cap, moment))
    free = free_from(kept, cap, AT)
    assert free >= AT
    earlier = AT + timedelta(hours=hours)
    if earlier < free:
        assert free_from(kept, cap, earlier) > earlier


def test_who_has_slots_left_gets_it_with_the_numbers() -> None:
    decision = decide(offer(sent(1), sent(2)))
    assert decision.outcome == "send"
    [step] = [one for one in decision.trace if one.rule == "is_within_caps"]
    assert step.words == (
        "2 of at most 3 in 7 days by e-mail. 2 of at most 4 in 7 days on all channels."
    )
    assert not decision.is_personal


def test_one_too_many_waits_until_the_oldest_is_past() -> None:
    decision = decide(offer(sent(5), sent(2), sent(1)))
    assert (decision.outcome, decision.reason) == ("defer", "frequency_cap")
    assert decision.until == days_ago(5) + timedelta(days=7)
    assert decision.words == (
        "The person gets 3 in 7 days by e-mail already, which is the most."
        " It waits until 23 Nov, 10:00 (UTC)."
    )
    assert decision.is_personal


def test_what_would_wait_too_long_is_dropped_and_on_no_other_channel() -> None:
    contact = offer(sent(1), sent(0.5), sent(0.2), addresses={
        Channel.EMAIL: "maya@example.com", Channel.SMS: "+4915112345678"})  # fmt: skip
    decision = decide(contact)
    assert (decision.outcome, decision.reason) == ("drop", "over_cap")
    assert "waits 3 days at most" in decision.words
    assert {step.channel for step in decision.trace} == {"email"}


def test_the_wait_is_counted_from_when_it_was_asked_for() -> None:
    full = (sent(5), sent(2), sent(1))
    assert decide(offer(*full, asked_at=days_ago(0.9))).outcome == "defer"
    assert decide(offer(*full, asked_at=days_ago(1.1))).outcome == "drop"
    # What was asked for a later day has not begun to wait before that.
    later = decide(offer(*full, asked_at=days_ago(9), not_before=days_ago(0.5)))
    assert later.outcome == "defer"


def test_all_channels_together_have_a_cap_of_their_own() -> None:
    texts = [sent(n, Channel.SMS) for n in (6, 3, 2, 1)]
    decision = decide(offer(*texts))
    assert (decision.outcome, decision.until) == ("defer", days_ago(6) + timedelta(days=7))
    assert "on all channels" in decision.words


def test_exactly_at_the_end_of_the_window_the_slot_is_free() -> None:
    assert decide(offer(sent(7), sent(2), sent(1))).outcome == "send"


def test_what_a_purchase_brings_neither_counts_nor_is_capped() -> None:
    full = (sent(5), sent(2), sent(1))
    assert decide(offer(*full, purpose=Purpose.TRANSACTIONAL)).outcome == "send"
    assert Purpose.TRANSACTIONAL not in WEEKLY.counted_purposes


def test_service_messages_count_when_the_store_says_so() -> None:
    full = (sent(5), sent(2), sent(1))
    lenient = replace(WEEKLY, counts_service=False)
    assert decide(offer(*full, purpose=Purpose.SERVICE)).outcome == "defer"
    assert decide(offer(*full, purpose=Purpose.SERVICE, rules=lenient)).outcome == "send"


def test_a_group_that_is_full_is_taken_one_by_one() -> None:
    group = replace(offer(), held={"email": 3, ALL: 3})
    assert decide(group).is_personal
    assert not decide(replace(offer(), held={"email": 2, ALL: 3})).is_personal


def test_planned_messages_hold_slots_too() -> None:
    ahead = [Holder(Channel.EMAIL, AT + timedelta(days=n)) for n in (1, 2, 3)]
    assert decide(offer(*ahead)).outcome == "drop"  # nothing before eight days from now
    far = [Holder(Channel.EMAIL, AT + timedelta(days=n)) for n in (8, 9, 10)]
    assert decide(offer(*far)).outcome == "send"


def test_of_two_the_higher_goes_and_the_other_is_told_its_name() -> None:
    base = offer(sent(6), sent(5))
    low = replace(base, priority=20)
    high = replace(base, priority=80)
    lower, higher = decide_together(
        [Turn(low, MAYA, 0, "Newsletter"), Turn(high, MAYA, 1, "Birthday")]
    )
    assert higher.outcome == "send"
    assert (lower.outcome, lower.reason) == ("defer", "frequency_cap")
    assert "“Birthday” goes before this one (priority 80 to 20)." in lower.words


def test_of_equals_the_older_goes_and_a_repeat_takes_no_slot() -> None:
    base = offer(sent(6), sent(5))
    first, second = decide_together([Turn(base, MAYA, 2, "B"), Turn(base, MAYA, 1, "A")])
    assert (first.outcome, second.outcome) == ("defer", "send")
    repeat = Turn(base, MAYA, 1, "A", takes_no_slot=True)
    assert [one.outcome for one in decide_together([repeat, Turn(base, MAYA, 2, "B")])] == [
        "send",
        "send",
    ]


def test_two_people_do_not_take_each_others_slots() -> None:
    base = offer(sent(6), sent(5))
    both = decide_together([Turn(base, MAYA), Turn(base, UUID(int=2))])
    assert [one.outcome for one in both] == ["send", "send"]


def test_who_only_waits_for_one_on_its_way_looks_again_soon() -> None:
    going = Holder(Channel.EMAIL, AT, "Birthday", 80, is_sure=False)
    behind = decide(offer(sent(6), sent(5), going, priority=20))
    assert (behind.outcome, behind.reason) == ("defer", "outranked")
    assert behind.until == AT + timedelta(minutes=1)
    ahead = decide(offer(sent(6), sent(5), replace(going, priority=20, is_ahead=False)))
    assert ahead.until == AT + timedelta(seconds=10)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8), st.integers(1, 4))
def test_together_never_more_than_the_cap_and_the_highest_always(
    priorities: list[int], limit: int
) -> None:
    rules = ContactRules(caps=(("email", Cap(limit, 7)),), hours=(), defer_days=0)
    turns = [
        Turn(replace(offer(rules=rules), priority=priority), MAYA, index)
        for index, priority in enumerate(priorities)
    ]
    gone = [
        priority
        for priority, decision in zip(priorities, decide_together(turns), strict=True)
        if decision.outcome == "send"
    ]
    assert sorted(gone) == sorted(priorities)[-limit:]


def test_with_a_holder_more_the_counts_follow() -> None:
    assert with_holder(offer(sent(1)), sent(2)).held == {"email": 2, ALL: 2}


def test_rules_survive_being_stored() -> None:
    assert rules_from_json(rules_to_json(DEFAULT_RULES)) == DEFAULT_RULES
    stored = rules_to_json(DEFAULT_RULES)
    stored["caps"]["fax"] = [1, 1]
    stored["hours"]["fax"] = {"marketing": [9, 20]}
    assert rules_from_json(stored) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"caps": (("fax", Cap(1, 1)),)}, "caps"),
        ({"caps": (("email", Cap(0, 7)),)}, "cap_email"),
        ({"caps": (("sms", Cap(101, 7)),)}, "cap_sms"),
        ({"caps": ((ALL, Cap(1, 0)),)}, "cap_all"),
        ({"caps": ((ALL, Cap(1, 91)),)}, "cap_all"),
        ({"hours": ((Channel.SMS, Purpose.MARKETING, Hours(20, 9)),)}, "hours_sms_marketing"),
        ({"hours": ((Channel.SMS, Purpose.MARKETING, Hours(9, 25)),)}, "hours_sms_marketing"),
        ({"hours": ((Channel.SMS, Purpose.TRANSACTIONAL, Hours(9, 20)),)}, "hours_sms_transactional"),
        ({"defer_days": 31}, "defer_days"),
        ({"defer_days": -1}, "defer_days"),
    ],
)  # fmt: skip
def test_senseless_limits_are_refused_with_their_field(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules(replace(DEFAULT_RULES, **change))  # type: ignore[arg-type]
    assert refused.value.field == field
