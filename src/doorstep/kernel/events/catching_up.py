"""Whether a handler has read everything up to a point of the log.

Who compares what handlers keep with what it should be has to know which events they could not
have seen yet.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from doorstep.kernel.events.registry import all_handlers, type_of


def horizon() -> int:
    """Return a position that everything committed by now will stand at or before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce((SELECT max(position) FROM kernel_event), 0)
                 + (SELECT count(*) FROM kernel_outbox)
            """
        )
        return int(cursor.fetchone()[0])


def have_read(handlers: Collection[str], position: int) -> bool:
    """Tell whether the handlers have taken all their events up to a position.

    A parked event counts as taken: it comes again by itself or by hand, and may take days.
    """
    names = {one.name: one.event_names for one in all_handlers() if one.name in handlers}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM kernel_outbox)"
            " OR coalesce((SELECT max(position) FROM kernel_event), 0) >= %s",
            [position],
        )
        if not cursor.fetchone()[0]:
            return False
        for handler, events in names.items():
            cursor.execute(
                """
                SELECT EXISTS (
                    SELECT 1 FROM kernel_event e
                    JOIN kernel_lane_cursor c ON c.handler = %s AND c.lane = e.lane
                    WHERE e.position > (SELECT min(position) FROM kernel_lane_cursor
                                        WHERE handler = %s)
                      AND e.position > c.position AND e.position <= %s AND e.name = ANY(%s)
                )
                """,
                [handler, handler, position, list(events)],
            )
            if cursor.fetchone()[0]:
                return False
    return True


def handlers_of(*events: type, but: Collection[str] = ()) -> list[str]:
    """Name the handlers that read any of these events, but for some."""
    wanted = {type_of(cls).name for cls in events}
    return [
        one.name for one in all_handlers() if wanted & set(one.event_names) and one.name not in but
    ]
