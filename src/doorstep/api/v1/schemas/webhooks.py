"""Outgoing webhooks as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Line, Long, Moment, Short
from doorstep.connectors.webhooks.contracts import AttemptInfo, WebhookDelivery

Status = Literal["pending", "sending", "delivered", "failed", "parked", "discarded"]
EventTypes = Annotated[
    list[Line],
    Field(
        max_length=100,
        description="Which events it hears; empty: all, also those of later versions.",
        examples=[["order.placed", "parcel.delivered"]],
    ),
]


class EndpointIn(Strict):
    """An address that wants to hear what happens."""

    url: Annotated[
        Long,
        Field(
            description="An https:// address on the public internet.",
            examples=["https://erp.example.com/webhooks"],
        ),
    ]
    description: Short = ""
    event_types: EventTypes = []


class EndpointChange(EndpointIn):
    """An endpoint as it shall be."""

    is_active: bool = Field(
        default=True,
        description="False stops it: what waits is parked, and goes out when it is true again.",
    )


class SigningSecret(Schema):
    """What a receiver checks signatures with."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    previous_secret: str = Field(description="Signs along; empty when none does.")
    previous_until: Moment | None = Field(description="How long the one before signs along.")


class EventTypeOut(Schema):
    """A type of event with an example of its payload."""

    name: str
    description: str
    example: dict[str, Any]
    data_schema: dict[str, Any] = Field(description="JSON Schema of the payload's `data`.")


class WebhookDeliveryQuery(Schema):
    """Which webhook deliveries."""

    endpoint_id: UUID | None = None
    status: Status | None = None
    event_type: Short = ""
    order_id: UUID | None = Field(default=None, description="About this order.")
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class WebhookDeliveriesPage(Schema):
    """Some webhook deliveries, newest first."""

    items: list[WebhookDelivery]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class WebhookDeliveryOut(Schema):
    """A webhook delivery with what is sent and every try to send it."""

    delivery: WebhookDelivery
    body: str = Field(description="The very text that is signed and sent.")
    attempts: list[AttemptInfo]


class ReplayIn(Strict):
    """What to send again."""

    since: Moment = Field(description="Of what happened since then.")
    event_type: Short = Field(
        default="",
        description="All of this type, from the event log, also what was never sent. Empty: what "
        "failed, whatever it is.",
    )


class ReplayOut(Schema):
    """How much is sent again."""

    count: int
