"""What is known of tracking numbers, whoever's parcels they are: rooms above follow some too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.rooms.tracking.models import Checkpoint, Tracker
from doorstep.rooms.tracking.rules.numbers import normalize_number


@dataclass(frozen=True, slots=True)
class NumberStep:
    """A step that was understood, of a parcel that is known by its number alone."""

    id: UUID
    status: str
    occurred_at: datetime
    description: str
    place: str
    source: str


def find_steps(numbers: Collection[str]) -> dict[str, list[NumberStep]]:
    """Return the steps of numbers that are no parcel's of ours, oldest first; two queries.

    A number nobody has heard of is left out.
    """
    wanted = {normalize_number(number): number for number in numbers if number}
    trackers = dict(
        Tracker.objects.filter(tracking_number__in=list(wanted), parcel__isnull=True).values_list(
            "id", "tracking_number"
        )
    )
    found: dict[str, list[NumberStep]] = defaultdict(list)
    rows = Checkpoint.objects.filter(tracker__in=trackers).exclude(status="").order_by("at", "id")
    for row in rows:
        place = ", ".join(part for part in (row.city, row.country) if part)
        step = NumberStep(row.id, row.status, row.at, row.description, place, row.source)
        found[wanted[trackers[row.tracker_id]]].append(step)
    return dict(found)
