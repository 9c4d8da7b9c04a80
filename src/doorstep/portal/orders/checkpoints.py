"""What happened to a parcel, step by step, in words of ours.

A step whose code nobody understood keeps its carrier's words; one that has no effect because the
parcel's way was over by then is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doorstep.portal.orders.reading import Reading
from doorstep.rooms.tracking.contracts import CheckpointView, Substatus, TrackingStatus

_MOST_CHARACTERS = 140  # of a carrier's own words; some send whole paragraphs
# Each step that is understood, to be translated when it is shown.
_WORDS: dict[tuple[str, str], str] = {
    (TrackingStatus.PENDING, ""): gettext_noop("The carrier was told about it"),
    (TrackingStatus.INFO_RECEIVED, ""): gettext_noop("The carrier was told about it"),
    (TrackingStatus.IN_TRANSIT, ""): gettext_noop("On its way"),
    (TrackingStatus.IN_TRANSIT, Substatus.PICKED_UP): gettext_noop("Collected by the carrier"),
    (TrackingStatus.IN_TRANSIT, Substatus.ARRIVED): gettext_noop("Arrived at a depot"),
    (TrackingStatus.IN_TRANSIT, Substatus.DEPARTED): gettext_noop("Left a depot"),
    (TrackingStatus.IN_TRANSIT, Substatus.CUSTOMS): gettext_noop("Passed customs"),
    (TrackingStatus.IN_TRANSIT, Substatus.HANDED_OVER): gettext_noop("Handed to another carrier"),
    (TrackingStatus.IN_TRANSIT, Substatus.RESCHEDULED): gettext_noop("Planned for another day"),
    (TrackingStatus.OUT_FOR_DELIVERY, ""): gettext_noop("Out for delivery"),
    (TrackingStatus.ATTEMPT_FAILED, ""): gettext_noop("Delivery did not work"),
    (TrackingStatus.ATTEMPT_FAILED, Substatus.NOBODY_HOME): gettext_noop("Nobody was home"),
    (TrackingStatus.ATTEMPT_FAILED, Substatus.NO_ACCESS): gettext_noop("No way to the door"),
    (TrackingStatus.AVAILABLE_FOR_PICKUP, ""): gettext_noop("Ready to pick up"),
    (TrackingStatus.DELIVERED, ""): gettext_noop("Delivered"),
    (TrackingStatus.DELIVERED, Substatus.SIGNED): gettext_noop("Delivered against a signature"),
    (TrackingStatus.DELIVERED, Substatus.TO_NEIGHBOR): gettext_noop("Left with a neighbor"),
    (TrackingStatus.DELIVERED, Substatus.TO_SAFE_PLACE): gettext_noop("Left in a safe place"),
    (TrackingStatus.DELIVERED, Substatus.TO_LOCKER): gettext_noop("Left in a parcel locker"),
    (TrackingStatus.EXCEPTION, ""): gettext_noop("Held up"),
    (TrackingStatus.EXCEPTION, Substatus.CUSTOMS_HELD): gettext_noop("Held at customs"),
    (TrackingStatus.EXCEPTION, Substatus.PAYMENT_DUE): gettext_noop("A payment is due"),
    (TrackingStatus.EXCEPTION, Substatus.ADDRESS_PROBLEM): gettext_noop(
        "There is a problem with the address"
    ),
    (TrackingStatus.EXCEPTION, Substatus.DAMAGED): gettext_noop("Damaged"),
    (TrackingStatus.EXCEPTION, Substatus.LOST): gettext_noop("Reported lost"),
    (TrackingStatus.EXCEPTION, Substatus.REFUSED): gettext_noop("Not accepted at the door"),
    (TrackingStatus.EXCEPTION, Substatus.WEATHER): gettext_noop("Held up by the weather"),
    (TrackingStatus.EXCEPTION, Substatus.DELAYED): gettext_noop("Delayed on the way"),
    (TrackingStatus.EXCEPTION, Substatus.HELD): gettext_noop("Held by the carrier"),
    (TrackingStatus.EXCEPTION, Substatus.CANCELED): gettext_noop("The label was canceled"),
    (TrackingStatus.EXPIRED, ""): gettext_noop("No longer followed by the carrier"),
    (TrackingStatus.RETURNED, ""): gettext_noop("Going back"),
    (TrackingStatus.RETURNED, Substatus.RETURNED_TO_SENDER): gettext_noop("Back with us"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One step: what, where and when. ``is_quoted``: the carrier's own words."""

    what: str
    place: str
    when: str
    iso: str
    is_quoted: bool = False


def happenings(
    checkpoints: Sequence[CheckpointView], reading: Reading, most: int
) -> list[Happening]:
    """List at most ``most`` steps, newest first."""
    listed: list[Happening] = []
    for step in checkpoints:
        if len(listed) == most:
            break
        said = _WORDS.get((step.status, step.substatus)) or _WORDS.get((step.status, ""))
        known = _(said) if said else ""
        if not known:
            known = step.description.strip()[:_MOST_CHARACTERS]
            if not known:
                continue
        elif step.is_ignored:
            continue
        listed.append(
            Happening(
                known,
                step.place,
                reading.moment(step.at, is_date_only=step.is_date_only),
                step.at.isoformat(timespec="minutes"),
                is_quoted=not step.status,
            )
        )
    return listed
