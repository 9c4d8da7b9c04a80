"""Numbers that were wrong: they leave their parcel, and what was told about them goes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.recording.desk import Desk
from doorstep.rooms.tracking.recording.rows import all_columns
from doorstep.rooms.tracking.recording.standing import Held


def release_numbers(wrong: Sequence[Held], trackers: Mapping[UUID, Held], desk: Desk) -> None:
    """Take all numbers and their steps away from trackers, in sets.

    They go to a parcel that shares them, else to a tracker without a parcel: perhaps they are
    another parcel's, whose shipment is yet to come. Steps told by hand stay.

    :param wrong: the trackers whose number is wrong; they and those sharing with them are locked.
    """
    heirs: dict[UUID, UUID] = {}
    new: list[Tracker] = []
    leaving = {one.tracker.id for one in wrong}
    for one in wrong:
        tracker = one.tracker
        if tracker.shares_with_id is not None:
            tracker.shares_with_id = None
        else:
            followers = [
                held.tracker
                for held in trackers.values()
                if held.tracker.shares_with_id == tracker.id and held.tracker.id not in leaving
            ]
            heirs[tracker.id] = _inherit(tracker, followers, new, desk)
        _forget(tracker)
    insert_rows(Tracker, [all_columns(tracker) for tracker in new])
    _hand_over(heirs, [tracker.id for tracker in new])


def _inherit(
    tracker: Tracker, followers: Sequence[Tracker], new: list[Tracker], desk: Desk
) -> UUID:
    if followers:
        first, *others = followers
        first.shares_with_id = None
        for other in others:
            other.shares_with_id = first.id
        return first.id
    heir = Tracker(
        id=new_id(),
        store_id=desk.store.id,
        carrier=tracker.carrier,
        tracking_number=tracker.tracking_number,
        shown_number=tracker.shown_number,
        zone=tracker.zone,
        is_test=tracker.is_test,
        created_at=desk.at,
        said={name: value for name, value in tracker.said.items() if name != "service"},
        status=tracker.status,
        substatus=tracker.substatus,
        status_at=tracker.status_at,
        last_news_at=tracker.last_news_at,
        delivered_at=tracker.delivered_at,
        is_open=tracker.is_open,
    )
    new.append(heir)
    return heir.id


def _forget(tracker: Tracker) -> None:
    tracker.said = {}
    tracker.signed_by, tracker.pickup = "", None
    tracker.tracking_url = ""
    tracker.tracking_number = tracker.shown_number = ""


def _hand_over(heirs: Mapping[UUID, UUID], new: Sequence[UUID]) -> None:
    if not heirs:
        return
    params = as_columns(list(heirs.items()), 2)
    with connection.cursor() as cursor:
        for table, condition in (
            ("tracking_checkpoint", "AND t.number_id IS NOT NULL"),
            ("tracking_trackingnumber", ""),
        ):
            cursor.execute(
                f"UPDATE {table} t SET tracker_id = h.heir "  # noqa: S608
                "FROM unnest(%s::uuid[], %s::uuid[]) AS h(old, heir) "
                f"WHERE t.tracker_id = h.old {condition}",
                params,
            )
        # Nothing was told about it: a number nobody needs to look at.
        empty = (
            "SELECT id FROM unnest(%s::uuid[]) AS e(id) WHERE NOT EXISTS "
            "(SELECT 1 FROM tracking_checkpoint c WHERE c.tracker_id = e.id)"
        )
        ids = as_columns([(one,) for one in new], 1)
        cursor.execute(
            f"DELETE FROM tracking_trackingnumber WHERE tracker_id IN ({empty})",  # noqa: S608
            ids,
        )
        cursor.execute(f"DELETE FROM tracking_tracker WHERE id IN ({empty})", ids)  # noqa: S608
