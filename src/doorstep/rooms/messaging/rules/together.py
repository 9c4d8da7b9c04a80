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
    known = _Known()
    of_one: dict[UUID, list[int]] = defaultdict(list)
    for index, turn in enumerate(turns):
        if turn.who is not None and turn.contact.rules.counts(turn.contact.purpose):
            of_one[turn.who].append(index)
        else:
            decisions[index] = known.decide(turn.contact)
    for indexes in of_one.values():
        _decide_in_turn(turns, indexes, decisions, known)
    return [decision for decision in decisions if decision is not None]


def _decide_in_turn(
    turns: Sequence[Turn],
    indexes: list[int],
    decisions: list[Decision | None],
    known: _Known,
) -> None:
    indexes.sort(key=lambda index: (-turns[index].contact.priority, turns[index].age))
    taken: list[Holder] = []
    for index in indexes:
        turn = turns[index]
        contact = turn.contact
        for holder in taken:
            contact = with_holder(contact, holder)
        decision = known.decide(contact)
        decisions[index] = decision
        if decision.outcome != "drop" and not turn.takes_no_slot:
            moment = decision.until or contact.planned
            taken.append(Holder(decision.channel, moment, turn.label, contact.priority))


class _Known:
    """Decisions made in this breath: whose situation is the same gets the same one."""

    def __init__(self) -> None:
        self._by_situation: dict[tuple[object, ...], Decision] = {}

    def decide(self, contact: Contact) -> Decision:
        """Ask the gate, unless somebody in the same situation was asked about."""
        situation = contact.situation
        if situation is None:
            return decide(contact)
        found = self._by_situation.get(situation)
        if found is None:
            found = decide(contact)
            if not found.is_personal:
                self._by_situation[situation] = found
            return found
        address = contact.addresses.get(found.channel, "")
        return Decision(
            found.outcome,
            found.channel,
            address,
            found.reason,
            found.words,
            found.until,
            found.trace,
        )
