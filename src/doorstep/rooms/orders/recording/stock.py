"""Pieces for lines: reserving in sets, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import ReservationRequest, ShippedPieces
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.rules.checks import Details


@dataclass(frozen=True, slots=True)
class NeededLine:
    """Pieces that one line needs; ``quantity`` 0 gives back what it holds."""

    order_id: UUID
    line_id: UUID
    variant_id: UUID | None
    quantity: int
    title: str
    sales_channel: str


def cause_of(line_id: UUID) -> str:
    """Name the line as the cause of a reservation."""
    return f"order_line:{line_id}"


def reserve_lines(lines: Sequence[NeededLine], desk: Desk) -> dict[UUID, Details | None]:
    """Reserve what can be promised, first line first; returns what is missing per order."""
    results = inventory.reserve(
        [
            ReservationRequest(
                cause=cause_of(line.line_id),
                variant_id=line.variant_id,
                quantity=line.quantity,
                sales_channel=line.sales_channel,
                subject=f"order:{line.order_id}",
            )
            for line in lines
        ],
        at=desk.at,
        by=desk.by,
    )
    missing: dict[UUID, list[dict[str, object]]] = defaultdict(list)
    for line, result in zip(lines, results, strict=True):
        short = missing[line.order_id]
        if result.missing_quantity:
            short.append(
                {
                    "line_id": str(line.line_id),
                    "title": line.title,
                    "missing": result.missing_quantity,
                }
            )
    return {order_id: {"lines": short} if short else None for order_id, short in missing.items()}


def ship_pieces(shipped: Iterable[tuple[UUID, int, UUID | None]], desk: Desk) -> None:
    """Take pieces off the shelf that left with a shipment: line, pieces, from where."""
    inventory.consume_pieces(
        [ShippedPieces(cause_of(line), pieces, place) for line, pieces, place in shipped],
        at=desk.at,
        by=desk.by,
    )


def release_lines(line_ids: Iterable[UUID], desk: Desk) -> None:
    """Give back what lines hold: the order will not go out."""
    inventory.release([cause_of(line_id) for line_id in line_ids], at=desk.at, by=desk.by)


def consume_lines(line_ids: Iterable[UUID], desk: Desk) -> None:
    """Take what lines hold off the shelf: the platform says that it went out."""
    inventory.consume([cause_of(line_id) for line_id in line_ids], at=desk.at, by=desk.by)
