"""What the carrier says about a parcel on its way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import LabelState, ReturnState, ReturnView
from doorstep.rooms.returns.events import ReturnScanned
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.opening import OpenReturn, load_settings, open_return
from doorstep.rooms.returns.flow.settling import settle_due
from doorstep.rooms.returns.flow.waiting import watch_scanned
from doorstep.rooms.returns.models import ReturnLabel, ReturnScan
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import TrackingStatus

# Announced is not handed in: only these say that the carrier has the parcel.
SCANNED = frozenset(
    {
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.ATTEMPT_FAILED,
        TrackingStatus.AVAILABLE_FOR_PICKUP,
        TrackingStatus.DELIVERED,
        TrackingStatus.EXCEPTION,
        TrackingStatus.RETURNED,
    }
)
LOOKED_UP = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way back."""

    key: str
    status: TrackingStatus
    occurred_at: datetime
    words: str = ""
    place: str = ""
    source: str = ""


@action(
    "returns.record_return_scan",
    permission="returns.receive",
    summary="Record a scan of a parcel on its way back",
)
def record_return_scan(
    *,
    return_id: UUID,
    status: TrackingStatus,
    occurred_at: datetime,
    place: str = "",
    words: str = "",
    key: str = "",
    source: str = "",
    by: Actor,
    at: datetime,
) -> ReturnView:
    """Keep one step of the way back; a first scan pays where the policy says so.

    :param key: the source's own name of the step; the same step again changes nothing.
    :raises NotFound: no such return.
    :raises Invalid: the instant has no zone, or lies ahead.
    """
    if occurred_at.tzinfo is None or occurred_at > at:
        raise Invalid("Give the instant with its zone, not ahead of now.", field="occurred_at")
    step = Step(
        key or f"{status}:{occurred_at.isoformat()}",
        status,
        occurred_at,
        words.replace("\x00", "")[:500],
        place.replace("\x00", "")[:200],
        (source or by.label)[:100],
    )
    opened = open_return(return_id, by=by, at=at)
    if keep_steps(opened, [step]):
        opened.save()
    return get_return(return_id, at=at)


def keep_steps(opened: OpenReturn, steps: Sequence[Step]) -> int:
    """Keep steps of a return in hand and what follows from them; returns how many are new."""
    rows = [
        {
            "id": new_id(),
            "store_id": current_store_id(),
            "authorization_id": opened.row.id,
            "dedupe_key": one.key[:300],
            "status": one.status.value,
            "words": one.words,
            "place": one.place,
            "source": one.source,
            "occurred_at": one.occurred_at,
            "recorded_at": opened.at,
            "recorded_by": opened.by.key,
        }
        for one in steps
    ]
    added = insert_rows(ReturnScan, rows, unless="(authorization_id, dedupe_key)")
    first = min((x.occurred_at for x in steps if x.status in SCANNED), default=None)
    if added and first is not None and opened.row.scanned_at is None:
        opened.row.scanned_at = first
        opened.facts.append(ReturnScanned(*opened.head, occurred_at=first))
        if opened.row.state == ReturnState.APPROVED:
            watch_scanned(opened, load_settings())
            settle_due(opened)
            close_if_done(opened)
    return len(added)


def look_up_scans(store_labels: Sequence[ReturnLabel], *, by: Actor, at: datetime) -> int:
    """Take over what tracking knows of the numbers of some labels of one store.

    Carriers and aggregators tell the tracking room; a number that is no parcel of ours waits there.
    One query for all numbers.
    """
    by_key = {label.number_key: label for label in store_labels}
    found = tracking.find_steps(list(by_key))
    new = 0
    for number_key, steps in found.items():
        label = by_key[number_key]
        known = [
            Step(
                f"tracking:{one.id}",
                TrackingStatus(one.status),
                one.occurred_at,
                one.description,
                one.place,
                one.source,
            )
            for one in steps
            if one.status and one.occurred_at >= label.requested_at
        ]
        if not known:
            continue
        opened = open_return(label.authorization_id, by=by, at=at)
        added = keep_steps(opened, known)
        if added:
            opened.save()
        new += added
    return new


def labels_to_look_up(at: datetime) -> list[ReturnLabel]:
    """Lock labels of any store whose numbers have not been looked up for longest."""
    from datetime import timedelta

    due = Q(checked_at__isnull=True) | Q(checked_at__lt=at - timedelta(minutes=2))
    rows = (
        ReturnLabel.all_stores.select_for_update(skip_locked=True, of=("self",))
        .filter(due, state=LabelState.READY, authorization__state=ReturnState.APPROVED)
        .filter(authorization__received_at__isnull=True)
        .exclude(number_key="")
        .defer("document", "code_document")
        .order_by(F("checked_at").asc(nulls_first=True))
    )
    return list(rows[:LOOKED_UP])
