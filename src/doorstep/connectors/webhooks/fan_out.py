"""Turn what happened into what is to be sent, a whole batch in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from doorstep.connectors.webhooks.catalog import PublicFact
from doorstep.connectors.webhooks.models import Endpoint
from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id

_INSERT = """
    INSERT INTO connectors_webhooks_delivery
        (id, store_id, endpoint_id, webhook_id, event_type, position, subject, body, status,
         attempts, failures, lost_leases, next_attempt_at, claimed_by, last_error, created_at)
    SELECT id, %(store)s, endpoint_id, webhook_id, event_type, position, subject, body, 'pending',
           0, 0, 0, coalesce(%(due)s, created_at), '', '', created_at
    FROM unnest(%(ids)s::uuid[], %(endpoints)s::uuid[], %(webhooks)s::text[], %(types)s::text[],
                %(positions)s::bigint[], %(subjects)s::text[], %(bodies)s::text[],
                %(times)s::timestamptz[])
         AS t(id, endpoint_id, webhook_id, event_type, position, subject, body, created_at)
    ON CONFLICT (endpoint_id, webhook_id) DO
"""
_ONCE = _INSERT + " NOTHING"
_AGAIN = (
    _INSERT
    + """
    UPDATE SET status = 'pending', next_attempt_at = excluded.next_attempt_at, failures = 0,
               lost_leases = 0, finished_at = NULL
    WHERE connectors_webhooks_delivery.status NOT IN ('pending', 'sending')
    """
)


def active_endpoints() -> list[Endpoint]:
    """Return the store's endpoints that hear what happens now."""
    return list(Endpoint.objects.filter(is_active=True).defer("secrets"))


def wants(endpoint: Endpoint, type_name: str) -> bool:
    """Tell whether an endpoint asked for a type; without a choice it gets all."""
    return not endpoint.event_types or type_name in endpoint.event_types


def write(
    pairs: Sequence[tuple[PublicFact, Endpoint]],
    *,
    again: bool = False,
    due_at: datetime | None = None,
) -> int:
    """Write deliveries in one statement; return how many are new or due again.

    :param again: make those that are there already, and finished, due once more.
    :param due_at: by default the moment of the happening, which is past.
    """
    if not pairs:
        return 0
    rows = [
        (new_id(), one.id, f.webhook_id, f.type, f.position, f.subject, f.body, f.at)
        for f, one in pairs
    ]
    names = ("ids", "endpoints", "webhooks", "types", "positions", "subjects", "bodies", "times")
    with connection.cursor() as cursor:
        cursor.execute(
            _AGAIN if again else _ONCE,
            {
                "store": current_store_id(),
                "due": due_at,
                **dict(zip(names, as_columns(rows, len(names)), strict=True)),
            },
        )
        return cursor.rowcount
