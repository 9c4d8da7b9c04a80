"""Stop selling to customers while something is open, and start again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging.contracts import PauseRequest
from doorstep.rooms.messaging.events import PauseLifted, PausePut

_PUT = """
    INSERT INTO messaging_pause AS p
        (id, store_id, customer_id, cause, reason, subject_ref, about, since, until,
         put_by, lifted_by)
    SELECT r.id, %(store)s, r.customer_id, r.cause, r.reason, r.subject_ref, r.about, %(at)s,
           r.until, %(by)s, ''
    FROM unnest(%(ids)s::uuid[], %(customers)s::uuid[], %(causes)s::text[], %(reasons)s::text[],
                %(subjects)s::text[], %(abouts)s::text[], %(untils)s::timestamptz[])
         AS r(id, customer_id, cause, reason, subject_ref, about, until)
    ORDER BY r.cause  -- everybody takes causes in one order: no deadlock
    ON CONFLICT (store_id, cause) WHERE lifted_at IS NULL DO UPDATE
    SET customer_id = excluded.customer_id, reason = excluded.reason,
        subject_ref = excluded.subject_ref, about = excluded.about, until = excluded.until,
        -- one that had ended by itself begins anew
        since = CASE WHEN p.until <= %(at)s THEN excluded.since ELSE p.since END
    WHERE (p.customer_id, p.reason, p.subject_ref, p.about, p.until)
          IS DISTINCT FROM (excluded.customer_id, excluded.reason, excluded.subject_ref,
                            excluded.about, excluded.until)
    RETURNING p.id, p.customer_id, p.cause, p.reason, p.until, p.subject_ref, p.xmax <> 0
"""

# Locked in one order before they are changed, so that two liftings of one set do not meet head on.
_LIFT = """
    WITH found AS (
        SELECT id FROM messaging_pause
        WHERE store_id = %(store)s AND cause = ANY(%(causes)s::text[]) AND lifted_at IS NULL
        ORDER BY cause FOR UPDATE
    )
    UPDATE messaging_pause AS p SET lifted_at = %(at)s, lifted_by = %(by)s
    FROM found WHERE p.id = found.id
    RETURNING p.id, p.customer_id, p.cause, p.reason, p.subject_ref
"""

_DUE = """
    UPDATE messaging_message AS m SET due_at = %(at)s
    WHERE m.store_id = %(store)s AND m.customer_id = ANY(%(customers)s::uuid[])
      AND m.status = 'deferred' AND m.purpose = 'marketing' AND m.due_at > %(at)s
"""


def put_pauses(requests: Sequence[PauseRequest], *, by: Actor, at: datetime) -> int:
    """Stop selling messages to customers; return how many pauses are new or other than before.

    A cause whose pause was not lifted keeps that one: it takes over the new reason and end, and
    the same request again changes nothing. A pause whose end has passed already is not put, nor
    one for a customer this store does not know. Joins the caller's transaction; the number of
    queries does not depend on the number of requests.
    """
    wanted = {one.cause: one for one in requests if one.until > at}
    if not wanted:
        return 0
    people = customers.get_customers({one.customer_id for one in wanted.values()})
    rows = [
        (new_id(), people[one.customer_id].id, one.cause, one.reason.value, one.subject,
         one.about, one.until)
        for one in wanted.values()
        if one.customer_id in people
    ]  # fmt: skip
    names = ("ids", "customers", "causes", "reasons", "subjects", "abouts", "untils")
    values = dict(zip(names, as_columns(rows, len(names)), strict=True))
    with transaction.atomic():
        put = _run(_PUT, {**values, "by": by.key}, at=at)
        # What was deferred until the former end of a changed pause is decided on again.
        _make_due({row[1] for row in put if row[-1]}, at=at)
        publish_many([_put_draft(row, by, at) for row in put])
    return len(put)


def lift_pauses(causes: Iterable[str], *, by: Actor, at: datetime) -> int:
    """Lift the pauses of some causes and return how many were in place.

    What was deferred for them becomes due now and is decided on once more: another pause, or the
    time the requester asked for, holds it back again. Causes without a pause are passed over.
    Joins the caller's transaction; the number of queries does not depend on the number of causes.
    """
    wanted = sorted(set(causes))
    if not wanted:
        return 0
    with transaction.atomic():
        lifted = _run(_LIFT, {"causes": as_array(wanted), "by": by.key}, at=at)
        # After the pauses: see sending.outcomes for the sender's side of this order.
        _make_due({row[1] for row in lifted}, at=at)
        publish_many([_lift_draft(row, by, at) for row in lifted])
    return len(lifted)


def _make_due(customer_ids: Collection[UUID], *, at: datetime) -> None:
    """Have the gate asked again about the selling messages deferred for these customers."""
    if customer_ids:
        with connection.cursor() as cursor:
            cursor.execute(_DUE, _values(at) | {"customers": as_array(customer_ids)})


def _run(statement: str, values: dict[str, Any], *, at: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | _values(at))
        return cursor.fetchall()


def _values(at: datetime) -> dict[str, Any]:
    return {"store": current_store_id(), "at": at}


def _put_draft(row: tuple[Any, ...], by: Actor, at: datetime) -> EventDraft:
    pause_id, customer_id, cause, reason, until, subject, _ = row
    event = PausePut(pause_id, customer_id, cause, reason, until)
    return EventDraft(event, customer_id, at, by, subject or f"customer:{customer_id}")


def _lift_draft(row: tuple[Any, ...], by: Actor, at: datetime) -> EventDraft:
    pause_id, customer_id, cause, reason, subject = row
    event = PauseLifted(pause_id, customer_id, cause, reason)
    return EventDraft(event, customer_id, at, by, subject or f"customer:{customer_id}")
