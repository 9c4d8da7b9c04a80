"""Frozen values that cross the wall of the fulfillment room.

Lengths are whole millimeters, weights whole grams, quantities whole pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ShipmentState(StrEnum):
    """Where one sending stands. The allowed changes stand in ``rules/states.py``."""

    TO_PACK = "to_pack"
    ON_HOLD = "on_hold"  # its order waits again: do not pack
    PACKED = "packed"  # closed, labeled, waiting for the carrier
    SHIPPED = "shipped"  # handed over
    CANCELED = "canceled"


class ShipmentSource(StrEnum):
    """Who packs it."""

    OWN = "own"  # packed here, step by step
    PLATFORM = "platform"  # the platform or a partner says that it went out


class HandlingClass(StrEnum):
    """What needs care when it is packed and carried."""

    FRAGILE = "fragile"
    PERISHABLE = "perishable"
    OVERSIZE = "oversize"
    LIVE_ANIMALS = "live_animals"
    HAZARDOUS = "hazardous"
    HIGH_VALUE = "high_value"


class ExtraKind(StrEnum):
    """What goes into a parcel without having been ordered."""

    SAMPLE = "sample"
    BONUS = "bonus"


@dataclass(frozen=True, slots=True)
class Size:
    """Length, width and height in millimeters, in any order."""

    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class BoxInfo:
    """A box, bag or tube that parcels are packed in; ``size`` is its inside."""

    id: UUID
    name: str
    size: Size
    max_weight_grams: int
    tare_grams: int
    is_premium: bool  # custom packaging, for premium orders
    is_active: bool


@dataclass(frozen=True, slots=True)
class PackingInstruction:
    """What to do with what is packed, in words for the person at the table.

    :param cause: what asks for it: a handling class, or the name of a rule.
    """

    cause: str
    container: str = ""
    infill: str = ""
    cold_packs: int = 0
    is_insured: bool = False
    carrier_note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PackedThing:
    """Pieces of one thing in a shipment or parcel.

    :param order_line_id: None for what was not ordered (``extra`` says what it is).
    """

    order_line_id: UUID | None
    variant_id: UUID | None
    title: str
    variant_title: str
    options: tuple[tuple[str, str], ...]
    properties: tuple[tuple[str, str], ...]
    sku: str
    quantity: int
    image_url: str
    weight_grams: int | None = None
    barcode: str = ""
    extra: str = ""  # an ExtraKind
    handling_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One package of a shipment.

    :param position: 1, 2 …: "parcel 2 of 3" within its shipment.
    :param carrier: our code of the carrier ("dhl", "ups", "other"); "" when not known.
    :param tracking_number: as the carrier writes it, "" when there is none (yet).
    :param tracking_url: the carrier's own page, "" when unknown.
    """

    id: UUID
    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    position: int
    box_name: str
    weight_grams: int | None
    carrier: str
    carrier_name: str
    service_level: str
    tracking_number: str
    tracking_url: str
    has_label: bool
    shipped_at: datetime | None
    things: tuple[PackedThing, ...]


@dataclass(frozen=True, slots=True)
class OrderParcels:
    """What of an order is packed or sent.

    :param gone: pieces per order line, also of those that nobody knows the parcel of.
    """

    parcels: tuple[ParcelView, ...]
    gone: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class PlannedParcel:
    """What the plan puts into one box: a proposal, the packer decides.

    :param box: None when nothing fits: the packer takes what there is.
    """

    box: BoxInfo | None
    things: tuple[PackedThing, ...]
    weight_grams: int | None  # None: a weight in it is not known
    instructions: tuple[PackingInstruction, ...] = ()


