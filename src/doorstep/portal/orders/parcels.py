"""Bring together what is packed, what its carrier says, and what was ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from doorstep.rooms.fulfillment.contracts import PackedThing, ParcelView
from doorstep.rooms.orders.contracts import OrderState, ShopperOrder
from doorstep.rooms.tracking.contracts import ParcelCondition, ParcelProgress

PACKED = "packed"  # closed, but still here
UNTRACKED = "untracked"  # gone, without a number that anybody follows

# What matters to the shopper first: what needs somebody, then what comes soonest, then the past.
_MATTERS = (
    ParcelCondition.PICKUP,
    ParcelCondition.CUSTOMS,
    ParcelCondition.ATTEMPTED,
    ParcelCondition.LOST,
    ParcelCondition.NOT_FOUND,
    ParcelCondition.EXCEPTION,
    ParcelCondition.RETURNED,
    ParcelCondition.RETURNING,
    ParcelCondition.STALLED,
    ParcelCondition.LATE,
    ParcelCondition.OUT_FOR_DELIVERY,
    ParcelCondition.ON_ITS_WAY,
    ParcelCondition.NO_SCAN_YET,
    UNTRACKED,
    PACKED,
    ParcelCondition.DELIVERED,
)
_RANK = {str(condition): rank for rank, condition in enumerate(_MATTERS)}
TROUBLE = frozenset(str(condition) for condition in _MATTERS[:10])


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of one thing that was ordered."""

    title: str
    quantity: int
    image_url: str = ""
    note: str = ""  # variant or options, in one line


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package: its place among the order's, what is inside, where it is.

    :param condition: a ``ParcelCondition``, :data:`PACKED` or :data:`UNTRACKED`.
    :param progress: None where nobody follows it.
    """

    number: int
    count: int
    pieces: tuple[Piece, ...]
    condition: str
    carrier: str  # the carrier's name, "" when unknown
    tracking_number: str
    tracking_url: str
    shipped_at: datetime | None
    progress: ParcelProgress | None

    @property
    def rank(self) -> int:
        """How much it matters now: 0 first."""
        return _RANK.get(self.condition, _RANK[ParcelCondition.EXCEPTION])

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.condition != ParcelCondition.DELIVERED

    @property
    def piece_count(self) -> int:
        """How many pieces are inside."""
        return sum(piece.quantity for piece in self.pieces)


def gather_parcels(
    order: ShopperOrder, views: Sequence[ParcelView], progress: Sequence[ParcelProgress]
) -> tuple[Parcel, ...]:
    """Return the order's parcels, numbered as they left.

    Samples and gifts of the store are left out: they are a surprise. A number that no shipment
    knows of is a parcel with unknown contents.
    """
    followed = {one.parcel_id: one for one in progress if one.parcel_id is not None}
    listed = sorted(views, key=lambda view: (_left(view.shipped_at), view.position, view.id))
    pictures = {line.id: line.image_url for line in order.lines}
    parcels = [_packed_parcel(view, followed.pop(view.id, None), pictures) for view in listed]
    strays = [one for one in progress if one.parcel_id is None or one.parcel_id in followed]
    parcels += [
        _stray(one)
        for one in sorted(strays, key=lambda one: (_left(one.shipped_at), one.tracker_id))
    ]
    return tuple(
        replace(parcel, number=number, count=len(parcels))
        for number, parcel in enumerate(parcels, start=1)
    )


def waiting_pieces(order: ShopperOrder, sent: Mapping[UUID, int]) -> tuple[Piece, ...]:
    """Return what is in no parcel yet and was not paid back; nothing once all went out.

    :param sent: pieces per order line that are packed or gone.
    """
    if order.state not in {OrderState.READY, OrderState.ON_HOLD}:
        return ()
    gone = Counter(sent)
    for refund in order.refunds:
        for line in refund.lines:
            gone[line.line_id] += line.quantity
    return tuple(
        Piece(
            line.title,
            line.quantity - gone[line.id],
            line.image_url,
            _one_line(line.options) or line.variant_title,
        )
        for line in order.lines
        if line.requires_shipping and not line.is_removed and line.quantity > gone[line.id]
    )


def shippable_count(order: ShopperOrder) -> int:
    """Return how many pieces of the order are to be shipped in all."""
    return sum(
        line.quantity for line in order.lines if line.requires_shipping and not line.is_removed
    )


def _packed_parcel(
    view: ParcelView, progress: ParcelProgress | None, pictures: dict[UUID, str]
) -> Parcel:
    if view.shipped_at is None and (progress is None or progress.first_scan_at is None):
        condition = PACKED
    elif progress is None:
        condition = UNTRACKED
    else:
        condition = progress.condition
    return Parcel(
        number=0,
        count=0,
        pieces=tuple(_piece(thing, pictures) for thing in view.things if not thing.extra),
        condition=condition,
        carrier=(progress.carrier_name if progress else "") or view.carrier_name,
        tracking_number=(progress.tracking_number if progress else "") or view.tracking_number,
        tracking_url=(progress.tracking_url if progress else "") or view.tracking_url,
        shipped_at=view.shipped_at or (progress.shipped_at if progress else None),
        progress=progress,
    )


def _stray(progress: ParcelProgress) -> Parcel:
    return Parcel(
        number=0,
        count=0,
        pieces=(),
        condition=progress.condition,
        carrier=progress.carrier_name,
        tracking_number=progress.tracking_number,
        tracking_url=progress.tracking_url,
        shipped_at=progress.shipped_at,
        progress=progress,
    )


def _piece(thing: PackedThing, pictures: dict[UUID, str]) -> Piece:
    known = pictures.get(thing.order_line_id, "") if thing.order_line_id else ""
    return Piece(
        thing.title,
        thing.quantity,
        thing.image_url or known,
        _one_line(thing.options) or thing.variant_title,
    )


def _one_line(options: Sequence[tuple[str, str]]) -> str:
    return " · ".join(value for _name, value in options)


_LAST = datetime.max.replace(tzinfo=UTC)


def _left(at: datetime | None) -> datetime:
    """Sort what has not left behind what has."""
    return at or _LAST
