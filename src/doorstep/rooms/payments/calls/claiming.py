"""Take one due call, without two workers taking the same one."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorstep.rooms.payments.models import Call

# A call makes three requests of 20 seconds at most.
LEASE = timedelta(seconds=120)

_CLAIM = """
    WITH due AS (
        SELECT id FROM payments_call WHERE state = 'due' AND due_at <= %(at)s
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE payments_call AS c
    SET due_at = %(lease_until)s, attempts = attempts + 1,
        first_asked_at = coalesce(first_asked_at, %(at)s)
    FROM due WHERE c.id = due.id
    RETURNING c.*
"""


def claim(*, at: datetime) -> Call | None:
    """Take the call that is due longest, of whatever store; committed before anything is asked."""
    found = Call.all_stores.raw(_CLAIM, {"at": at, "lease_until": at + LEASE})
    return next(iter(found), None)
