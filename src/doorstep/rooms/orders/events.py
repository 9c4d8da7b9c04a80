"""What happens to orders. Keyed by the customer (by the order for guests nobody can tell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("orders.order_placed")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A new order arrived and was checked. Never published for history."""

    order_id: UUID
    customer_id: UUID | None
    number: str
    sales_channel: str
    currency: str
    total_minor: int
    item_count: int
    state: str  # ready, on_hold, or shipped (downloads)
    is_test: bool = False


@event("orders.order_updated")
@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """An order changed; ``changed`` names the fields (``lines`` for the lines)."""

    order_id: UUID
    customer_id: UUID | None
    changed: list[str]
    is_history: bool = False


@event("orders.order_canceled")
@dataclass(frozen=True, slots=True)
class OrderCanceled:
    """An order will not come; what was reserved for it is free again."""

    order_id: UUID
    customer_id: UUID | None
    reason: str
    is_history: bool = False
    is_test: bool = False


@event("orders.order_refunded")
@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """Money went back to the shopper: this time ``amount_minor``, in the order's currency."""

    order_id: UUID
    customer_id: UUID | None
    refund_id: UUID
    currency: str
    amount_minor: int
    is_history: bool = False
    is_test: bool = False


@event("orders.order_put_on_hold")
@dataclass(frozen=True, slots=True)
class OrderPutOnHold:
    """Something keeps an order from going out: the reasons that are new, and all open ones."""

    order_id: UUID
    customer_id: UUID | None
    reasons: list[str]
    all_reasons: list[str]


@event("orders.hold_lifted")
@dataclass(frozen=True, slots=True)
class HoldLifted:
    """Some reasons to wait are gone; others are still open."""

    order_id: UUID
    customer_id: UUID | None
    reasons: list[str]
    still_open: list[str]


@event("orders.order_released")
@dataclass(frozen=True, slots=True)
class OrderReleased:
    """The last hold is gone: the order is ready."""

    order_id: UUID
    customer_id: UUID | None
    reasons: list[str]  # what it had been waiting for last


@event("orders.order_shipped_on_platform")
@dataclass(frozen=True, slots=True)
class OrderShippedOnPlatform:
    """The platform says that everything of the order went out."""

    order_id: UUID
    customer_id: UUID | None
    is_history: bool = False


@event("orders.order_shipped")
@dataclass(frozen=True, slots=True)
class OrderShipped:
    """Everything of the order has left, as its shipments say (the platform may not know yet)."""

    order_id: UUID
    customer_id: UUID | None
    shipped_at: datetime
    is_test: bool = False


@event("orders.orders_still_waiting")
@dataclass(frozen=True, slots=True)
class OrdersStillWaiting:
    """More orders wait for these variants than one batch looks at: go on behind this order."""

    variant_ids: list[UUID]
    placed_at: datetime
    order_id: UUID


@event("orders.note_added")
@dataclass(frozen=True, slots=True)
class NoteAdded:
    """Somebody of the team wrote something beside the order."""

    order_id: UUID
    note_id: UUID  # the text stands in the note: notes can be erased, events can't


@event("orders.orders_imported")
@dataclass(frozen=True, slots=True)
class OrdersImported:
    """A chunk of history was kept. Nobody is told: there is no order id to write to in here."""

    import_id: str
    sales_channel: str
    count: int
