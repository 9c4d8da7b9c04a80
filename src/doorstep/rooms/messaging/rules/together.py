"""Decide messages that are looked at together, so that two of them do not take one last slot. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.rooms.messaging.rules.caps import with_holder
from doorstep.rooms.messaging.rules.contact import Contact, Decision, Holder
from doorstep.rooms.messaging.rules.gate import decide


@dataclass(frozen=True, slots=True)
class Turn:
    """One message in a set.

    :param who: whose slots it takes; None: nobody's.
    :param age: sorts messages of one priority, the oldest first.
    :param label: what people call it.
    :param takes_no_slot: the same message stands in the set, or in the database, already.
    """

    contact: Contact
    who: UUID | None = None
    age: Any = 0
    label: str = ""
    takes_no_slot: bool = False


def decide_together(turns: Sequence[Turn]) -> list[Decision]:
    """Decide each, in order; of one person's messages the more important ones go first."""
    decisions: list[Decision | None] = [None] * len(turns)
    of_one: dict[UUID, list[int]] = defaultdict(list)
    for index, turn in enumerate(turns):
        if turn.who is not None and turn.contact.rules.counts(turn.contact.purpose):
            of_one[turn.who].append(index)
        else:
            decisions[index] = decide(turn.contact)
    for indexes in of_one.values():
        _decide_in_turn(turns, indexes, decisions)
    return [decision for decision in decisions if decision is not None]


def _decide_in_turn(
    turns: Sequence[Turn], indexes: list[int], decisions: list[Decision | None]
) -> None:
    indexes.sort(key=lambda index: (-turns[index].contact.priority, turns[index].age))
    taken: list[Holder] = []
    for index in indexes:
        turn = turns[index]
        contact = turn.contact
        for holder in taken:
            contact = with_holder(contact, holder)
        decision = decide(contact)
        decisions[index] = decision
        if decision.outcome != "drop" and not turn.takes_no_slot:
            moment = decision.until or contact.planned
            taken.append(Holder(decision.channel, moment, turn.label, contact.priority))
