"""Parcels and what carriers say of them, as the API takes and lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from doorstep.api.bodies import printable
from doorstep.api.problems import FieldProblem, found
from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import (
    Country,
    Day,
    Identifier,
    Line,
    Moment,
    Short,
    WebAddress,
    time_as_text,
)
from doorstep.rooms.tracking.contracts import (
    ParcelProgress,
    PickupPoint,
    ReportedCheckpoint,
    Substatus,
    TrackerFilter,
    TrackingReport,
    TrackingStatus,
)

CarrierCode = Annotated[str, Field(max_length=60, pattern=r"^([a-z0-9][a-z0-9_-]*)?$")]
Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["warehouse"])]
# Local times are welcome here: many carriers know no others.
Told = Annotated[datetime, BeforeValidator(time_as_text)]
MAX_REPORTS = 500


class Bulk(BaseModel):
    """Like ``Strict``, but not read as a Django object: a third of the time of a request of 500."""

    model_config = ConfigDict(extra="forbid")


class CheckpointIn(Bulk):
    """One step of a parcel."""

    occurred_at: Told | None = Field(
        default=None,
        description="RFC 3339. Without an offset it is local to where it happened.",
        examples=["2026-11-20T09:30:00+01:00"],
    )
    status: TrackingStatus | None = Field(
        default=None, description="Null for a code you do not understand: it is kept."
    )
    substatus: Substatus = Substatus.NONE
    code: Line = Field(default="", description="The carrier's own code.")
    description: Short = ""
    city: Line = ""
    region: Line = ""
    postal_code: Annotated[str, Field(max_length=20)] = ""
    country_code: Country = ""
    external_id: Line = ""
    is_date_only: StrictBool = False
    is_correction: StrictBool = Field(
        default=False, description="The carrier says that an earlier delivery was wrong."
    )

    def told(self) -> ReportedCheckpoint:
        """Return the step in the tracking room's shape."""
        return ReportedCheckpoint(
            occurred_at=self.occurred_at,
            status=self.status,
            substatus=self.substatus,
            code=self.code,
            description=self.description,
            city=self.city,
            region=self.region,
            postal_code=self.postal_code,
            country_code=self.country_code,
            external_id=self.external_id,
            is_date_only=self.is_date_only,
            is_correction=self.is_correction,
            raw=self.model_dump(mode="json", exclude_unset=True),
        )


class LinkedNumber(Bulk):
    """The number of the same parcel with another carrier, or of its master parcel."""

    carrier: CarrierCode = ""
    tracking_number: Identifier


class PickupIn(Bulk):
    """Where a parcel waits."""

    name: Line = ""
    address_lines: list[Line] = Field(default_factory=list, max_length=6)
    code: Annotated[str, Field(max_length=60)] = ""
    until_date: Day | None = None


class ReportIn(Bulk):
    """What is known of one tracking number."""

    tracking_number: Identifier
    carrier: CarrierCode = Field(default="", examples=["dhl"])
    checkpoints: list[CheckpointIn] = Field(default_factory=list, max_length=200)
    estimated_from: Day | None = None
    estimated_to: Day | None = None
    service_level: Annotated[str, Field(max_length=60)] = ""
    signed_by: Annotated[str, Field(max_length=120)] = ""
    pickup: PickupIn | None = None
    linked_numbers: list[LinkedNumber] = Field(default_factory=list, max_length=10)
    tracking_url: WebAddress = ""
    destination_country: Country = ""
    is_test: StrictBool = False

    def told(self, source: str) -> TrackingReport:
        """Return the report in the tracking room's shape."""
        pickup = self.pickup
        return TrackingReport(
            source=source,
            tracking_number=self.tracking_number,
            carrier=self.carrier,
            checkpoints=tuple(one.told() for one in self.checkpoints),
            estimated_from=self.estimated_from,
            estimated_to=self.estimated_to,
            service_level=self.service_level,
            signed_by=self.signed_by,
            pickup=PickupPoint(
                pickup.name, tuple(pickup.address_lines), pickup.code, pickup.until_date
            )
            if pickup
            else None,
            linked_numbers=tuple((one.carrier, one.tracking_number) for one in self.linked_numbers),
            tracking_url=self.tracking_url,
            destination_country=self.destination_country,
            is_test=self.is_test,
        )


@dataclass(frozen=True, slots=True)
class BadReport:
    """A report that can't be kept; the others of its request are."""

    tracking_number: str
    errors: list[FieldProblem]


def _or_bad(value: Any, validate: ValidatorFunctionWrapHandler) -> ReportIn | BadReport:
    try:
        report: ReportIn = validate(value)
    except ValidationError as error:
        named = value.get("tracking_number", "") if isinstance(value, dict) else ""
        problems = [found(one["loc"], one["msg"]) for one in error.errors()]
        return BadReport(printable(named), problems)
    return report


class ReportsIn(Bulk):
    """Up to 500 reports of one source."""

    source: Source = Field(description="Who says it; the same name every time.")
    reports: list[Annotated[ReportIn, WrapValidator(_or_bad)]] = Field(
        min_length=1, max_length=MAX_REPORTS
    )


class ReportOut(BaseModel):
    """What became of one report."""

    tracking_number: str
    outcome: Literal["applied", "unchanged", "kept", "rejected"]
    tracker_id: UUID | None = None
    order_id: UUID | None = None
    new_checkpoints: int = 0
    errors: list[FieldProblem] = Field(default_factory=list)


class ReportsOut(BaseModel):
    """What became of each report, in the order sent."""

    results: list[ReportOut]
    accepted: int
    rejected: int


class ParcelQuery(Schema):
    """What a list of parcels is narrowed to."""

    alarm: (
        Literal["late", "stalled", "lost", "exception", "not_found", "unmatched", "any"] | None
    ) = Field(default=None, description="The oldest trouble first; `any`: all but `unmatched`.")
    status: TrackingStatus | None = None
    carrier: Line = ""
    order_id: UUID | None = None
    search: Line = Field(default="", description="How a tracking number begins.")
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)

    def filters(self) -> TrackerFilter:
        """Return them in the tracking room's shape."""
        return TrackerFilter(
            alarm=self.alarm or "",
            status=self.status or "",
            carrier=self.carrier,
            order_id=self.order_id,
            search=self.search,
        )


class ParcelsPage(Schema):
    """Some parcels, without their steps."""

    items: list[ParcelProgress]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class StepIn(Strict):
    """A step that a person knows of."""

    status: TrackingStatus
    substatus: Substatus = Substatus.NONE
    occurred_at: Moment | None = Field(default=None, description="Default: now.")
    note: Short = ""


class SettlementIn(Strict):
    """How the trouble about a parcel ended."""

    outcome: Literal["found", "lost", "delivered"]
    note: Short = ""


class MeaningIn(Strict):
    """What a code means; null takes a meaning back."""

    status: TrackingStatus | None
    substatus: Substatus = Substatus.NONE
