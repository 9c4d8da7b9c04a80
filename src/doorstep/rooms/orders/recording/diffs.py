"""What a later version of an order changes: header, lines, charges, discounts. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.rooms.orders.contracts import IncomingOrder
from doorstep.rooms.orders.models import Order, OrderCharge, OrderDiscount, OrderLine
from doorstep.rooms.orders.recording.rows import (
    address_json,
    charge_row,
    discount_row,
    line_values,
    order_values,
    where_it_goes,
)

# What an erased person's orders keep as it was erased, whatever the platform still sends.
PERSONAL = (
    "platform_person_id",
    "email",
    "phone",
    "shopper_name",
    "billing_address",
    "note",
    "gift_message",
    "status_url",
    "search_text",
)
PLACE = ("shipping_address", "country_code", "postcode_key", "platform_address")


def header_values(order: Order, incoming: IncomingOrder) -> dict[str, Any]:
    """Return the platform's columns as they should be after this version."""
    values = order_values(incoming)
    address = address_json(incoming.shipping_address)
    # Mended here, and the platform still says what it said before: the mending stands.
    keeps_place = order.erased_at is not None or (
        order.platform_address is not None and order.platform_address == address
    )
    if keeps_place:
        values |= {name: getattr(order, name) for name in PLACE}
    else:
        values |= {**where_it_goes(address), "platform_address": None}
    if order.erased_at is not None:
        values |= {name: getattr(order, name) for name in PERSONAL}
    return values


def without_person(order: Order, incoming: IncomingOrder) -> IncomingOrder:
    """Return a version as an erased person's order may take it: no wishes on the lines."""
    if order.erased_at is None:
        return incoming
    return replace(incoming, lines=tuple(replace(line, properties=()) for line in incoming.lines))


def changed_fields(order: Order, values: Mapping[str, Any]) -> list[str]:
    """List the columns that differ from what is stored, those nobody cares about left out."""
    silent = {"search_text", "number_key", "postcode_key", "platform_address"}
    return sorted(
        name
        for name, value in values.items()
        if getattr(order, name) != value and name not in silent
    )


def as_stored(value: Any) -> Any:
    """Return a value as jsonb gives it back: tuples are lists."""
    return [as_stored(item) for item in value] if isinstance(value, (tuple, list)) else value


@dataclass
class LineDiff:
    """What became of an order's lines."""

    changed: list[tuple[OrderLine, dict[str, Any]]] = field(default_factory=list)
    added: list[tuple[int, Any]] = field(default_factory=list)  # position, IncomingLine
    removed: list[OrderLine] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.removed)


def diff_lines(stored: Iterable[OrderLine], incoming: IncomingOrder) -> LineDiff:
    """Compare an order's lines with a later version, matched by the platform's line id."""
    known = {line.external_id: line for line in stored}
    diff = LineDiff()
    for position, line in enumerate(incoming.lines):
        before = known.pop(line.external_id, None)
        if before is None:
            diff.added.append((position, line))
            continue
        values = {name: as_stored(value) for name, value in line_values(line, position).items()}
        if before.removed_at is not None or any(
            getattr(before, name) != value for name, value in values.items()
        ):
            diff.changed.append((before, values))
    diff.removed = [line for line in known.values() if line.removed_at is None]
    return diff


_NOT_COMPARED = {"id", "store_id", "order_id"}


def differs(
    stored: Sequence[OrderCharge | OrderDiscount], rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Tell whether charges or discounts are other ones than those stored."""
    if len(stored) != len(rows):
        return True
    ordered = sorted(stored, key=lambda one: one.position)
    return any(
        getattr(before, name) != value
        for before, row in zip(ordered, rows, strict=True)
        for name, value in row.items()
        if name not in _NOT_COMPARED
    )


def charge_rows(incoming: IncomingOrder, store_id: UUID, order_id: UUID) -> list[dict[str, Any]]:
    """Return the rows of an order's charges."""
    return [
        charge_row(charge, nth, store_id=store_id, order_id=order_id)
        for nth, charge in enumerate(incoming.charges)
    ]


def discount_rows(incoming: IncomingOrder, store_id: UUID, order_id: UUID) -> list[dict[str, Any]]:
    """Return the rows of an order's discounts."""
    return [
        discount_row(discount, nth, store_id=store_id, order_id=order_id)
        for nth, discount in enumerate(incoming.discounts)
    ]


def end_values(
    order: Order, incoming: IncomingOrder, *, by: str, version_at: datetime
) -> dict[str, Any]:
    """Return the columns about the order's end: canceled, fulfilled, which version it is."""
    canceled = incoming.canceled_at is not None
    return {
        "version_at": version_at,
        "fulfilled_at": incoming.fulfilled_at,
        "canceled_at": incoming.canceled_at,
        "canceled_by": (order.canceled_by or by) if canceled else "",
        "cancel_reason": incoming.cancel_reason if canceled else "",
    }
