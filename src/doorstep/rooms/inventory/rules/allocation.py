"""Who gets which pieces from where: decided without a database, in the order of the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class Shelf:
    """What one location can still give of one variant while the requests are served."""

    level_id: UUID
    location_id: UUID
    variant_id: UUID
    priority: int
    sales_channel: str  # "": serves every channel
    free: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """Pieces still to be found for one request."""

    variant_id: UUID
    quantity: int
    sales_channel: str


@dataclass(frozen=True, slots=True)
class Share:
    """Pieces from one shelf."""

    level_id: UUID
    location_id: UUID
    quantity: int


@dataclass(frozen=True)
class SafetyRules:
    """Pieces kept back, by variant (None: all) and sales channel ("": all)."""

    rows: Mapping[tuple[UUID | None, str], int]

    def kept_back(self, variant_id: UUID, sales_channel: str) -> int:
        """Return what may not be promised; the most specific rule counts, even when it is 0."""
        for key in (
            (variant_id, sales_channel),
            (variant_id, ""),
            (None, sales_channel),
            (None, ""),
        ):
            if key in self.rows:
                return self.rows[key]
        return 0


def promisable(shelves: Sequence[Shelf], kept_back: int, sales_channel: str) -> int:
    """Return how many pieces of one variant a channel can be promised.

    Safety stock is taken from what the channel's locations have together.
    """
    free = sum(shelf.free for shelf in shelves if _serves(shelf, sales_channel))
    return max(0, free - kept_back)


def allocate(
    needs: Sequence[Need], shelves: Sequence[Shelf], safety: SafetyRules
) -> list[list[Share]]:
    """Return the shares of each need, in order; ``shelves`` keep what is left.

    One location that has everything goes before several (one parcel instead of two), then the
    smaller priority goes first. A need that can't be met in full gets what there is.
    """
    of_variant: dict[UUID, list[Shelf]] = {}
    for shelf in sorted(shelves, key=lambda one: (one.priority, one.level_id)):
        of_variant.setdefault(shelf.variant_id, []).append(shelf)
    return [_serve(need, of_variant.get(need.variant_id, []), safety) for need in needs]


def _serve(need: Need, shelves: list[Shelf], safety: SafetyRules) -> list[Share]:
    kept_back = safety.kept_back(need.variant_id, need.sales_channel)
    wanted = min(need.quantity, promisable(shelves, kept_back, need.sales_channel))
    serving = [one for one in shelves if one.free > 0 and _serves(one, need.sales_channel)]
    whole = next((one for one in serving if one.free >= wanted), None)
    shares = []
    for shelf in [whole] if whole is not None else serving:
        taken = min(wanted, shelf.free)
        if taken <= 0:
            break
        shelf.free -= taken
        wanted -= taken
        shares.append(Share(shelf.level_id, shelf.location_id, taken))
    return shares


def _serves(shelf: Shelf, sales_channel: str) -> bool:
    return shelf.is_active and shelf.sales_channel in {"", sales_channel}