@dataclass(frozen=True, slots=True)
class PackingPlan:
    """How a shipment is best packed, and what else belongs to it."""

    parcels: tuple[PlannedParcel, ...]
    instructions: tuple[PackingInstruction, ...]  # for the whole shipment
    note_prompt: str = ""  # what to write by hand, "" for nothing
    extras: tuple[PackedThing, ...] = ()  # samples and bonus items, reserved
    is_premium: bool = False
    is_gift: bool = False
    gift_message: str = ""
    gift_wrap: bool = False
    hides_prices: bool = False  # a gift receipt goes in, no invoice
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipmentSummary:
    """A shipment as a list shows it."""

    id: UUID
    number: str  # "#1042-1": the order's number and which sending of it
    order_id: UUID
    order_number: str
    customer_id: UUID | None
    recipient_name: str
    country_code: str
    state: str
    source: str
    location_id: UUID | None
    location_name: str
    shipping_method: str
    ship_by_date: date | None
    is_late: bool  # the ship-by day is over and it has not left
    is_at_risk: bool  # it must leave today (or the next working day) and is not packed
    piece_count: int
    parcel_count: int
    handling_classes: tuple[str, ...]
    is_gift: bool
    created_at: datetime
    packed_at: datetime | None
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShipmentDetail:
    """One shipment with its lines and parcels."""

    summary: ShipmentSummary
    things: tuple[PackedThing, ...]
    parcels: tuple[ParcelView, ...]
    hold_words: str
    order_changed_at: datetime | None  # the order was changed after this was packed
    picked_at: datetime | None
    picked_by: str
    packed_by: str
    canceled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """What a list of shipments is narrowed to; empty means everything.

    :param due: "late", "at_risk" or "".
    :param search: order number, shipment number, tracking number, SKU or name (prefixes).
    """

    state: str = ""
    due: str = ""
    location_id: UUID | None = None
    order_id: UUID | None = None
    handling_class: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentPage:
    """Some shipments, the most urgent first, and where the next ones begin ("" at the end)."""

    items: tuple[ShipmentSummary, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentCounts:
    """How many shipments stand where, for tabs and the board."""

    to_pack: int
    on_hold: int
    packed: int
    late: int
    at_risk: int
    shipped_today: int


@dataclass(frozen=True, slots=True)
class PickRow:
    """Pieces to fetch from the shelves, summed over the shipments of a pick list."""

    variant_id: UUID | None
    sku: str
    title: str
    variant_title: str
    quantity: int
    shipments: tuple[str, ...]  # shipment numbers that need it
    handling_classes: tuple[str, ...]
    image_url: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class ParcelContents:
    """Which pieces go into one parcel, as packed.

    :param contents: order line id → pieces; extras of the plan by their variant id.
    """

    contents: Mapping[UUID, int]
    extras: Mapping[UUID, int] = field(default_factory=dict)
    box_id: UUID | None = None
    weight_grams: int | None = None
    carrier: str = ""
    service_level: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class IncomingParcel:
    """A package as a platform or partner reports it."""

    tracking_number: str = ""
    carrier_name: str = ""  # the platform's words: "DHL Express", "Deutsche Post"
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class IncomingShipment:
    """A sending that a platform or partner reports as gone, changed or called off.

    ``version_at`` is the source's last-modified instant: older news changes nothing.

    :param lines: (the order line's external id, pieces); empty: everything not yet shipped.
    """

    external_id: str
    order_external_id: str
    version_at: datetime
    shipped_at: datetime
    lines: tuple[tuple[str, int], ...] = ()
    parcels: tuple[IncomingParcel, ...] = ()
    service_level: str = ""
    is_canceled: bool = False


@dataclass(frozen=True, slots=True)
class ShipmentOutcome:
    """The answer to one incoming shipment; ``order_id`` None: its order is not known yet."""

    external_id: str
    order_external_id: str
    order_id: UUID | None
    shipment_id: UUID | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ServiceLevelInfo:
    """One of a carrier's services, with its usual time on the way in working days."""

    id: UUID
    code: str
    name: str
    transit_days_min: int
    transit_days_max: int
    shipping_methods: tuple[str, ...]  # what shops call it: chooses it for an order


@dataclass(frozen=True, slots=True)
class CarrierInfo:
    """A carrier that the store ships with.

    :param code: ours, as in ``rules/carriers.py`` ("dhl"), or the store's own ("bike-courier").
    :param provider: who makes labels: ``manual`` (bought elsewhere) or a provider of ``ports``.
    :param tracking_url: template with ``{number}``, "" when there is no such page.
    """

    id: UUID
    code: str
    name: str
    provider: str
    tracking_url: str
    is_default: bool
    is_active: bool
    service_levels: tuple[ServiceLevelInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceLevelInput:
    """A service level as somebody enters it; see ``ServiceLevelInfo``."""

    code: str
    name: str = ""
    transit_days_min: int = 1
    transit_days_max: int = 3
    shipping_methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingOutcome:
    """Whether a shipment of a list left, and if not, why (in words)."""

    shipment_id: UUID
    number: str
    is_shipped: bool
    problem: str


@dataclass(frozen=True, slots=True)
class FulfillmentSettings:
    """How a store watches over its promise to ship.

    :param cut_off_hour: hour of the store's day by which a shipment should be packed the working
        day before it must leave; later it is at risk.
    :param catch_up_days: working days after a missed day in which the shipment leaves instead.
    :param tells_late: write to the shopper when the day was missed.
    """

    cut_off_hour: int = 14
    catch_up_days: int = 2
    tells_late: bool = True
