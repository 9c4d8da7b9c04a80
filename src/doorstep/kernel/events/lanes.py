"""Handling events: lanes are claimed in sets, effects commit together with the position.

A worker that reads takes the row locks of the lanes it reads (those nobody else holds), so one
lane of one handler is never read twice at once. The handler's rows and the new positions commit
as one; a process that dies in between leaves both undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog
from django.db import connection, transaction

from doorstep.kernel.clock import now
from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.events import parking
from doorstep.kernel.events.reading import read_lanes
from doorstep.kernel.events.registry import Handler, Recorded, all_handlers
from doorstep.kernel.events.sequencer import LANES, head_position, sequence
from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope

log = structlog.get_logger(__name__)

BATCH = 500
FAR = 4_000  # positions; see handlers_behind


def ensure_cursors() -> None:
    """Create the positions of handlers that were never run here."""
    head = head_position()
    with connection.cursor() as cursor:
        for handler in all_handlers():
            cursor.execute(
                """
                INSERT INTO kernel_lane_cursor (handler, lane, position)
                SELECT %s, lane, %s FROM generate_series(0, %s) AS lane
                ON CONFLICT (handler, lane) DO NOTHING
                """,
                [handler.name, head if handler.start == "now" else 0, LANES - 1],
            )


def rewind(handler: str, position: int = 0) -> None:
    """Let a handler read the log again from after ``position`` (0: from its beginning)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_lane_cursor SET position = %s WHERE handler = %s", [position, handler]
        )


def run_handler(handler: Handler, *, lanes: int = LANES // 2, batch: int = BATCH) -> int:
    """Let a handler take its next events; returns how many it took (or had parked).

    :param lanes: how many lanes to claim at most; half of them leaves the other half to a
        second worker.
    """
    with transaction.atomic():
        cursors = _claim(handler.name, lanes)
        if not cursors:
            return 0
        commit_without_waiting()  # effects and position are undone together, and done again
        events, reached = _read(handler, cursors, batch)
        if events:
            _handle(handler, events, at=now())
        # Also without events: lanes that stand still would be claimed first for ever.
        _advance(handler.name, cursors, reached)
        return len(events)


def _claim(handler: str, lanes: int) -> dict[int, int]:
    """Lock some unlocked lanes, those furthest behind first; lane → position."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT lane, position FROM kernel_lane_cursor
            WHERE handler = %s ORDER BY position, lane LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [handler, lanes],
        )
        return dict(cursor.fetchall())


def _read(handler: Handler, cursors: dict[int, int], batch: int) -> tuple[list[Recorded], int]:
    """Read the next events and the position up to which these lanes are then done."""
    # The head is taken first: what is logged later is not claimed to have been read.
    head = head_position()
    events = read_lanes(cursors, handler.event_names, batch)
    full = len(events) == batch
    return events, events[-1].position if full else max(head, *(e.position for e in events), 0)


def _advance(handler: str, cursors: dict[int, int], position: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kernel_lane_cursor SET position = greatest(position, %s)
            WHERE handler = %s AND lane = ANY(%s)
            """,
            [position, handler, list(cursors)],
        )


def _handle(handler: Handler, events: Sequence[Recorded], *, at: datetime) -> None:
    """Give the events to the handler, store by store, parking what it cannot take."""
    parked = parking.keys_parked(handler.name, (e.key for e in events))
    behind = [e for e in events if e.key in parked]
    if behind:
        parking.park_behind(handler.name, behind, at=at)
    free = sorted(
        (e for e in events if e.key not in parked), key=lambda e: (e.store_id, e.position)
    )
    for store_id, of_store in groupby(free, key=lambda e: e.store_id):
        with store_scope(store_id):
            _handle_set(handler, list(of_store), at=at)


