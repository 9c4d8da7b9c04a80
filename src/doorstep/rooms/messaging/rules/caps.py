"""How many messages a person gets in a row of days: frequency caps over rolling windows. Pure.

A message of a purpose that counts holds a slot from when it is asked for until its window has
passed. Of two that want one slot the one with the higher priority goes first, of equals the older:
a message counts what went and what goes before it, never what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.rules.contact import (
    CHANNEL_WORDS,
    PASS,
    Contact,
    Holder,
    Verdict,
    say_when,
)
from doorstep.rooms.messaging.rules.contact_rules import ALL, Cap, ContactRules

# One that only stands first in line may itself be held back: whoever waits for it looks again soon.
# Whoever comes first and only waits for one already on its way looks again sooner, so that two
# senders that hold one message each do not make both wait for ever.
LOOK_AGAIN = timedelta(minutes=1)
LOOK_AGAIN_FIRST = timedelta(seconds=10)


def count_held(holders: Iterable[Holder], rules: ContactRules, planned: datetime) -> dict[str, int]:
    """Count the slots taken around a moment, per cap: within its days before or after.

    The sets' statement counts the same way: ``planned - days < moment < planned + days``.
    """
    found = list(holders)
    return {
        key: sum(
            1 for one in found if _is_of(one, key) and abs(one.moment - planned) < _window(cap)
        )
        for key, cap in rules.caps
    }


def with_holder(contact: Contact, holder: Holder) -> Contact:
    """Return the contact with one more slot taken."""
    holders = (*contact.holders, holder)
    held = count_held(holders, contact.rules, contact.planned)
    return replace(contact, holders=holders, held=held)


def is_within_caps(contact: Contact, channel: Channel) -> Verdict:
    """Defer what would be one message too many until a slot is free; drop what can't wait so long."""
    rules = contact.rules
    if not rules.counts(contact.purpose):
        return PASS
    caps = {key: cap for key in (channel.value, ALL) if (cap := rules.cap(key)) is not None}
    full = {key: cap for key, cap in caps.items() if contact.held.get(key, 0) >= cap.limit}
    if full and not contact.holders:  # a group was counted; its people have slots of their own
        key = next(iter(full))
        words = f"{_sum_of(contact, key, full[key])}."
        return Verdict("defer", "frequency_cap", words, contact.planned, is_personal=True)
    until = _free_in_all(contact.holders, full, contact.planned) if full else contact.planned
    if until <= contact.planned:
        words = " ".join(f"{_room_in(contact, key, cap)}." for key, cap in caps.items())
        return Verdict("pass", "within_caps", words, is_personal=bool(full)) if caps else PASS
    return _too_many(contact, full, until)


def free_from(moments: Sequence[datetime], cap: Cap, start: datetime) -> datetime:
    """Return the first moment from ``start`` on at which one more message keeps to the cap.

    ``moments`` are those of the messages that hold slots, past and planned. A slot is free again
    exactly ``cap.days`` after the message that held it.
    """
    window = _window(cap)
    ends = sorted(one + window for one in moments if one + window > start)
    return next(moment for moment in (start, *ends) if _fits(moments, moment, cap.limit, window))


def _fits(moments: Sequence[datetime], moment: datetime, limit: int, window: timedelta) -> bool:
    """Tell whether no window that holds the moment has more messages than the limit."""
    near = [one for one in moments if abs(one - moment) < window]
    starts = [one for one in near if one <= moment] + [moment]
    return all(sum(1 for one in near if start <= one < start + window) < limit for start in starts)


def _free_in_all(holders: Sequence[Holder], caps: Mapping[str, Cap], start: datetime) -> datetime:
    """Return the first moment that suits every cap."""
    moments = {key: _moments(holders, key) for key in caps}
    until = start
    while True:
        later = max(free_from(moments[key], cap, until) for key, cap in caps.items())
        if later == until:
            return until
        until = later


def _too_many(contact: Contact, full: Mapping[str, Cap], until: datetime) -> Verdict:
    key = max(full, key=lambda one: free_from(
        _moments(contact.holders, one), full[one], contact.planned))  # fmt: skip
    cap = full[key]
    taken = [one for one in contact.holders if _is_of(one, key)]
    rival = _rival(contact, taken)
    words = f"{_sum_of(contact, key, cap)}."
    if rival is not None:
        words += (
            f" “{rival.label}” goes before this one"
            f" (priority {rival.priority} to {contact.priority})."
        )
    sure = [one for one in contact.holders if one.is_sure]
    if _free_in_all(sure, full, contact.planned) <= contact.planned:
        unsure = [one for one in contact.holders if not one.is_sure]
        behind_one = any(one.is_ahead for one in unsure)
        soon = contact.planned + (LOOK_AGAIN if behind_one else LOOK_AGAIN_FIRST)
        words += " Another one is going out now; it is decided again when that has gone."
        return Verdict("defer", "outranked", words, soon, is_personal=True)
    if until - contact.wanted_since > timedelta(days=contact.rules.defer_days):
        words += (
            f" The next one may go on {say_when(until, contact.place)}, and this one waits"
            f" {contact.rules.defer_days} days at most."
        )
        return Verdict("drop", "over_cap", words, is_final=True, is_personal=True)
    reason = "outranked" if rival is not None and not rival.is_sure else "frequency_cap"
    words += f" It waits until {say_when(until, contact.place)}."
    return Verdict("defer", reason, words, until, is_personal=True)


def _rival(contact: Contact, taken: Sequence[Holder]) -> Holder | None:
    """Return the message that got, or gets, the last slot by its higher priority."""
    above = [one for one in taken if one.priority > contact.priority and one.label]
    return max(above, key=lambda one: one.moment, default=None)


def _is_of(holder: Holder, key: str) -> bool:
    return key in (ALL, holder.channel.value)


def _moments(holders: Iterable[Holder], key: str) -> list[datetime]:
    return [one.moment for one in holders if _is_of(one, key)]


def _window(cap: Cap) -> timedelta:
    return timedelta(days=cap.days)


def _named(key: str) -> str:
    return "on all channels" if key == ALL else f"by {CHANNEL_WORDS[Channel(key)]}"


def _room_in(contact: Contact, key: str, cap: Cap) -> str:
    held = contact.held.get(key, 0)
    return f"{held} of at most {cap.limit} in {_days(cap)} {_named(key)}"


def _sum_of(contact: Contact, key: str, cap: Cap) -> str:
    return f"The person gets {cap.limit} in {_days(cap)} {_named(key)} already, which is the most"


def _days(cap: Cap) -> str:
    return "1 day" if cap.days == 1 else f"{cap.days} days"
