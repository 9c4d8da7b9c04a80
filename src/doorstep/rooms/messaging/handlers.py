"""What this room does when customers are merged, separated or erased."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.messaging.actions.erase_messages import erase_messages
from doorstep.rooms.messaging.sending.twins import drop_twins

_TABLES = {
    "message": "messaging_message",
    "consent": "messaging_consent",
    "pause": "messaging_pause",
    "chat": "messaging_chatcontact",
    "device": "messaging_pushsubscription",
    "sign_up": "messaging_signup",
}
_MOVE = """
    WITH moved AS (
        UPDATE {table} SET customer_id = %(survivor)s
        WHERE store_id = %(store)s AND customer_id = %(absorbed)s
        RETURNING id
    )
    INSERT INTO messaging_customermove (store_id, merge_id, kind, row_id)
    SELECT %(store)s, %(merge)s, %(kind)s, id FROM moved
"""
_MOVE_BACK = """
    WITH moved AS (
        DELETE FROM messaging_customermove
        WHERE store_id = %(store)s AND merge_id = %(merge)s AND kind = %(kind)s
        RETURNING row_id
    )
    UPDATE {table} SET customer_id = %(restored)s
    FROM moved
    WHERE {table}.id = moved.row_id AND {table}.store_id = %(store)s
"""


@handles(CustomersMerged, CustomersUnmerged, CustomerErased, name="messaging.follow_customers")
def follow_customers(batch: Sequence[Recorded]) -> None:
    """Move messages, consents and pauses along with their customer, and erase with them."""
    for recorded in batch:  # merging and erasing are single acts of people, seldom many at once
        event = recorded.event
        if isinstance(event, CustomerErased):
            erase_messages(event.customer_ids, at=recorded.at)
            continue
        for kind, table in _TABLES.items():
            statement = _MOVE if isinstance(event, CustomersMerged) else _MOVE_BACK
            values = {"store": recorded.store_id, "merge": event.merge_id, "kind": kind}
            if isinstance(event, CustomersMerged):
                values |= {"survivor": event.survivor_id, "absorbed": event.absorbed_id}
            else:
                values |= {"restored": event.restored_id}
            with connection.cursor() as cursor:
                cursor.execute(statement.format(table=table), values)
        if isinstance(event, CustomersMerged):
            drop_twins(event.survivor_id, at=recorded.at)
