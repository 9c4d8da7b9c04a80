"""Waking open pages: which subjects have changed, told to the processes that hold their streams.

Every event tells its subject's topic, whatever the subject is: the kernel knows no shop words, and
a page for anything that has events can be live. Only the sequencer tells, in the transaction that
gives the events their place, so news never comes before what it is about can be read, publishing
costs nothing more, and the lock that PostgreSQL takes to notify is never waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from doorstep.kernel.live_tickets import CHANNEL, topic_of, write_ticket

_TOPICS_AT_ONCE = 600  # of 13 bytes each: a notification carries less than 8,000


def tell(topics: Sequence[str]) -> None:
    """Notify whoever listens that these topics have changed, once this transaction commits."""
    if not topics:
        return
    parts = [
        " ".join(topics[start : start + _TOPICS_AT_ONCE])
        for start in range(0, len(topics), _TOPICS_AT_ONCE)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, part) FROM unnest(%s::text[]) part", [CHANNEL, parts])


def make_ticket(store_id: UUID, subject: str, *, at: datetime) -> str:
    """Return the ticket with which a page follows one subject (``order:<uuid>``) of a store."""
    return write_ticket(topic_of(store_id, subject), secret=settings.SECRET_KEY, at=at)
