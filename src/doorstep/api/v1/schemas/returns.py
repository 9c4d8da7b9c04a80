"""Returns as the API takes and shows them."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Line, Short
from doorstep.kernel.errors import Invalid
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    Finding,
    MakeGoodRemedy,
    MethodKind,
    OutcomeAmount,
    ReceivedItem,
    ReturnFilter,
    ReturnKind,
    ReturnRequest,
    ReturnState,
    ReturnSummary,
)
from doorstep.rooms.tracking.contracts import TrackingStatus

Kind = Literal["voluntary", "warranty", "withdrawal"]
Needs = Literal["review", "sent", "inspect", "dispose", "settle", "find", "label"]


class ReturnQuery(Schema):
    """What a list of returns is narrowed to."""

    state: ReturnState | None = None
    kind: Kind | None = None
    needs: Needs | None = Field(None, description="What somebody has to do next.")
    order_id: UUID | None = None
    customer_id: UUID | None = None
    search: Short = Field("", description="Number of return or order, name, SKU: as a beginning.")
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)

    def filters(self) -> ReturnFilter:
        """Return them in the returns room's shape."""
        return ReturnFilter(
            state=self.state or "",
            kind=self.kind or "",
            needs=self.needs or "",
            order_id=self.order_id,
            customer_id=self.customer_id,
            search=self.search,
        )


class ReturnsPage(Schema):
    """Some returns, newest first."""

    items: list[ReturnSummary]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class ReturnIn(Strict):
    """A return as it is asked for; every rule of the policy is judged anew."""

    lines: list[AskedLine] = Field(min_length=1, max_length=100)
    method: MethodKind
    key: str = Field(
        min_length=1, max_length=200, description="The same key for the same order is one return."
    )
    kind: Kind = "voluntary"
    rest: Literal["source", "store_credit"] = Field(
        "source", description="Where goes what is left over from a cheaper exchange."
    )
    locale: Short = ""

    def request(self, order_id: UUID) -> ReturnRequest:
        """Return it in the returns room's shape."""
        return ReturnRequest(
            order_id=order_id,
            lines=tuple(self.lines),
            method=self.method,
            key=self.key,
            kind=ReturnKind(self.kind),
            details={"rest": self.rest, "locale": self.locale},
        )


class AmountsIn(Strict):
    """A choice of lines whose outcomes are worked out."""

    lines: list[AskedLine] = Field(min_length=1, max_length=100)
    method: MethodKind | None = None
    kind: Kind = "voluntary"


class AmountsOut(Schema):
    """What each outcome that all lines offer comes to, refund first."""

    outcomes: list[OutcomeAmount]


class ReasonIn(Strict):
    """Why."""

    reason: Line = ""


class DaysIn(Strict):
    """How much more time."""

    days: int = Field(ge=1, le=365)


class ReceptionIn(Strict):
    """What lies in a parcel that was opened."""

    items: list[ReceivedItem] = Field(max_length=500)
    key: str = Field(min_length=1, max_length=200)
    location_id: UUID | None = None
    note: Line = ""
    is_final: bool = Field(False, description="Nothing more is expected.")


class InspectionIn(Strict):
    """What was found, piece by piece."""

    findings: list[Finding] = Field(min_length=1, max_length=500)


class DispositionIn(Strict):
    """What becomes of pieces."""

    piece_ids: list[UUID] = Field(min_length=1, max_length=500)
    disposition: Disposition
    location_id: UUID | None = None


class ReturnParcelIn(Strict):
    """The parcel a shopper posted."""

    tracking_number: Short
    carrier: Short = ""


class ReturnLabelIn(Strict):
    """A label that was bought elsewhere: its file, its number, or both."""

    document: str = Field(
        "",
        max_length=7_000_000,
        description="PDF, PNG or JPEG of at most 5 MB, in base64.",
    )
    tracking_number: Short = ""
    carrier: Short = ""

    def file(self) -> bytes:
        """Return the file's bytes. :raises Invalid: this is no base64."""
        try:
            return base64.b64decode(self.document, validate=True)
        except ValueError:
            raise Invalid("This is not base64.", field="document") from None


class RepairSentIn(Strict):
    """The parcel that brings a mended thing home."""

    tracking_number: Short = ""


class ReturnScanIn(Strict):
    """A step of a parcel on its way back."""

    status: TrackingStatus
    occurred_at: datetime
    place: Short = ""
    words: Line = ""
    key: Short = Field("", description="Your own name of the step: told twice it is one.")


class WithdrawalIn(Strict):
    """A withdrawal from a contract, as somebody sent it."""

    name: str = Field(min_length=1, max_length=300)
    order_number: str = Field(min_length=1, max_length=300)
    contact: str = Field(min_length=1, max_length=300)
    text: str = Field("", max_length=5000)


class MatchIn(Strict):
    """The order a withdrawal is about."""

    order_id: UUID


class MakeGoodIn(Strict):
    """How a parcel is made good."""

    remedy: MakeGoodRemedy
    tracker_id: UUID | None = None
    amount_minor: int = Field(0, ge=0)
    lines: list[tuple[UUID, int]] | None = Field(
        None, description="[line, pieces] to send again; all of the order where not given."
    )
    reason: Line = ""
