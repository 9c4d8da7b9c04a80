"""What happened to a parcel, step by step, in words of ours.

A step whose code nobody understood keeps its carrier's words; one that has no effect because the
parcel's way was over by then is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from doorstep.portal.orders.reading import Reading
from doorstep.rooms.tracking.contracts import CheckpointView, Substatus, TrackingStatus

_MOST_CHARACTERS = 140  # of a carrier's own words; some send whole paragraphs


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
    words = _words()
    for step in checkpoints:
        if len(listed) == most:
            break
        known = words.get((step.status, step.substatus)) or words.get((step.status, ""), "")
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


def _words() -> dict[tuple[str, str], str]:
    """Say each step that is understood."""
    status, sub = TrackingStatus, Substatus
    return {
        (status.PENDING, ""): _("The carrier was told about it"),
        (status.INFO_RECEIVED, ""): _("The carrier was told about it"),
        (status.IN_TRANSIT, ""): _("On its way"),
        (status.IN_TRANSIT, sub.PICKED_UP): _("Collected by the carrier"),
        (status.IN_TRANSIT, sub.ARRIVED): _("Arrived at a depot"),
        (status.IN_TRANSIT, sub.DEPARTED): _("Left a depot"),
        (status.IN_TRANSIT, sub.CUSTOMS): _("Passed customs"),
        (status.IN_TRANSIT, sub.HANDED_OVER): _("Handed to another carrier"),
        (status.IN_TRANSIT, sub.RESCHEDULED): _("Planned for another day"),
        (status.OUT_FOR_DELIVERY, ""): _("Out for delivery"),
        (status.ATTEMPT_FAILED, ""): _("Delivery did not work"),
        (status.ATTEMPT_FAILED, sub.NOBODY_HOME): _("Nobody was home"),
        (status.ATTEMPT_FAILED, sub.NO_ACCESS): _("No way to the door"),
        (status.AVAILABLE_FOR_PICKUP, ""): _("Ready to pick up"),
        (status.DELIVERED, ""): _("Delivered"),
        (status.DELIVERED, sub.SIGNED): _("Delivered against a signature"),
        (status.DELIVERED, sub.TO_NEIGHBOR): _("Left with a neighbor"),
        (status.DELIVERED, sub.TO_SAFE_PLACE): _("Left in a safe place"),
        (status.DELIVERED, sub.TO_LOCKER): _("Left in a parcel locker"),
        (status.EXCEPTION, ""): _("Held up"),
        (status.EXCEPTION, sub.CUSTOMS_HELD): _("Held at customs"),
        (status.EXCEPTION, sub.PAYMENT_DUE): _("A payment is due"),
        (status.EXCEPTION, sub.ADDRESS_PROBLEM): _("There is a problem with the address"),
        (status.EXCEPTION, sub.DAMAGED): _("Damaged"),
        (status.EXCEPTION, sub.LOST): _("Reported lost"),
        (status.EXCEPTION, sub.REFUSED): _("Not accepted at the door"),
        (status.EXCEPTION, sub.WEATHER): _("Held up by the weather"),
        (status.EXCEPTION, sub.DELAYED): _("Delayed on the way"),
        (status.EXCEPTION, sub.HELD): _("Held by the carrier"),
        (status.EXCEPTION, sub.CANCELED): _("The label was canceled"),
        (status.EXPIRED, ""): _("No longer followed by the carrier"),
        (status.RETURNED, ""): _("Going back"),
        (status.RETURNED, sub.RETURNED_TO_SENDER): _("Back with us"),
    }
