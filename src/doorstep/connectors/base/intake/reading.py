"""From stored bytes to outcomes: pure apart from the clock it is handed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from doorstep.connectors.base.contracts import (
    BodyParser,
    CustomerReceived,
    NormalizeContext,
    OrderReceived,
    OrderWithdrawn,
    Outcome,
    ProductReceived,
    RefundReceived,
    Rejected,
    Rejection,
    ShipmentReceived,
    TrackingReceived,
)
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.base.registry import get_connector
from doorstep.kernel.errors import DomainError
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking import api as tracking

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """One delivery and what its connector made of it."""

    delivery: Delivery
    outcomes: tuple[Outcome, ...]
    is_broken: bool = False  # the connector itself failed: our fault, not the payload's

    def kind(self) -> type[Outcome]:
        """Return what this is news of: customers and products have transactions of their own."""
        for outcome in self.outcomes:
            if isinstance(outcome, (CustomerReceived, ProductReceived)):
                return type(outcome)
        return OrderReceived

    def order_ids(self) -> list[str]:
        """Return the platform's ids of the orders this delivery speaks of."""
        ids = []
        for outcome in self.outcomes:
            match outcome:
                case OrderReceived(order):
                    ids.append(order.external_id)
                case ShipmentReceived(shipment):
                    ids.append(shipment.order_external_id)
                case RefundReceived(refund):
                    ids.append(refund.order_external_id)
                case OrderWithdrawn(order_external_id):
                    ids.append(order_external_id)
                case _:
                    pass
        return ids


@dataclass(frozen=True, slots=True)
class ShopDefaults:
    """What a store fills in where a connection leaves it open."""

    store_id: UUID
    currency: str
    timezone: str


def read_delivery(connection: Connection, shop: ShopDefaults, delivery: Delivery) -> Read:
    """Parse and normalize one delivery; never raises."""
    try:
        connector, body = get_connector(connection.kind), bytes(delivery.body)
        payload = connector.parse(body) if isinstance(connector, BodyParser) else parse_json(body)
        context = _context(connection, shop, delivery)
        outcomes = connector.normalize(payload, delivery.topic, context)
        return Read(delivery, tuple(_check(outcome) for outcome in outcomes))
    except Rejection as error:
        rejected = Rejected(error.code, error.detail, error.field, error.retriable)
        return Read(delivery, (rejected,))
    except Exception as error:
        # A payload nobody foresaw. It stays stored, is shown, and can be retried once mended.
        log.exception("connector_failed", delivery=str(delivery.id), kind=connection.kind)
        words = f"{type(error).__name__}: {error}"[:500].replace("\x00", "")
        rejected = Rejected("connector_failed", words)
        return Read(delivery, (rejected,), is_broken=True)


def _check(outcome: Outcome) -> Outcome:
    """Ask the room whether it could keep this, before a whole set stands or falls with it."""
    try:
        if isinstance(outcome, OrderReceived):
            orders.check_incoming(outcome.order)
        elif isinstance(outcome, TrackingReceived):
            for report in outcome.reports:
                tracking.check_report(report)
    except DomainError as error:
        return Rejected(error.code, error.message, error.field or "")
    return outcome


def _context(connection: Connection, shop: ShopDefaults, delivery: Delivery) -> NormalizeContext:
    try:
        zone = ZoneInfo(connection.timezone or shop.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    received_at: datetime = delivery.received_at
    return NormalizeContext(
        zone=zone,
        currency=connection.currency or shop.currency,
        received_at=delivery.triggered_at or received_at,
        triggered_at=delivery.triggered_at,
    )
