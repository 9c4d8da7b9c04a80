"""Take due messages in one statement, without two senders taking the same one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from doorstep.kernel.worker import this_worker
from doorstep.rooms.messaging.models import Message

# A crash repeats at most what its claims held, so a claim is small; the lease is long enough for a
# slow provider, and a sender stops well before it runs out.
CLAIM_SIZE = 50
LEASE = timedelta(seconds=300)
STOP_SENDING_AFTER = 0.6  # of the lease

_CLAIM = """
    WITH due AS (
        SELECT id, status AS was
        FROM messaging_message
        WHERE due_at <= %(at)s AND status IN ('queued', 'deferred', 'sending')
        ORDER BY due_at
        LIMIT %(size)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message AS m
    SET status = 'sending', due_at = %(lease_until)s, attempts = attempts + 1, claimed_by = %(by)s,
        -- still "sending" and due again: whoever held the lease never came back
        lost_leases = lost_leases + CASE due.was WHEN 'sending' THEN 1 ELSE 0 END
    FROM due
    WHERE m.id = due.id
    RETURNING m.*
"""


# A live worker gives a sign of life every two seconds.
DEAD_AFTER = timedelta(seconds=15)

_RELEASE = """
    UPDATE messaging_message SET due_at = %(at)s
    WHERE status = 'sending' AND due_at > %(at)s AND claimed_by <> ALL (ARRAY(
        SELECT worker_id FROM kernel_worker_heartbeat WHERE at > %(alive_since)s
    ))
"""


def release_claims_of_the_dead(*, at: datetime) -> int:
    """Make due at once what workers hold that give no sign of life; returns how many.

    The lease would do the same some minutes later. A worker that was only held up loses its
    claim: it may then have sent what another sends again, under the same Message-ID.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"at": at, "alive_since": at - DEAD_AFTER})
        return cursor.rowcount


def claim_due(*, at: datetime, size: int = CLAIM_SIZE) -> list[Message]:
    """Take up to ``size`` due messages of all stores for one lease, oldest first.

    Runs in its own transaction: the claim is visible before anything is sent.
    """
    values = {"at": at, "size": size, "lease_until": at + LEASE, "by": this_worker()}
    rows = Message.all_stores.raw(_CLAIM, values)
    return sorted(rows, key=lambda message: (message.created_at, message.id))
