"""Two people turn out to be one: which of their ways through a journey goes on. Pure.

The rule that lets somebody in again decides as if they had been one all along: a way that would not
have been let in beside an earlier one ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.rooms.journeys.rules.definition import Reentry


@dataclass(frozen=True, slots=True)
class Way:
    """One way through one journey, of either of the two."""

    id: UUID
    is_absorbed: bool
    entry_key: str
    is_per_order: bool
    entered_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """Which ways end, and which go to the survivor. An entry that both have stays where it is."""

    end: frozenset[UUID]
    move: frozenset[UUID]


def settle(ways: Sequence[Way], reentry: Reentry) -> Settled:
    """Decide about all ways that two people have through one journey."""
    taken = {way.entry_key for way in ways if not way.is_absorbed}
    doubled = {way.id for way in ways if way.is_absorbed and way.entry_key in taken}
    end = {way.id for way in ways if way.id in doubled and way.is_open}
    kept: list[Way] = []
    for way in sorted(ways, key=lambda one: (one.entered_at, one.id)):
        if way.id in doubled:
            continue
        if way.is_open and any(_keeps_out(earlier, way, reentry) for earlier in kept):
            end.add(way.id)
            continue
        kept.append(way)
    move = {way.id for way in ways if way.is_absorbed} - doubled
    return Settled(frozenset(end), frozenset(move))


def _keeps_out(earlier: Way, later: Way, reentry: Reentry) -> bool:
    """Tell whether one of the two would not have been let in beside the other's way."""
    if earlier.is_absorbed == later.is_absorbed:
        return False  # the same one's: the rule has let them in
    if not later.is_per_order and earlier.is_open:
        return True
    if reentry.mode == "never":
        return True
    return reentry.mode == "after" and later.entered_at - earlier.entered_at < timedelta(
        days=reentry.days
    )
