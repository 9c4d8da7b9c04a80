"""Orders after a campaign: noted for those who got it and for those held out alike."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.campaigns.editing import ORDER_DAYS
from doorstep.rooms.orders.events import OrderPlaced

_NOTE = """
    UPDATE journeys_campaignrecipient AS r
    SET ordered_at = v.at, order_minor = v.minor, order_currency = v.currency
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::text[])
        AS v(customer_id, at, minor, currency)
    WHERE r.store_id = %s AND r.customer_id = v.customer_id AND r.ordered_at IS NULL
      AND r.at <= v.at AND r.at > v.at - make_interval(days => %s)
"""


@handles(OrderPlaced, name="journeys.campaign_results")
def note_orders(events: Sequence[Recorded]) -> None:
    """Note the first order of a campaign's people within its days."""
    rows = [
        [e.event.customer_id, e.at, e.event.total_minor, e.event.currency]
        for e in events
        if e.event.customer_id is not None and not e.event.is_test
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [*as_columns(rows, 4), current_store_id(), ORDER_DAYS])
