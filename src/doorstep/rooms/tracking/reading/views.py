"""Trackers as pages, API and messages show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from doorstep.rooms.tracking.contracts import (
    CheckpointView,
    EstimateView,
    ParcelProgress,
    PickupPoint,
)
from doorstep.rooms.tracking.models import Checkpoint, EstimateRevision, Tracker
from doorstep.rooms.tracking.rules.conditions import condition_of
from doorstep.rooms.tracking.rules.status import Fact, counts_from, in_order, walk

Linked = tuple[str, str, str]  # carrier's name, number, address


def progress_of(
    tracker: Tracker,
    *,
    linked: Sequence[Linked] = (),
    checkpoints: Sequence[Checkpoint] = (),
    estimates: Sequence[EstimateRevision] = (),
) -> ParcelProgress:
    """Return a tracker (read with ``customer_id``, see ``lists.visible``) as what crosses walls."""
    return ParcelProgress(
        tracker_id=tracker.id,
        parcel_id=tracker.parcel_id,
        order_id=tracker.order_id,
        customer_id=tracker.customer_id,  # type: ignore[attr-defined]
        carrier=tracker.carrier,
        carrier_name=tracker.carrier_name or tracker.carrier,
        service_level=tracker.service_level,
        tracking_number=tracker.shown_number,
        tracking_url=tracker.tracking_url,
        linked_numbers=tuple(linked),
        status=tracker.status,
        substatus=tracker.substatus,
        status_at=tracker.status_at,
        condition=condition_of(tracker).value,
        estimate=_estimate_now(tracker),
        promised_to=tracker.promised_to,
        shipped_at=tracker.shipped_at,
        first_scan_at=tracker.first_scan_at,
        last_news_at=tracker.last_news_at,
        delivered_at=tracker.delivered_at,
        signed_by=tracker.signed_by,
        pickup=_pickup(tracker.pickup),
        late_since=tracker.late_since,
        stalled_since=tracker.stalled_since,
        lost_since=tracker.lost_since,
        not_found_since=tracker.not_found_since,
        steps_done=_steps_done(tracker),
        checkpoints=_checkpoints(tracker, checkpoints),
        estimates=tuple(_estimate_then(one) for one in estimates),
        trouble_after_delivery=tracker.trouble_after_delivery,
        is_open=tracker.is_open,
        is_test=tracker.is_test,
        is_history=tracker.is_history,
        not_found_note=tracker.not_found_note,
        settled_as=tracker.settled_as,
        settled_at=tracker.settled_at,
        settled_note=tracker.settled_note,
    )


def _steps_done(tracker: Tracker) -> tuple[tuple[str, datetime], ...]:
    found = (
        ("shipped", tracker.shipped_at),
        ("in_transit", tracker.first_scan_at),
        ("out_for_delivery", tracker.out_for_delivery_at),
        ("delivered", tracker.delivered_at),
    )
    return tuple((name, at) for name, at in found if at is not None)


def _pickup(stored: dict[str, Any] | None) -> PickupPoint | None:
    if stored is None:
        return None
    until = stored.get("until_date")
    return PickupPoint(
        name=stored["name"],
        address_lines=tuple(stored["address_lines"]),
        code=stored["code"],
        until_date=date.fromisoformat(until) if until else None,
    )


def _estimate_now(tracker: Tracker) -> EstimateView:
    return EstimateView(
        from_date=tracker.estimate_from,
        to_date=tracker.estimate_to,
        source=tracker.estimate_source,
        is_sure=tracker.estimate_is_sure,
        revise_reason=tracker.estimate_reason,
        previous_to=tracker.estimate_previous_to,
        revised_at=tracker.estimate_revised_at,
    )


def _estimate_then(one: EstimateRevision) -> EstimateView:
    return EstimateView(
        from_date=one.from_date,
        to_date=one.to_date,
        source=one.source,
        is_sure=one.is_sure,
        revise_reason=one.reason,
        previous_to=one.previous_to,
        revised_at=one.revised_at,
    )


def _checkpoints(tracker: Tracker, rows: Sequence[Checkpoint]) -> tuple[CheckpointView, ...]:
    """Return steps, newest first, each with whether it had effect."""
    by_key = {row.dedupe_key: row for row in rows}
    facts = in_order(
        Fact(row.at, row.status, row.substatus, row.is_correction, row.dedupe_key) for row in rows
    )
    _, effects = walk(facts, counts_from(tracker.shipped_at))
    views = [
        _checkpoint(by_key[fact.key], has_effect)
        for fact, has_effect in zip(facts, effects, strict=True)
    ]
    return tuple(reversed(views))


def _checkpoint(row: Checkpoint, has_effect: bool) -> CheckpointView:
    number = row.number
    return CheckpointView(
        id=row.id,
        at=row.at,
        received_at=row.received_at,
        status=row.status,
        substatus=row.substatus,
        code=row.code,
        description=row.description,
        place=", ".join(part for part in (row.city, row.region, row.country) if part),
        source=row.source,
        carrier=number.carrier if number else "",
        tracking_number=number.number if number else "",
        is_clock_off=row.is_clock_off,
        is_date_only=row.is_date_only,
        is_ignored=not has_effect,
    )
