"""An order that arrives for the first time: its row, its state, and whether anybody is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.ids import new_id
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.orders.contracts import IncomingOrder, OrderState
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.people import LineKey, line_key
from doorstep.rooms.orders.recording.refunds import distinct
from doorstep.rooms.orders.recording.rows import address_json, order_values, where_it_goes
from doorstep.rooms.orders.rules.estimates import NO_ESTIMATE, Days, estimate, made_to_order

Things = Mapping[LineKey, UUID | None]


def is_too_old(order: IncomingOrder, desk: Desk) -> bool:
    """Tell whether a live order is history already: connecting a store writes to nobody."""
    return desk.at - order.placed_at > timedelta(days=desk.settings.live_days)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An incoming order nobody has seen yet, with the customer it was given to."""

    order: IncomingOrder
    customer_id: UUID
    is_history: bool

    @property
    def ships(self) -> bool:
        """Tell whether something of it goes to an address."""
        return any(line.requires_shipping for line in self.order.lines)

    @property
    def is_checked(self) -> bool:
        """Tell whether it is open: neither history nor over before we saw it."""
        order = self.order
        return not self.is_history and order.canceled_at is None and order.fulfilled_at is None

    @property
    def is_announced(self) -> bool:
        """Tell whether its shopper is told.

        What is over already is not: somebody else has told. Downloads are sent the moment they
        are paid, so being fulfilled says nothing there.
        """
        over = self.order.fulfilled_at is not None and self.ships
        return not self.is_history and self.order.canceled_at is None and not over


def production_days(
    order: IncomingOrder, things: Things, variants: Mapping[UUID, VariantInfo]
) -> Days | None:
    """Return how long the made-to-order lines take, None when nothing is made."""
    known: list[Days | None] = []
    for line in order.lines:
        thing = things.get(line_key(line))
        variant = variants.get(thing) if thing else None
        if variant and variant.production_days_min is not None:
            most = variant.production_days_max or variant.production_days_min
            known.append((variant.production_days_min, most))
    return made_to_order(known)


def arrival_row(
    arrival: Arrival,
    desk: Desk,
    *,
    made: Days | None = None,
    state: str = "",
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the row of a new order.

    :param state: what the check found, for orders that are checked.
    """
    order = arrival.order
    dates = NO_ESTIMATE
    if arrival.is_checked:
        dates = estimate(order.placed_at, desk.calendar, production=made, ships=arrival.ships)
    elif not arrival.is_history:
        state = OrderState.CANCELED if order.canceled_at else OrderState.SHIPPED
    return {
        "id": new_id(),
        "store_id": desk.store.id,
        "sales_channel": desk.sales_channel,
        "connection_id": desk.connection_id,
        "external_id": order.external_id,
        "import_id": desk.import_id,
        "customer_id": arrival.customer_id,
        **order_values(order),
        **where_it_goes(address_json(order.shipping_address)),
        "platform_address": None,
        "warnings": [*order.warnings, *warnings],
        "refunded_minor": sum(
            r.amount_minor for r in distinct(order.refunds) if r.currency == order.currency
        ),
        "state": str(OrderState.HISTORY if arrival.is_history else state),
        "is_history": arrival.is_history,
        "placed_at": order.placed_at,
        "version_at": order.version_at,
        "recorded_at": desk.at,
        "recorded_by": desk.by.key,
        "erased_at": None,
        "fulfilled_at": order.fulfilled_at,
        "canceled_at": order.canceled_at,
        "canceled_by": desk.by.key if order.canceled_at else "",
        "cancel_reason": order.cancel_reason if order.canceled_at else "",
        "ship_by_date": dates.ship_by_date,
        "delivery_from_date": dates.delivery_from_date,
        "delivery_to_date": dates.delivery_to_date,
        "production_days_min": dates.production_days_min,
        "production_days_max": dates.production_days_max,
    }
