"""What is left of a parcel when its shopper is erased: the way it went, without a person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import JSONField

from doorstep.rooms.tracking.models import Checkpoint, Tracker

# Said beside the steps: who signed, and where it waits.
_PERSONAL = ("signed", "pickup")


def erase_people(customer_ids: Collection[UUID]) -> None:
    """Erase who signed, where it waited, and the carriers' own words of every step.

    Descriptions and raw reports name people ("left with Mrs. Weber"). Kept: instants, statuses,
    countries and the number, which the books need to show that goods were sent.
    """
    ids = list(
        Tracker.objects.select_for_update(no_key=True)
        .filter(order__customer__in=customer_ids)
        .order_by("id")
        .values_list("id", flat=True)
    )
    said = F("said")
    for name in _PERSONAL:
        said = Func(said, Value(name), template="(%(expressions)s)", arg_joiner=" - ",
                    output_field=JSONField())  # type: ignore[assignment]  # fmt: skip
    Tracker.objects.filter(id__in=ids).update(
        said=said, signed_by="", pickup=None, not_found_note="", settled_note=""
    )
    # One box for several orders: its steps are another shopper's too and stay theirs, but these
    # words may be about the one who is erased.
    Checkpoint.objects.filter(Q(tracker__in=ids) | Q(tracker__in=_leaders(ids))).update(
        description="", city="", region="", postal_code="", external_id="", raw={}
    )


def _leaders(ids: Collection[UUID]) -> list[UUID]:
    found = Tracker.objects.filter(id__in=ids, shares_with__isnull=False)
    return [one for one in found.values_list("shares_with", flat=True) if one is not None]
