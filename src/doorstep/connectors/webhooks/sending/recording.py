"""Record what became of deliveries: one transaction and a handful of statements for a set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from doorstep.connectors.webhooks.models import (
    DELIVERED,
    FAILED,
    FAILING,
    GONE,
    PARKED,
    PENDING,
)
from doorstep.connectors.webhooks.schedule import is_given_up, next_try
from doorstep.connectors.webhooks.sending.request import Outcome
from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.passing import is_passing

log = structlog.get_logger(__name__)

RECORD_AGAIN_AFTER = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; far less than a lease

_SETTLE = """
    UPDATE connectors_webhooks_delivery AS d
    SET status = o.status, next_attempt_at = o.due, finished_at = o.finished,
        failures = d.failures + o.failed, last_status_code = o.code, last_error = o.error,
        claimed_by = ''
    FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                %s::int[], %s::int[], %s::text[])
         AS o(id, attempt, status, due, finished, failed, code, error)
    WHERE d.id = o.id AND d.status = 'sending'
      AND d.attempts = o.attempt  -- the fence: only the claim that still holds the delivery
    RETURNING d.id
"""
_KEEP = """
    INSERT INTO connectors_webhooks_attempt
        (id, store_id, delivery_id, endpoint_id, number, at, signature, status_code, error,
         duration_ms, response_body)
    SELECT t.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[],
                           %s::timestamptz[], %s::text[], %s::int[], %s::text[], %s::int[],
                           %s::text[]) AS t
    ON CONFLICT (delivery_id, number) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class _State:
    failing_since: datetime | None
    is_active: bool


def record(outcomes: Sequence[Outcome]) -> None:
    """Record outcomes, again and again while the database is away for a moment.

    What is not recorded is sent once more when its lease ends.
    """
    for pause in RECORD_AGAIN_AFTER:
        try:
            record_outcomes(outcomes)
            return
        except (OperationalError, InterfaceError) as error:
            if not is_passing(error):
                raise
            log.warning("webhooks_recording_again", error=type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
    record_outcomes(outcomes)


def record_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Write tries, settle their deliveries, and disable the endpoints that are to be given up."""
    if not outcomes:
        return
    with transaction.atomic():
        states = _lock_endpoints({o.claimed.endpoint_id for o in outcomes})
        given_up = _note_health(outcomes, states)
        inactive = {one for one, state in states.items() if not state.is_active} | set(given_up)
        held = _settle(outcomes, inactive)
        _keep_attempts([o for o in outcomes if o.claimed.id in held])
        for endpoint_id, (reason, at) in given_up.items():
            log.warning("webhook_endpoint_disabled", endpoint=str(endpoint_id), reason=reason)
            disable(endpoint_id, reason, at=at)


def _lock_endpoints(endpoint_ids: set[UUID]) -> dict[UUID, _State]:
    """Lock in one order for all, so that two recorders never wait for each other in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, failing_since, is_active FROM connectors_webhooks_endpoint
            WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            """,
            [list(endpoint_ids)],
        )
        return {row[0]: _State(*row[1:]) for row in cursor.fetchall()}


def _note_health(
    outcomes: Sequence[Outcome], states: dict[UUID, _State]
) -> dict[UUID, tuple[str, datetime]]:
    """Keep since when each endpoint fails; return those to disable, with why and when."""
    well = {o.claimed.endpoint_id for o in outcomes if not o.error}
    ill: dict[UUID, datetime] = {}
    given_up: dict[UUID, tuple[str, datetime]] = {}
    for o in outcomes:
        endpoint_id = o.claimed.endpoint_id
        state = states.get(endpoint_id)
        if state is None or not state.is_active or not o.error:
            continue
        if o.is_gone:
            given_up[endpoint_id] = (GONE, o.at)
        elif endpoint_id not in well:
            ill[endpoint_id] = min(o.at, ill.get(endpoint_id, o.at))
            if is_given_up(state.failing_since, o.at):
                given_up.setdefault(endpoint_id, (FAILING, o.at))
    _set_failing(well, ill, states)
    return given_up


def _set_failing(well: set[UUID], ill: dict[UUID, datetime], states: dict[UUID, _State]) -> None:
    changed = [(one, None) for one in well if states[one].failing_since is not None] + [
        (one, at) for one, at in ill.items() if states[one].failing_since is None
    ]
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE connectors_webhooks_endpoint AS e SET failing_since = t.since
            FROM unnest(%s::uuid[], %s::timestamptz[]) AS t(id, since) WHERE e.id = t.id
            """,
            as_columns(changed, 2),
        )


def _settle(outcomes: Sequence[Outcome], inactive: set[UUID]) -> set[UUID]:
    """Move each delivery on; returns the ids of those that this claim still held."""
    rows = []
    for o in outcomes:
        status, due = _verdict(o, is_active=o.claimed.endpoint_id not in inactive)
        finished = o.at if status in (DELIVERED, FAILED) else None
        rows.append(
            (
                *(o.claimed.id, o.claimed.attempt, status, due, finished),
                *(int(bool(o.error)), o.status_code, o.error),
            )
        )
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, as_columns(rows, 8))
        return {row[0] for row in cursor.fetchall()}


def _verdict(o: Outcome, *, is_active: bool) -> tuple[str, datetime | None]:
    if not o.error:
        return DELIVERED, None
    if o.is_hopeless:
        return FAILED, None
    if not is_active:
        return PARKED, None
    due = next_try(o.claimed.failures + 1, o.at, asked_wait=o.asked_wait)
    return (FAILED, None) if due is None else (PENDING, due)


def _keep_attempts(outcomes: Sequence[Outcome]) -> None:
    rows = [
        (
            *(new_id(), o.claimed.store_id, o.claimed.id, o.claimed.endpoint_id),
            *(o.claimed.attempt, o.sent_at, o.signature, o.status_code, o.error),
            *(o.duration_ms, o.response_body),
        )
        for o in outcomes
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, as_columns(rows, 11))


def disable(endpoint_id: UUID, reason: str, *, at: datetime) -> None:
    """Stop sending to an endpoint; what waits is parked until it is enabled again.

    Needs a transaction. What is just being sent parks itself when it fails.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE connectors_webhooks_endpoint
            SET is_active = false, disabled_at = %s, disabled_reason = %s
            WHERE id = %s AND is_active
            """,
            [at, reason, endpoint_id],
        )
        cursor.execute(
            """
            UPDATE connectors_webhooks_delivery SET status = 'parked', next_attempt_at = NULL
            WHERE endpoint_id = %s AND status = 'pending'
            """,
            [endpoint_id],
        )
