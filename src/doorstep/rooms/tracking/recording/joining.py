"""Two trackers that turn out to be one parcel; numbers that leave one."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.rules.said import merge


def join_trackers(pairs: Mapping[UUID, UUID], trackers: Mapping[UUID, Tracker]) -> None:
    """Move numbers and steps of each tracker to another one; the emptied ones are gone.

    :param pairs: the tracker that goes → the one that stays; both locked, none in both places.
    :param trackers: both, by id; the one that stays learns what was said of the other.
    """
    if not pairs:
        return
    for goes, stays in pairs.items():
        trackers[stays].said = merge(trackers[stays].said, trackers[goes].said)
    params = as_columns(list(pairs.items()), 2)
    source = "unnest(%s::uuid[], %s::uuid[]) AS p(goes, stays)"
    with connection.cursor() as cursor:
        # The same step known to both (or to two that go) counts once.
        cursor.execute(
            f"""
            DELETE FROM tracking_checkpoint c USING {source}
            WHERE c.tracker_id = p.goes AND EXISTS (
                SELECT 1 FROM tracking_checkpoint d
                WHERE d.dedupe_key = c.dedupe_key AND (
                    d.tracker_id = p.stays
                    OR d.id < c.id AND d.tracker_id IN (
                        SELECT q.goes FROM unnest(%s::uuid[], %s::uuid[]) AS q(goes, stays)
                        WHERE q.stays = p.stays AND q.goes <> p.goes)))
            """,  # noqa: S608
            [*params, *params],
        )
        for table in ("tracking_checkpoint", "tracking_trackingnumber"):
            cursor.execute(
                f"UPDATE {table} t SET tracker_id = p.stays FROM {source} "  # noqa: S608
                "WHERE t.tracker_id = p.goes",
                params,
            )
        cursor.execute(
            "UPDATE tracking_tracker t SET shares_with_id = nullif(p.stays, t.id) "  # noqa: S608
            f"FROM {source} WHERE t.shares_with_id = p.goes",
            params,
        )
        ids = params[:1]
        cursor.execute(
            "DELETE FROM tracking_estimaterevision WHERE tracker_id = ANY(%s::uuid[])", ids
        )
        cursor.execute("DELETE FROM tracking_tracker WHERE id = ANY(%s::uuid[])", ids)


def move_steps(moves: Mapping[UUID, tuple[UUID, UUID]]) -> None:
    """Give steps of some numbers to another tracker: those since the number began anew there.

    :param moves: number that the steps came by → (the tracker's number that takes them, tracker).
    """
    if not moves:
        return
    rows = [(old, new, tracker) for old, (new, tracker) in moves.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tracking_checkpoint c SET number_id = n.id, tracker_id = m.tracker
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS m(old, new, tracker)
            JOIN tracking_trackingnumber n ON n.id = m.new
            WHERE c.number_id = m.old AND (n.counts_from IS NULL OR c.at >= n.counts_from)
                  AND NOT EXISTS (SELECT 1 FROM tracking_checkpoint d
                                  WHERE d.tracker_id = m.tracker AND d.dedupe_key = c.dedupe_key)
            """,
            as_columns(rows, 3),
        )
