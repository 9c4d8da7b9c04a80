"""What people do with parcels: say what they know, end alarms, give unknown codes a meaning."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.row_sets import insert_rows
from doorstep.rooms.tracking.contracts import (
    ParcelProgress,
    ReportedCheckpoint,
    Substatus,
    TrackingReport,
    TrackingStatus,
    UnknownCode,
)
from doorstep.rooms.tracking.events import AlarmEnded, ParcelNotFound
from doorstep.rooms.tracking.models import Checkpoint, CodeMeaning, Tracker
from doorstep.rooms.tracking.reading.details import get_progress
from doorstep.rooms.tracking.reading.lists import code_view
from doorstep.rooms.tracking.recording.desk import open_desk, zone_named
from doorstep.rooms.tracking.recording.rows import step_row
from doorstep.rooms.tracking.recording.saying import key_of
from doorstep.rooms.tracking.recording.standing import Held, hold, restate
from doorstep.rooms.tracking.rules.steps import NOT_UNDERSTOOD, clean, steps_of

BY_HAND = "hand"
MAX_NOTE = 1000
IN_MEMORY = 2_000  # trackers computed anew at once
# What exactly can be said of each status; "" can always.
SUBSTATUSES: dict[TrackingStatus, frozenset[Substatus]] = {
    TrackingStatus.IN_TRANSIT: frozenset(
        {
            Substatus.PICKED_UP,
            Substatus.ARRIVED,
            Substatus.DEPARTED,
            Substatus.CUSTOMS,
            Substatus.HANDED_OVER,
            Substatus.RESCHEDULED,
        }
    ),
    TrackingStatus.ATTEMPT_FAILED: frozenset({Substatus.NOBODY_HOME, Substatus.NO_ACCESS}),
    TrackingStatus.DELIVERED: frozenset(
        {Substatus.SIGNED, Substatus.TO_NEIGHBOR, Substatus.TO_SAFE_PLACE, Substatus.TO_LOCKER}
    ),
    TrackingStatus.EXCEPTION: frozenset(
        {
            Substatus.CUSTOMS_HELD,
            Substatus.PAYMENT_DUE,
            Substatus.ADDRESS_PROBLEM,
            Substatus.DAMAGED,
            Substatus.LOST,
            Substatus.REFUSED,
            Substatus.WEATHER,
            Substatus.DELAYED,
            Substatus.HELD,
            Substatus.CANCELED,
            Substatus.OTHER,
        }
    ),
    TrackingStatus.RETURNED: frozenset({Substatus.RETURNING, Substatus.RETURNED_TO_SENDER}),
}


def _check_meaning(status: TrackingStatus, substatus: Substatus) -> None:
    allowed = SUBSTATUSES.get(status, frozenset())
    if substatus and substatus not in allowed:
        choices = ", ".join(sorted(allowed)) or "none"
        raise Invalid(
            f"“{substatus}” can't be said of “{status}”; what can: {choices}.", field="substatus"
        )


def _hold_one(tracker_id: UUID) -> dict[UUID, Held]:
    held = hold([tracker_id])
    if tracker_id not in held:
        raise NotFound("There is no such parcel.")
    return held


@action(
    "tracking.record_checkpoint_by_hand",
    permission="parcels.change",
    summary="Say where a parcel is",
)
def record_checkpoint_by_hand(
    *,
    tracker_id: UUID,
    status: TrackingStatus,
    substatus: Substatus = Substatus.NONE,
    occurred_at: datetime | None = None,
    note: str = "",
    by: Actor,
    at: datetime,
) -> ParcelProgress:
    """Add a step that a person knows of, for a parcel with or without a number.

    A person's word also takes back what a carrier called delivered.

    :param occurred_at: aware; None: now.
    :raises NotFound: there is no such parcel.
    :raises Invalid: it lies in the future, or the substatus does not go with the status.
    """
    _check_meaning(status, substatus)
    when = occurred_at or at
    if when.tzinfo is None:
        raise Invalid("Give the time with its offset, as in 2026-11-20T09:30:00+01:00.",
                      field="occurred_at")  # fmt: skip
    if when > at + timedelta(minutes=10):
        raise Invalid("This time is still to come: give one that has been.", field="occurred_at")
    held = _hold_one(tracker_id)
    _add_by_hand(held[tracker_id].tracker, status, substatus, when, note, by=by, at=at)
    for one in held.values():
        one.new_steps = 1
    restate(list(held.values()), open_desk(by=by, at=at))
    audit.note(subject=f"parcel:{tracker_id}", changes={"status": [None, status.value]})
    return get_progress(tracker_id)


def _add_by_hand(
    tracker: Tracker,
    status: TrackingStatus,
    substatus: Substatus,
    when: datetime,
    note: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    desk = open_desk(by=by, at=at)
    # Without this, what is delivered would stay so, and "delivered" on the way back would mean
    # that the sender has it.
    ended = tracker.status in (TrackingStatus.DELIVERED, TrackingStatus.RETURNED)
    is_correction = ended and status not in (tracker.status, TrackingStatus.RETURNED)
    told = ReportedCheckpoint(
        when, status, substatus, description=note[:500], is_correction=is_correction
    )
    said = TrackingReport(BY_HAND, tracker.tracking_number, checkpoints=(told,))
    [step] = steps_of(said, zone=zone_named(tracker.zone), received_at=at)
    row = step_row(step, None, source=BY_HAND, carrier="", desk=desk)
    row |= {
        "tracker_id": tracker.shares_with_id or tracker.id,
        "recorded_by": by.key,
        # Two people who say the same mean it twice, at whatever minute.
        "dedupe_key": f"{step.dedupe_key}|{row['id']}",
    }
    insert_rows(Checkpoint, [row])


@action(
    "tracking.settle_parcel",
    permission="parcels.change",
    summary="End a parcel's alarms",
)
def settle_parcel(
    *, tracker_id: UUID, outcome: str, note: str = "", by: Actor, at: datetime
) -> ParcelProgress:
    """End what is open about a parcel by a person's word.

    :param outcome: ``found`` (it turned up; the clocks rest until there is other news), ``lost``
        (for good) or ``delivered``.
    :raises Invalid: there is no such outcome.
    :raises Conflict: it can't be lost any more, having arrived and been found.
    """
    if outcome not in ("found", "lost", "delivered"):
        raise Invalid("Say found, lost or delivered.", field="outcome")
    held = _hold_one(tracker_id)
    tracker = held[tracker_id].tracker
    if tracker.parcel_id is None:
        raise Conflict("This number belongs to no parcel of yours yet, so nothing can be settled.")
    if outcome == "lost" and tracker.delivered_at and not tracker.not_found_since:
        raise Conflict("This parcel has arrived; it can't be lost.")
    if outcome == "delivered" and tracker.status != TrackingStatus.DELIVERED:
        _add_by_hand(tracker, TrackingStatus.DELIVERED, Substatus.NONE, at, note, by=by, at=at)
        held[tracker_id].new_steps = 1
    ended = _end_by_hand(tracker, outcome)
    tracker.settled_at, tracker.settled_by = at, by.key
    tracker.settled_as, tracker.settled_note = outcome, clean(note, MAX_NOTE)
    if outcome == "lost":
        tracker.lost_since = tracker.lost_since or at
    restate(list(held.values()), open_desk(by=by, at=at))
    if ended:
        customer_id = tracker.customer_id  # type: ignore[attr-defined]
        publish(
            AlarmEnded(tracker.id, tracker.parcel_id, tracker.order_id, customer_id, ended),
            key=key_of(tracker),
            at=at,
            by=by,
            subject=f"order:{tracker.order_id}",
        )
    audit.note(subject=f"parcel:{tracker_id}", changes={"settled_as": [None, outcome]})
    return get_progress(tracker_id)


def _end_by_hand(tracker: Tracker, outcome: str) -> list[str]:
    """Take off the alarms that this outcome answers; a lost one stays lost, and shown as that."""
    names = ["late", "stalled", "not_found"] + (["lost"] if outcome != "lost" else [])
    ended = [name for name in names if getattr(tracker, f"{name}_since") is not None]
    for name in ended:
        setattr(tracker, f"{name}_since", None)
    return ended


@action(
    "tracking.report_not_found",
    permission="parcels.change",
    summary="Say that a delivered parcel is not there",
)
def report_not_found(
    *, order_id: UUID, parcel_id: UUID, note: str = "", by: Actor, at: datetime
) -> ParcelProgress:
    """Note that the shopper can't find a parcel that was reported as delivered.

    Saying it again changes nothing.

    :raises NotFound: the order has no such parcel.
    :raises Conflict: it was not reported as delivered.
    """
    row = Tracker.objects.filter(order=order_id, parcel=parcel_id).values_list("id").first()
    if row is None:
        raise NotFound("This order has no such parcel.")
    held = hold(row)
    tracker = held[row[0]].tracker
    if tracker.status != TrackingStatus.DELIVERED:
        raise Conflict("This parcel has not been reported as delivered yet.")
    if tracker.not_found_since is None:
        tracker.not_found_since, tracker.not_found_note = at, clean(note, MAX_NOTE)
        restate(list(held.values()), open_desk(by=by, at=at))
        customer_id = tracker.customer_id  # type: ignore[attr-defined]
        publish(
            ParcelNotFound(tracker.id, tracker.parcel_id, order_id, customer_id),
            key=key_of(tracker),
            at=at,
            by=by,
            subject=f"order:{order_id}",
        )
        audit.note(subject=f"parcel:{tracker.id}", changes={"not_found_since": [None, str(at)]})
    return get_progress(tracker.id)


@action("tracking.map_code", permission="parcels.change", summary="Say what a code means")
def map_code(
    *,
    code_id: UUID,
    status: TrackingStatus | None,
    substatus: Substatus = Substatus.NONE,
    by: Actor,
    at: datetime,
) -> UnknownCode:
    """Give a code that nobody understood a meaning, also for the steps kept so far.

    :param status: None takes the meaning back.
    :raises NotFound: there is no such code.
    :raises Invalid: the substatus does not go with the status.
    """
    if status is not None:
        _check_meaning(status, substatus)
    meaning = (status.value, substatus.value) if status is not None else ("", "")
    row = CodeMeaning.objects.select_for_update(no_key=True).filter(id=code_id).first()
    if row is None:
        raise NotFound("There is no such code.")
    before = row.status
    row.status, row.substatus = meaning
    row.save(update_fields=["status", "substatus"])
    kept = Checkpoint.objects.filter(
        dedupe_key__startswith=NOT_UNDERSTOOD,
        source=row.source,
        carrier=row.carrier,
        code=row.code,
    )
    ids = list(kept.order_by("tracker_id").values_list("tracker_id", flat=True).distinct())
    desk = open_desk(by=by, at=at)
    for first in range(0, len(ids), IN_MEMORY):
        held = hold(ids[first : first + IN_MEMORY])
        kept.filter(tracker__in=held).update(status=meaning[0], substatus=meaning[1])
        restate(list(held.values()), desk)
    audit.note(subject=f"tracking_code:{row.id}", changes={"meaning": [before, meaning[0]]})
    return code_view(row)
