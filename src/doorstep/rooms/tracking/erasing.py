"""What is left of a parcel when its shopper is erased: the way it went, without a person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.rooms.tracking.models import ShopperChoice, Tracker
from doorstep.rooms.tracking.recording.forgetting import (
    forget_words,
    with_leaders,
    without_people,
)


def erase_people(customer_ids: Collection[UUID]) -> None:
    """Erase who signed, where it waited, what people chose and said, and the carriers' words.

    What carriers say later of these parcels is kept without its words (``recording/standing.py``).
    """
    found = list(
        Tracker.objects.select_for_update(no_key=True)
        .filter(order__customer__in=customer_ids)
        .order_by("id")
        .only("id", "shares_with", "said")
    )
    for one in found:
        one.said = without_people(one.said)
    Tracker.objects.bulk_update(found, ["said"], batch_size=1000)
    Tracker.objects.filter(id__in=[one.id for one in found]).update(
        signed_by="", pickup=None, not_found_note="", settled_note=""
    )
    forget_words(with_leaders(found))
    ShopperChoice.objects.filter(order__customer__in=customer_ids).delete()
