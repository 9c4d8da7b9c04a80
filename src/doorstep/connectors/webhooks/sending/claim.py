"""Take due deliveries of all stores in one statement, a few of each endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.secrets import UnreadableSecret, decrypt_json
from doorstep.kernel.worker import this_worker
from doorstep.rooms.stores import api as stores

# A try takes at most 15 seconds; the rest is for a database that is away when it is recorded.
LEASE = timedelta(seconds=120)
PER_ENDPOINT = 4
DEAD_AFTER = timedelta(seconds=15)  # a live worker gives a sign of life every two seconds
_CLAIM_LOCK = 0x0D00_0017  # advisory lock number of the claim

# An endpoint that fails gets one at a time: what hangs must not hold the places of others.
_CLAIM = """
    WITH due AS (
        SELECT d.id, d.status AS was
        FROM connectors_webhooks_endpoint e
        CROSS JOIN LATERAL (
            SELECT count(*) AS busy FROM connectors_webhooks_delivery
            WHERE endpoint_id = e.id AND status = 'sending' AND next_attempt_at > %(at)s
        ) AS held
        CROSS JOIN LATERAL (
            SELECT id, status, next_attempt_at FROM connectors_webhooks_delivery
            WHERE endpoint_id = e.id AND status IN ('pending', 'sending')
              AND next_attempt_at <= %(at)s
            ORDER BY next_attempt_at
            LIMIT greatest(
                0, CASE WHEN e.failing_since IS NULL THEN %(each)s ELSE 1 END - held.busy)
            FOR UPDATE SKIP LOCKED
        ) AS d
        WHERE e.is_active
        ORDER BY d.next_attempt_at
        LIMIT %(size)s
    )
    UPDATE connectors_webhooks_delivery AS d
    SET status = 'sending', next_attempt_at = %(lease_until)s, attempts = attempts + 1,
        claimed_by = %(by)s,
        -- still "sending" and due again: whoever held the lease never came back
        lost_leases = lost_leases + CASE due.was WHEN 'sending' THEN 1 ELSE 0 END
    FROM due
    WHERE d.id = due.id
    RETURNING d.id, d.store_id, d.endpoint_id, d.webhook_id, d.body, d.attempts, d.failures,
              d.lost_leases
"""

_RELEASE = """
    UPDATE connectors_webhooks_delivery SET next_attempt_at = %(at)s
    WHERE status = 'sending' AND next_attempt_at > %(at)s AND claimed_by <> ALL (ARRAY(
        SELECT worker_id FROM kernel_worker_heartbeat WHERE at > %(alive_since)s
    ))
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an endpoint's deliveries go.

    :param secrets: the newest first; empty when they can't be decrypted, ``trouble`` says why.
    """

    url: str
    secrets: tuple[str, ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send, until its lease ends.

    :param attempt: the number of the try; only the newest claim's outcome counts.
    """

    id: UUID
    store_id: UUID
    endpoint_id: UUID
    webhook_id: str
    body: str
    attempt: int
    failures: int
    lost_leases: int
    target: Target
    is_demo: bool


def claim_due(*, at: datetime, size: int) -> list[Claimed]:
    """Take up to ``size`` due deliveries for one lease, at most four at once of an endpoint."""
    if size <= 0:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        # One claim at a time, in all workers: only so is what each endpoint has in hand known.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        cursor.execute(
            _CLAIM,
            {
                "at": at,
                "each": PER_ENDPOINT,
                "size": size,
                "lease_until": at + LEASE,
                "by": this_worker(),
            },
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    targets = _targets({row[2] for row in rows}, at)
    demos = {store.id for store in stores.list_stores() if store.is_demo}
    claimed = []
    for delivery_id, store_id, endpoint_id, *rest in rows:
        webhook_id, body, attempt, failures, lost_leases = rest
        target = targets[endpoint_id]
        claimed.append(
            Claimed(
                id=delivery_id,
                store_id=store_id,
                endpoint_id=endpoint_id,
                webhook_id=webhook_id,
                body=body,
                attempt=attempt,
                failures=failures,
                lost_leases=lost_leases,
                target=target,
                is_demo=store_id in demos,
            )
        )
    return claimed


def _targets(endpoint_ids: set[UUID], at: datetime) -> dict[UUID, Target]:
    """Read addresses and secrets; one that can't be decrypted is no trouble of the others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, url, secrets, previous_until FROM connectors_webhooks_endpoint"
            " WHERE id = ANY(%s)",
            [list(endpoint_ids)],
        )
        rows = cursor.fetchall()
    found = {}
    for endpoint_id, url, sealed, previous_until in rows:
        try:
            kept = decrypt_json(sealed)
        except UnreadableSecret as error:
            found[endpoint_id] = Target(url, (), str(error))
            continue
        signing = [kept["current"]]
        if previous_until is not None and previous_until > at and kept.get("previous"):
            signing.append(kept["previous"])
        found[endpoint_id] = Target(url, tuple(signing), "")
    return found


def release_claims_of_the_dead(*, at: datetime) -> int:
    """Make due at once what workers hold that give no sign of life; returns how many.

    The lease would do the same two minutes later. A worker that was only held up loses its claim:
    then the same is sent twice, under the same webhook-id.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"at": at, "alive_since": at - DEAD_AFTER})
        return cursor.rowcount
