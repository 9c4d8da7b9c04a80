"""Messages a second through one provider, kept by all workers on all machines together.

One instant per connection, in the database: when the next message may go (the generic cell rate
algorithm, ITU-T I.371). Taking n messages moves it on by n intervals, in one short transaction;
nobody sleeps or holds anything while it passes. What people wait for may borrow up to a second
ahead; what sells may not, and so lets it pass.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.models import SenderConnection

BURST = timedelta(seconds=1)  # what was not used of this is kept
BORROWED = timedelta(seconds=1)
_A_MICROSECOND = timedelta(microseconds=1)

_ENSURE = """
    INSERT INTO messaging_senderstate (id, store_id, connection_id, failures, rests, words)
    VALUES (%s, %s, %s, 0, 0, '') ON CONFLICT (connection_id) DO NOTHING
"""
_LOCK = "SELECT free_at FROM messaging_senderstate WHERE connection_id = %s FOR UPDATE"
_MOVE = "UPDATE messaging_senderstate SET free_at = %s WHERE connection_id = %s"
_BACK = "UPDATE messaging_senderstate SET free_at = free_at - make_interval(secs => %s) WHERE connection_id = %s"


def interval(way_out: SenderConnection) -> timedelta:
    """Return how much time one message takes of a connection's limit; none without one."""
    return timedelta(seconds=1) / way_out.per_second if way_out.per_second else timedelta(0)


def take(
    way_out: SenderConnection | None, count: int, *, at: datetime, is_awaited: bool
) -> tuple[int, datetime]:
    """Take the right to send up to ``count`` messages; return how many, and when the next may go.

    :param at: by the caller's clock; the clocks of machines differ by less than :data:`BURST`.
    :param is_awaited: people wait for them: they may borrow.
    """
    if way_out is None or not way_out.per_second or count <= 0:
        return count, at
    each = interval(way_out)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ENSURE, [new_id(), way_out.store_id, way_out.id])
        cursor.execute(_LOCK, [way_out.id])
        free_at: datetime = max(cursor.fetchone()[0] or at - BURST, at - BURST)
        ahead = at + (BORROWED if is_awaited else timedelta(0)) - free_at + _A_MICROSECOND
        granted = min(count, max(0, ahead // each))
        free_at += granted * each
        cursor.execute(_MOVE, [free_at, way_out.id])
    return granted, max(at, free_at)


def give_back(way_out: SenderConnection | None, count: int) -> None:
    """Give back what was taken and not used."""
    if way_out is not None and way_out.per_second and count > 0:
        with connection.cursor() as cursor:
            back = count * interval(way_out) / timedelta(seconds=1)
            cursor.execute(_BACK, [back, way_out.id])
