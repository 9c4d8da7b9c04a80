"""Which pieces go out together: one shipment per location, and as little moved as possible. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

Pieces = dict[UUID, int]  # order line → pieces


@dataclass(frozen=True, slots=True)
class Standing:
    """A shipment that is here, as planning sees it.

    :param is_fixed: packed: planning takes nothing out and puts nothing in.
    :param is_pinned: picked, or split by a person: planning only takes out what is no longer needed.
    """

    id: UUID
    location_id: UUID | None
    lines: Mapping[UUID, int]
    is_fixed: bool = False
    is_pinned: bool = False


@dataclass(slots=True)
class Planned:
    """What a shipment should hold; ``id`` None: a new one. Without lines it is not needed."""

    id: UUID | None
    location_id: UUID | None
    lines: Pieces = field(default_factory=dict)


def plan(
    needed: Mapping[UUID, int],
    standing: Sequence[Standing],
    held: Mapping[UUID, Sequence[tuple[UUID, int]]],
    *,
    may_add: bool,
) -> list[Planned]:
    """Say what each open shipment of an order should hold, and which new ones it takes.

    :param needed: pieces of each line that have still to leave, packed ones included.
    :param standing: the order's shipments that are here, oldest first.
    :param held: where the pieces of each line lie, the location asked first on top.
    :param may_add: False while the order waits: then nothing is added to what is planned.
    """
    rest = {line: pieces for line, pieces in needed.items() if pieces > 0}
    lying = {line: dict(places) for line, places in held.items()}
    for one in standing:
        if one.is_fixed:
            _take(one.lines, one.location_id, rest, lying)
    answer = []
    for one in standing:
        if one.is_pinned and not one.is_fixed:
            kept = {line: min(n, rest.get(line, 0)) for line, n in one.lines.items()}
            _take(kept, one.location_id, rest, lying)
            answer.append(Planned(one.id, one.location_id, _real(kept)))
    free = [one for one in standing if not one.is_pinned and not one.is_fixed]
    if may_add:
        return answer + _by_location(rest, lying, free)
    for one in free:
        kept = {line: min(n, rest.get(line, 0)) for line, n in one.lines.items()}
        _take(kept, one.location_id, rest, lying)
        answer.append(Planned(one.id, one.location_id, _real(kept)))
    return answer


def _real(pieces: Mapping[UUID, int]) -> Pieces:
    return {line: n for line, n in pieces.items() if n > 0}


def _take(
    lines: Mapping[UUID, int],
    location_id: UUID | None,
    rest: Pieces,
    lying: Mapping[UUID, dict[UUID, int]],
) -> None:
    """Count pieces as planned: they are needed no more, and no longer free where they lie."""
    for line, pieces in lines.items():
        rest[line] = max(rest.get(line, 0) - pieces, 0)
        if location_id is not None and location_id in lying.get(line, {}):
            lying[line][location_id] -= pieces


def _by_location(
    rest: Pieces, lying: Mapping[UUID, dict[UUID, int]], free: Sequence[Standing]
) -> list[Planned]:
    """Spread what is left over the locations it lies at; the rest goes with the first of them."""
    wanted: dict[UUID | None, Pieces] = {}
    floating: Pieces = {}
    for line, pieces in rest.items():
        left = pieces
        for place, there in lying.get(line, {}).items():
            share = min(left, there)
            if share > 0:
                wanted.setdefault(place, {})[line] = share
                left -= share
        if left:
            floating[line] = left
    if floating:
        known: list[UUID | None] = [*wanted, *[one.location_id for one in free], None]
        first = wanted.setdefault(known[0], {})
        for line, pieces in floating.items():
            first[line] = first.get(line, 0) + pieces
    return _match(wanted, free)


def _match(wanted: dict[UUID | None, Pieces], free: Sequence[Standing]) -> list[Planned]:
    """Keep the numbers people have on paper: a location's shipment stays that location's."""
    unused = list(free)
    answer: list[Planned] = []
    homeless: list[UUID | None] = []
    for place in wanted:
        found = next((one for one in unused if one.location_id == place), None)
        if found is None:
            homeless.append(place)
        else:
            unused.remove(found)
            answer.append(Planned(found.id, place, wanted[place]))
    for place in homeless:
        moved = unused.pop(0).id if unused else None
        answer.append(Planned(moved, place, wanted[place]))
    return answer + [Planned(one.id, one.location_id) for one in unused]
