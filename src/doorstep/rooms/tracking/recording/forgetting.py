"""Words that carriers say of people who were erased: they leave again in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from doorstep.rooms.tracking.models import Checkpoint, Tracker

# Said beside the steps: who signed, and where it waits.
_PERSONAL = ("signed", "pickup")


def without_people(said: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a parcel, without a person in it."""
    return {name: value for name, value in said.items() if name not in _PERSONAL}


def forget_words(tracker_ids: Collection[UUID]) -> None:
    """Empty the places, words and raw reports of trackers' steps; joins the caller's transaction.

    Descriptions and raw reports name people ("left with Mrs. Weber"). Kept: instants, statuses,
    countries and the number, which the books need to show that goods were sent.

    :param tracker_ids: with those whose steps they share: one box for several orders keeps its
        steps, which are another shopper's too, but these words may be about the erased one.
    """
    Checkpoint.objects.filter(tracker__in=tracker_ids).update(
        description="", city="", region="", postal_code="", external_id="", raw={}
    )


def with_leaders(trackers: Iterable[Tracker]) -> set[UUID]:
    """Return the ids of trackers and of those whose steps they share."""
    found = set()
    for one in trackers:
        found |= {one.id, one.shares_with_id or one.id}
    return found
