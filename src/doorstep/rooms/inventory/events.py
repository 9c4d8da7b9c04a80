"""What happens to stock."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event
from doorstep.kernel.tenancy import current_store_id


def stock_key() -> str:
    """Return what a store's stock events are ordered by: all of them among themselves."""
    return f"stock:{current_store_id()}"


@event("inventory.stock_increased")
@dataclass(frozen=True, slots=True)
class StockIncreased:
    """More of these variants can be promised than before (received, released, safety lowered).

    Orders on hold for stock are checked again.
    """

    variant_ids: list[UUID]


@event("inventory.reservations_lost")
@dataclass(frozen=True, slots=True)
class ReservationsLost:
    """A count found less than was reserved: the newest reservations lost their pieces.

    ``causes`` hold less than they did; reserving for them again tells what is missing now.
    """

    causes: list[str]
    subjects: list[str]  # of the causes, in the same order: "order:<uuid>"
    variant_ids: list[UUID]
