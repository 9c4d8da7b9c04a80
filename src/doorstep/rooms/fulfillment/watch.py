"""The ship-by watch: what is at risk of leaving late, and what does.

Each shipment carries the instant at which it has to be looked at next, so the sweep over all
stores reads an index of what is due and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.events import ShipByAtRisk, ShipByMissed
from doorstep.rooms.fulfillment.models import FulfillmentRules, Shipment
from doorstep.rooms.fulfillment.rules.watching import at_risk_from, missed_from, new_ship_by
from doorstep.rooms.orders import api as orders

BATCH = 500
_BY = Actor.system("fulfillment.watch")


def look_at_promises(at: datetime) -> int:
    """Look at one set of shipments that are due, of any store; returns how many.

    Several workers take different ones. A shipment is told of once for each of the two.
    """
    with transaction.atomic():
        due = list(
            Shipment.all_stores.select_for_update(no_key=True, skip_locked=True)
            .filter(watch_at__lte=at)
            .order_by("watch_at", "id")[:BATCH]
        )
        by_store: dict[Any, list[Shipment]] = defaultdict(list)
        for one in due:
            by_store[one.store_id].append(one)
        for store_id, shipments in by_store.items():
            with store_scope(store_id):
                _look(shipments, at)
    return len(due)


def _look(shipments: Sequence[Shipment], at: datetime) -> None:
    """Settle what is due in one store: a handful of statements."""
    rules = FulfillmentRules.objects.first() or FulfillmentRules()
    calendar = orders.get_calendar()
    people = orders.get_customers_of({one.order_id for one in shipments})
    drafts = []
    for one in shipments:
        promised = one.ship_by_date
        assert promised is not None  # nothing is watched without a promise
        over = missed_from(promised, calendar)
        owner = people.get(one.order_id)
        key, subject = owner or one.order_id, f"order:{one.order_id}"
        fact: ShipByAtRisk | ShipByMissed
        if at >= over:
            one.missed_at, one.watch_at = at, None
            one.new_ship_by_date = new_ship_by(at, calendar, catch_up_days=rules.catch_up_days)
            fact = ShipByMissed(
                one.id, one.order_id, owner, one.number, promised, one.new_ship_by_date
            )
        else:
            begins = at_risk_from(
                promised, one.created_at, calendar, cut_off_hour=rules.cut_off_hour
            )
            # Planned under another cut-off hour, or on hold in between: not yet.
            is_early = at < begins and one.at_risk_at is None
            one.watch_at = begins if is_early else over
            if is_early or one.state == ShipmentState.PACKED or one.at_risk_at is not None:
                continue
            one.at_risk_at = at
            fact = ShipByAtRisk(one.id, one.order_id, owner, one.number, promised)
        drafts.append(EventDraft(fact, key, at, _BY, subject))
    Shipment.objects.bulk_update(
        shipments, ["missed_at", "at_risk_at", "new_ship_by_date", "watch_at"]
    )
    publish_many(drafts)
