"""Frozen values that cross the wall of the inventory room. Quantities are whole pieces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LocationKind(StrEnum):
    """Who keeps the shelves."""

    OWN = "own"
    THREEPL = "threepl"
    MARKETPLACE = "marketplace"


class ReservationState(StrEnum):
    """Where a reservation stands; from active it goes to one of the others, never back."""

    ACTIVE = "active"
    RELEASED = "released"  # back in the pool
    CONSUMED = "consumed"  # shipped: gone from the shelf


class MovementReason(StrEnum):
    """Why the number on a shelf changed."""

    RECEIVED = "received"
    COUNTED = "counted"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNED = "returned"
    SHIPPED = "shipped"
    TRANSFERRED = "transferred"
    IMPORTED = "imported"
    SYNCED = "synced"  # a platform or 3PL told its number
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """Ask for pieces of a variant.

    :param cause: who needs them, once and only once: ``"order_line:<uuid>"``.
    :param variant_id: ``None`` for what is not in the catalog: passes like untracked stock.
    :param quantity: how many the cause needs in all (not: how many more), 0 or above.
    :param sales_channel: whose safety stock and own locations apply.
    :param subject: what the console links to, as ``"order:<uuid>"``.
    """

    cause: str
    variant_id: UUID | None
    quantity: int
    sales_channel: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class LocationShare:
    """Pieces that one location gives."""

    location_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ShippedPieces:
    """Pieces of a cause that have left; ``location_id``: from where, None when nobody knows."""

    cause: str
    quantity: int
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReservationResult:
    """The answer to one request: ``reserved_quantity + missing_quantity == quantity``.

    ``reserved_quantity`` counts what the cause holds now (shipped pieces too). For stock that
    is not counted everything is reserved and ``splits`` is empty.
    """

    cause: str
    variant_id: UUID | None
    reserved_quantity: int
    missing_quantity: int
    splits: tuple[LocationShare, ...] = ()
    is_tracked: bool = True


@dataclass(frozen=True, slots=True)
class StockCount:
    """The number of pieces on one shelf, as counted or told by a platform."""

    variant_id: UUID
    location_id: UUID
    on_hand: int


@dataclass(frozen=True, slots=True)
class LocationInfo:
    """A place with stock; ``sales_channel`` not ``""``: it serves that channel alone."""

    id: UUID
    name: str
    kind: str
    priority: int  # smaller is asked first
    country_code: str
    sales_channel: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class LevelInfo:
    """Stock of one variant at one location."""

    variant_id: UUID
    location_id: UUID
    location_name: str
    on_hand: int
    reserved: int

    @property
    def free(self) -> int:
        """Pieces nobody has reserved."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class StockRow:
    """A variant in the stock list."""

    variant_id: UUID
    sku: str
    product_title: str
    variant_title: str
    image_url: str
    on_hand: int
    reserved: int
    levels: tuple[LevelInfo, ...]

    @property
    def free(self) -> int:
        """Pieces nobody has reserved, at all locations together."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class StockPage:
    """One page of the stock list; ``next_cursor`` is ``""`` on the last."""

    rows: tuple[StockRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ReservationInfo:
    """Pieces held for one cause at one location."""

    id: UUID
    cause: str
    subject: str
    variant_id: UUID
    location_id: UUID
    location_name: str
    quantity: int
    state: str
    reserved_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MovementInfo:
    """One change of the number on a shelf."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    location_name: str
    delta: int
    on_hand_after: int
    reason: str
    note: str
    cause: str
    at: datetime
    by_label: str


@dataclass(frozen=True, slots=True)
class SafetyInfo:
    """Pieces kept back. ``variant_id`` None: of every variant; ``sales_channel`` "": for all."""

    id: UUID
    variant_id: UUID | None
    sales_channel: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong in one line of a file; the header is line 1."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class StockImportResult:
    """What a stock file did: good lines count although others are wrong."""

    lines: int
    changed: int
    unchanged: int
    errors: tuple[LineError, ...]
