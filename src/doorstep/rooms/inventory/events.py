"""What happens to stock. Keyed by the store: all of its stock events stay in order."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


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
