"""Shipments, parcels and carriers as the API takes and shows them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Line, Short
from doorstep.rooms.fulfillment.contracts import (
    HandlingClass,
    ParcelContents,
    ServiceLevelInput,
    ShipmentFilter,
    ShipmentState,
    ShipmentSummary,
    ShippingOutcome,
)


class ShipmentQuery(Schema):
    """What a list of shipments is narrowed to."""

    state: ShipmentState | None = None
    due: Literal["late", "at_risk"] | None = None
    location_id: UUID | None = None
    order_id: UUID | None = None
    handling_class: HandlingClass | None = None
    search: Short = Field(
        default="", description="Order, shipment or tracking number, SKU or name, as a beginning."
    )
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)

    def filters(self) -> ShipmentFilter:
        """Return them in the fulfillment room's shape."""
        return ShipmentFilter(
            state=self.state or "",
            due=self.due or "",
            location_id=self.location_id,
            order_id=self.order_id,
            handling_class=self.handling_class or "",
            search=self.search,
        )


class ShipmentsPage(Schema):
    """Some shipments: what is here by its ship-by day, else newest first."""

    items: list[ShipmentSummary]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class LinePieces(Strict):
    """Pieces of one order line."""

    line_id: UUID
    quantity: int = Field(strict=True, ge=1, le=1_000_000)


class ExtraPieces(Strict):
    """Pieces of something that was planned for the shipment without having been ordered."""

    variant_id: UUID
    quantity: int = Field(strict=True, ge=1, le=1_000)


class ParcelIn(Strict):
    """What was put into one parcel."""

    lines: list[LinePieces] = Field(min_length=1, max_length=500)
    extras: list[ExtraPieces] = Field(default=[], max_length=50)
    box_id: UUID | None = None
    weight_grams: int | None = Field(default=None, strict=True, ge=1, le=1_000_000)
    carrier: Line = Field(default="", description="Code of a carrier; empty: by the number.")
    service_level: Line = ""
    tracking_number: Line = ""

    def contents(self) -> ParcelContents:
        """Return it in the fulfillment room's shape; the same line twice is summed up."""
        lines: dict[UUID, int] = {}
        for one in self.lines:
            lines[one.line_id] = lines.get(one.line_id, 0) + one.quantity
        return ParcelContents(
            contents=lines,
            extras={one.variant_id: one.quantity for one in self.extras},
            box_id=self.box_id,
            weight_grams=self.weight_grams,
            carrier=self.carrier,
            service_level=self.service_level,
            tracking_number=self.tracking_number,
        )


class PackingIn(Strict):
    """How a shipment was packed."""

    parcels: list[ParcelIn] = Field(min_length=1, max_length=100)
    leave_rest: bool = Field(
        default=False, description="What is in no parcel stays as a shipment of its own."
    )


class SplitIn(Strict):
    """What goes later."""

    later: list[LinePieces] = Field(min_length=1, max_length=500)


class ReopeningIn(Strict):
    """Why a packed shipment is opened again."""

    reason: Short = ""


class ManifestIn(Strict):
    """What the carrier took."""

    shipment_ids: list[UUID] = Field(min_length=1, max_length=500)


class ManifestOut(Schema):
    """What became of each shipment."""

    results: list[ShippingOutcome]
    shipped: int
    refused: int


class TrackingNumberIn(Strict):
    """A parcel's tracking number; empty takes it away."""

    tracking_number: Line
    carrier: Line = Field(default="", description="Code of a carrier; empty: by the number.")


class ServiceLevelIn(Strict):
    """One of a carrier's services; times in working days."""

    code: Line = Field(min_length=1)
    name: Line = ""
    transit_days_min: int = Field(default=1, strict=True, ge=0, le=365)
    transit_days_max: int = Field(default=3, strict=True, ge=0, le=365)
    shipping_methods: list[Line] = Field(default=[], max_length=50)


class CarrierIn(Strict):
    """A carrier of the store."""

    name: Line = Field(default="", description="Empty for a carrier everybody knows.")
    provider: Line = "manual"
    tracking_url: Short = Field(default="", description="With {number} where the number goes.")
    is_default: bool = False
    is_active: bool = True
    service_levels: list[ServiceLevelIn] = Field(default=[], max_length=50)

    def levels(self) -> list[ServiceLevelInput]:
        """Return the levels in the fulfillment room's shape."""
        return [
            ServiceLevelInput(
                one.code,
                one.name,
                one.transit_days_min,
                one.transit_days_max,
                tuple(one.shipping_methods),
            )
            for one in self.service_levels
        ]
