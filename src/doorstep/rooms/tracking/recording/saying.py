"""What is published when trackers change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.rooms.tracking.contracts import TrackingStatus
from doorstep.rooms.tracking.events import (
    AlarmEnded,
    DeliveryTakenBack,
    EstimateRevised,
    ParcelDelivered,
    ParcelMatched,
    ParcelMoved,
    ParcelSeen,
)
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.recording.desk import Desk

# Older news than this is only for the record.
OLD = timedelta(hours=48)
# Here the substatus is what matters: what is wrong, and whether it is on its way back or back.
_TOLD_BY_SUBSTATUS = frozenset({TrackingStatus.EXCEPTION, TrackingStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Before:
    """What a tracker was, as far as events compare it."""

    status: str
    substatus: str
    last_news_at: datetime | None
    delivered_at: datetime | None
    estimate_to: Any


NOTHING_KNOWN = Before(TrackingStatus.PENDING.value, "", None, None, None)


@dataclass(frozen=True, slots=True)
class Change:
    """A tracker that was computed anew, and what is different."""

    tracker: Tracker
    before: Before
    new_steps: int
    matched_steps: int | None
    is_revised: bool
    ended: Sequence[str]

    @property
    def is_moved(self) -> bool:
        """Whether its status is another one."""
        now = self.tracker
        return now.status != self.before.status or (
            now.status in _TOLD_BY_SUBSTATUS and now.substatus != self.before.substatus
        )

    @property
    def is_delivered(self) -> bool:
        """Whether it arrived just now."""
        return self.before.delivered_at is None and self.tracker.delivered_at is not None


def say(changes: Collection[Change], desk: Desk) -> None:
    """Publish what changed; a number that belongs to no parcel yet is nobody's news."""
    ours = [change for change in changes if change.tracker.order_id is not None]
    whole = _whole_orders({c.tracker.order_id for c in ours if c.is_delivered})
    drafts = []
    for change in ours:
        tracker = change.tracker
        key = key_of(tracker)
        for event in _events(change, whole, desk.at):
            drafts.append(
                EventDraft(event, key, desk.at, desk.by, subject=f"order:{tracker.order_id}")
            )
    publish_many(drafts)


def key_of(tracker: Tracker) -> UUID:
    """Return what keeps a parcel's events in order: its customer; its order for guests."""
    key: UUID | None = tracker.customer_id or tracker.order_id  # type: ignore[attr-defined]
    return key or tracker.id


def _events(change: Change, whole: Collection[UUID | None], at: datetime) -> Iterator[Any]:
    tracker, before = change.tracker, change.before
    customer_id = tracker.customer_id  # type: ignore[attr-defined]
    who = (tracker.id, tracker.parcel_id, tracker.order_id, customer_id)
    if change.matched_steps is not None:
        assert tracker.parcel_id is not None
        assert tracker.order_id is not None
        yield ParcelMatched(
            tracker.id, tracker.parcel_id, tracker.order_id, customer_id, change.matched_steps
        )
    is_old = tracker.is_history or (tracker.status_at is not None and at - tracker.status_at > OLD)
    if change.is_moved:
        yield ParcelMoved(
            *who,
            status=tracker.status,
            substatus=tracker.substatus,
            previous_status=before.status,
            occurred_at=tracker.status_at or at,
            is_backfill=is_old,
            is_test=tracker.is_test,
        )
    elif change.new_steps:
        yield ParcelSeen(tracker.id, tracker.order_id, customer_id, change.new_steps)
    if change.is_delivered:
        assert tracker.delivered_at is not None
        yield ParcelDelivered(
            *who,
            delivered_at=tracker.delivered_at,
            is_whole_order=tracker.order_id in whole,
            is_backfill=is_old,
            is_test=tracker.is_test,
        )
    elif before.delivered_at is not None and tracker.delivered_at is None:
        yield DeliveryTakenBack(*who, status=tracker.status)
    if change.is_revised and before.estimate_to is not None:
        yield EstimateRevised(
            *who,
            from_date=tracker.estimate_from,
            to_date=tracker.estimate_to,
            previous_to=tracker.estimate_previous_to,
            source=tracker.estimate_source,
            reason=tracker.estimate_reason,
        )
    if change.ended:
        yield AlarmEnded(*who, alarms=list(change.ended))


def _whole_orders(order_ids: Collection[UUID | None]) -> Collection[UUID]:
    """Return those orders of which nothing is on its way or left to be shipped."""
    if not order_ids:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id FROM tracking_tracker WHERE order_id = ANY(%s) "
            "AND canceled_at IS NULL GROUP BY order_id "
            "HAVING bool_or(is_order_shipped) AND NOT bool_or(is_open)",
            [list(order_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
