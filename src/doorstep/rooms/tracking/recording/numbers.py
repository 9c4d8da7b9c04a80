"""Which tracker a number belongs to, also when carriers use it again."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.tracking.recording.fast import fetch

# So many advisory locks at most per transaction: the server's lock table is not large.
_BUCKETS = 256


class Known(NamedTuple):
    """A number that is known: one generation of it, and whose it is."""

    id: UUID
    tracker_id: UUID
    carrier: str
    number: str
    generation: int
    counts_from: datetime | None
    has_parcel: bool
    zone: str  # of its tracker


def find_numbers(numbers: Collection[str]) -> dict[str, list[Known]]:
    """Return what is known of numbers, the earliest generation first (one query)."""
    rows = fetch(
        "SELECT n.id, n.tracker_id, n.carrier, n.number, n.generation, n.counts_from, "
        "t.parcel_id IS NOT NULL, t.zone FROM tracking_trackingnumber n "
        "JOIN tracking_tracker t ON t.id = n.tracker_id "
        "WHERE n.store_id = %(store)s AND n.number = ANY(%(numbers)s::text[])",
        {"store": current_store_id(), "numbers": as_array(numbers)},
    )
    found: dict[str, list[Known]] = defaultdict(list)
    for row in rows:
        found[row[3]].append(Known(*row))
    for known in found.values():
        known.sort(key=_beginning)
    return dict(found)


def _beginning(one: Known) -> tuple[float, int, str]:
    begins = one.counts_from.timestamp() if one.counts_from else 0.0
    return begins, one.generation, one.carrier


def of_carrier(known: Sequence[Known], carrier: str) -> Sequence[Known]:
    """Return those of one carrier.

    Where none is: all of them. Sources spell one carrier in many ways, and a number of twelve
    digits seldom belongs to two carriers of one store.
    """
    return [one for one in known if one.carrier == carrier] or known


def at_instant(known: Sequence[Known], at: datetime) -> Known:
    """Return the generation that a step of this instant belongs to: the last that had begun."""
    begun = [one for one in known if one.counts_from is None or one.counts_from <= at]
    return begun[-1] if begun else known[0]


def lock_numbers(numbers: Iterable[str]) -> None:
    """Let nobody else give these numbers a tracker until this transaction ends.

    A number that nobody knows has no row to lock; an advisory lock stands for it, several
    numbers sharing one. Taken in one order, and before any row's lock.
    """
    store_key = zlib.crc32(b"tracking" + current_store_id().bytes) - 2**31
    buckets = sorted({zlib.crc32(number.encode()) % _BUCKETS for number in numbers})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) "
            "WITH ORDINALITY AS b(bucket, nth) ORDER BY nth",
            [store_key, buckets],
        )