def _handle_set(handler: Handler, events: list[Recorded], *, at: datetime) -> None:
    """Try the whole set; when it fails, halve it until the culprit stands alone, and park that."""
    try:
        with transaction.atomic():
            handler.function(events)
        return
    except Exception as error:
        if is_passing(error):
            raise  # a lost connection or a deadlock is nobody's fault: the whole batch comes again
        if len(events) == 1:
            log.exception("event_parked", handler=handler.name, position=events[0].position)
            parking.park(handler.name, events[0], f"{type(error).__name__}: {error}", at=at)
            return
    for half in _halves(events):
        # A culprit in the first half blocks its key's events in the second.
        parked = parking.keys_parked(handler.name, (e.key for e in half))
        behind = [e for e in half if e.key in parked]
        if behind:
            parking.park_behind(handler.name, behind, at=at)
        rest = [e for e in half if e.key not in parked]
        if rest:
            _handle_set(handler, rest, at=at)


def _halves(events: list[Recorded]) -> tuple[list[Recorded], list[Recorded]]:
    middle = len(events) // 2
    return events[:middle], events[middle:]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the log's end: who stands where, and which events came last.

    :param low: by handler, the position of its lane that is furthest behind; only of those behind.
    :param newest: by name of event, the position of the newest; of the last ``FAR`` positions.
    """

    low: dict[str, int]
    newest: dict[str, int]
    head: int

    def concerns(self, handler: Handler) -> bool:
        """Tell whether there is something for a handler behind its position, as far as is known."""
        low = self.low[handler.name]
        return low < self.head - FAR or any(
            self.newest.get(name, 0) > low for name in handler.event_names
        )


def _look() -> _Look:
    """Look at the log's end; two queries, one when idle."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT handler, min(position), (SELECT max(position) FROM kernel_event) AS head
            FROM kernel_lane_cursor GROUP BY handler
            """
        )
        low = {
            name: position for name, position, head in cursor.fetchall() if position < (head or 0)
        }
        if not low:
            return _Look({}, {}, 0)
        cursor.execute(
            """
            SELECT name, max(position), (SELECT max(position) FROM kernel_event)
            FROM kernel_event
            WHERE position > greatest(%s, (SELECT max(position) FROM kernel_event) - %s)
            GROUP BY name
            """,
            [min(low.values()), FAR],
        )
        rows = cursor.fetchall()
    newest = {name: position for name, position, _ in rows}
    return _Look(low, newest, max((head for *_, head in rows), default=0))


def handlers_behind() -> list[Handler]:
    """List the handlers for which there is something in the log that they have not read.

    Most events concern few handlers. One whose kinds of events do not occur behind its position is
    left where it is; ``run_once`` moves it on before it is ``FAR`` behind, so that nobody who looks
    at the log has to look further back than that.
    """
    return _behind(_look())


def _behind(look: _Look) -> list[Handler]:
    return [one for one in all_handlers() if one.name in look.low and look.concerns(one)]


def _pass_over(look: _Look) -> None:
    """Move handlers past events that do not concern them, all in one statement.

    Nothing is missed: positions are given in the order of their commits, so that nothing can come
    to stand before the head that was seen.
    """
    idle = [
        one.name
        for one in all_handlers()
        if one.name in look.low
        and look.low[one.name] < look.head - FAR // 2
        and not look.concerns(one)
    ]
    if not idle:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        commit_without_waiting()
        cursor.execute(
            """
            UPDATE kernel_lane_cursor SET position = %(head)s WHERE id = ANY (ARRAY(
                SELECT id FROM kernel_lane_cursor
                WHERE handler = ANY(%(idle)s) AND position < %(head)s
                FOR UPDATE SKIP LOCKED))
            """,
            {"head": look.head, "idle": idle},
        )


def run_once() -> int:
    """Sequence what was committed and let every handler take a batch; returns the work done.

    A handler that fails as a whole stops no other; its error is raised when all had their turn.
    """
    done, failure = sequence(), None
    look = _look()
    _pass_over(look)
    for handler in _behind(look):
        try:
            done += run_handler(handler)
        except Exception as error:
            log.warning("handler_failed", handler=handler.name, error=type(error).__name__)
            failure = failure or error
    if failure is not None:
        raise failure
    return done


def run_until_idle(limit: int = 1000) -> int:
    """Run until nothing is left to handle (tests, seeding, imports); returns the work done.

    :raises RuntimeError: handlers keep publishing for ever.
    """
    total = 0
    for _ in range(limit):
        done = run_once()
        if not done and not handlers_behind():
            return total
        total += done
    raise RuntimeError(f"events were still coming after {limit} rounds")
