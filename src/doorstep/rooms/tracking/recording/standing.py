"""Where trackers stand: computed from all their steps, written in sets, and said in events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.columns import as_array
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows, update_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus
from doorstep.rooms.tracking.models import EstimateRevision, Tracker
from doorstep.rooms.tracking.recording.desk import Desk, zone_named
from doorstep.rooms.tracking.recording.fast import fetch, lock_trackers
from doorstep.rooms.tracking.recording.forgetting import (
    forget_words,
    with_leaders,
    without_people,
)
from doorstep.rooms.tracking.recording.saying import Before, Change, say
from doorstep.rooms.tracking.rules.estimates import expect, why_revised
from doorstep.rooms.tracking.rules.status import Fact, State, counts_from, state_of

# News as fresh as this end "no news for too long", whenever that alarm went off.
FRESH = timedelta(hours=48)

# What nearly every report changes …
_MOVING = (
    "status",
    "substatus",
    "status_at",
    "first_scan_at",
    "out_for_delivery_at",
    "last_news_at",
    "delivered_at",
    "is_open",
)
# … and what changes seldom.
_RESTING = (
    "trouble_after_delivery",
    "said",
    "signed_by",
    "pickup",
    "service_level",
    "tracking_url",
    "estimate_from",
    "estimate_to",
    "estimate_source",
    "estimate_is_sure",
    "estimate_reason",
    "estimate_previous_to",
    "estimate_revised_at",
    "late_since",
    "stalled_since",
    "lost_since",
    "not_found_since",
    "not_found_note",
    "settled_at",
    "settled_by",
    "settled_as",
    "settled_note",
    "parcel_id",
    "shipment_id",
    "order_id",
    "shares_with_id",
    "carrier",
    "carrier_name",
    "tracking_number",
    "shown_number",
    "destination_country",
    "zone",
    "shipped_at",
    "promised_from",
    "promised_to",
    "is_order_shipped",
    "is_test",
    "is_history",
    "canceled_at",
)


@dataclass(slots=True)
class Held:
    """A locked tracker, as it was and as it becomes."""

    tracker: Tracker
    moving: tuple[Any, ...]
    resting: tuple[Any, ...]
    before: Before
    new_steps: int = 0
    matched_steps: int | None = None  # it has just found its parcel, with so many steps


def hold(ids: Collection[UUID]) -> dict[UUID, Held]:
    """Lock trackers and those that share their steps, in the one order of locks: by id."""
    return {row.id: held(row) for row in lock_trackers(ids)}


def held(tracker: Tracker) -> Held:
    """Note how a tracker is before it is changed."""
    before = Before(
        status=tracker.status,
        substatus=tracker.substatus,
        last_news_at=tracker.last_news_at,
        delivered_at=tracker.delivered_at,
        estimate_to=tracker.estimate_to,
    )
    return Held(tracker, _values(tracker, _MOVING), _values(tracker, _RESTING), before)


def _values(tracker: Tracker, names: tuple[str, ...]) -> tuple[Any, ...]:
    of = tracker.__dict__
    return tuple([of[name] for name in names])


def restate(trackers: Collection[Held], desk: Desk) -> None:
    """Compute anew where locked trackers stand, write what changed and publish it."""
    facts = _facts({one.tracker.shares_with_id or one.tracker.id for one in trackers})
    _forget_erased([one.tracker for one in trackers])
    changes, revisions = [], []
    for one in trackers:
        tracker = one.tracker
        state = state_of(
            facts.get(tracker.shares_with_id or tracker.id, ()), counts_from(tracker.shipped_at)
        )
        change = _apply(one, state, desk)
        if change.is_revised:
            revisions.append(_revision(tracker, desk.at))
        changes.append(change)
    _write(trackers)
    insert_rows(EstimateRevision, revisions)
    say(changes, desk)


def _forget_erased(trackers: Sequence[Tracker]) -> None:
    """Let no report bring back what was erased: of these, the way it goes is kept, not the words."""
    erased = [one for one in trackers if one.is_erased]  # type: ignore[attr-defined]
    for one in erased:
        one.said = without_people(one.said)
    if erased:
        forget_words(with_leaders(erased))


def _facts(ids: Collection[UUID]) -> Mapping[UUID, Sequence[Fact]]:
    found: dict[UUID, list[Fact]] = defaultdict(list)
    rows = fetch(
        "SELECT tracker_id, at, status, substatus, is_correction, dedupe_key "
        "FROM tracking_checkpoint WHERE tracker_id = ANY(%(ids)s::uuid[]) AND status <> ''",
        {"ids": as_array(ids)},
    )
    for row in rows:
        found[row[0]].append(Fact(*row[1:]))
    return found


def _apply(one: Held, state: State, desk: Desk) -> Change:
    tracker = one.tracker
    tracker.status, tracker.substatus = state.status, state.substatus
    tracker.status_at = state.status_at
    tracker.first_scan_at = state.first_scan_at
    tracker.out_for_delivery_at = state.out_for_delivery_at
    tracker.last_news_at = state.last_news_at
    tracker.delivered_at = state.delivered_at
    tracker.trouble_after_delivery = state.trouble_after_delivery
    _take_what_was_said(tracker)
    is_revised = not state.is_over and _revise(tracker, state, desk)
    ended = _end_alarms(one, state, desk.at)
    tracker.is_open = not (
        state.is_over or tracker.canceled_at is not None or _is_given_up(tracker)
    )
    return Change(
        tracker=tracker,
        before=one.before,
        new_steps=one.new_steps,
        matched_steps=one.matched_steps,
        is_revised=is_revised,
        ended=ended,
    )


def _is_given_up(tracker: Tracker) -> bool:
    """Tell whether a person gave it up for lost and nothing was heard since."""
    if tracker.settled_as != "lost" or tracker.settled_at is None:
        return False
    return tracker.last_news_at is None or tracker.last_news_at <= tracker.settled_at


def _take_what_was_said(tracker: Tracker) -> None:
    said = tracker.said
    if "signed" in said:
        tracker.signed_by = said["signed"][1]
    if "pickup" in said:
        tracker.pickup = said["pickup"][1]
    if "url" in said and not tracker.tracking_url:
        tracker.tracking_url = said["url"][1]
    if "level" in said and not tracker.service_level:
        tracker.service_level = said["level"][1]


def _revise(tracker: Tracker, state: State, desk: Desk) -> bool:
    """Take over what is expected now; returns whether the days changed."""
    found = expect(
        state,
        tracker.said,
        (tracker.promised_from, tracker.promised_to),
        zone=zone_named(tracker.zone),
        closed=desk.closed,
    )
    if found.to_date is None:  # nobody says anything any more: what was said last stands
        return False
    tracker.estimate_source, tracker.estimate_is_sure = found.source, found.is_sure
    days: tuple[date | None, date | None] = (found.from_date, found.to_date)
    if days == (tracker.estimate_from, tracker.estimate_to):
        return False
    tracker.estimate_reason = why_revised(state, tracker.estimate_to, found.to_date)
    tracker.estimate_previous_to = tracker.estimate_to
    tracker.estimate_from, tracker.estimate_to = days
    tracker.estimate_revised_at = desk.at
    return True


def _end_alarms(one: Held, state: State, at: datetime) -> list[str]:
    tracker, ended = one.tracker, []
    is_over = state.is_over or tracker.canceled_at is not None
    if tracker.late_since and is_over:
        tracker.late_since = None
        ended.append("late")
    carrier_says_lost = (
        state.status == TrackingStatus.EXCEPTION and state.substatus == Substatus.LOST
    )
    for name in ("stalled", "lost"):
        since = getattr(tracker, f"{name}_since")
        if since is None or (name == "lost" and carrier_says_lost):
            continue
        if is_over or _has_moved(one.before.last_news_at, state.last_news_at, since, at):
            setattr(tracker, f"{name}_since", None)
            ended.append(name)
    if tracker.not_found_since and state.status != TrackingStatus.DELIVERED:
        tracker.not_found_since, tracker.not_found_note = None, ""
    return ended


def _has_moved(
    before: datetime | None, after: datetime | None, since: datetime, at: datetime
) -> bool:
    if after is None or after == before or (before is not None and after < before):
        return False
    return after >= since or at - after <= FRESH


def _write(trackers: Collection[Held]) -> None:
    """Write what changed: few columns of most, all of some."""
    few, all_ = [], []
    for one in trackers:
        moving = _values(one.tracker, _MOVING)
        resting = _values(one.tracker, _RESTING)
        if resting != one.resting:
            names, values = (*_MOVING, *_RESTING), (*moving, *resting)
            all_.append({"id": one.tracker.id, **dict(zip(names, values, strict=True))})
        elif moving != one.moving:
            few.append({"id": one.tracker.id, **dict(zip(_MOVING, moving, strict=True))})
    update_rows(Tracker, few)
    update_rows(Tracker, all_)


def _revision(tracker: Tracker, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "store_id": current_store_id(),
        "tracker_id": tracker.id,
        "from_date": tracker.estimate_from,
        "to_date": tracker.estimate_to,
        "previous_to": tracker.estimate_previous_to,
        "source": tracker.estimate_source,
        "is_sure": tracker.estimate_is_sure,
        "reason": tracker.estimate_reason,
        "revised_at": at,
    }
