"""Customers as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Short
from doorstep.rooms.customers.contracts import CustomerInfo, IdentityInfo, MergeInfo
from doorstep.rooms.fulfillment.contracts import ShipmentDetail
from doorstep.rooms.messaging.contracts import ConsentView, MessageSummary, PauseView
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.tracking.contracts import OrderUpdates, ParcelProgress


class CustomerQuery(Schema):
    """What a list of customers is narrowed to."""

    search: Short = Field(default="", description="Beginning of a name, e-mail or phone number.")
    tag: Short = ""
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class CustomersPage(Schema):
    """Some customers, last seen first."""

    items: list[CustomerInfo]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class CustomerDetail(Schema):
    """A customer, what it is recognized by and the merges it took part in."""

    customer: CustomerInfo
    identities: list[IdentityInfo]
    merges: list[MergeInfo]


class MergeIn(Strict):
    """Who is the same person."""

    absorbed_id: UUID = Field(description="The customer that is merged into the one addressed.")


class BirthdayIn(Strict):
    """A day of the year, with the year of birth where the person told it."""

    day: int = Field(strict=True, ge=1, le=31)
    month: int = Field(strict=True, ge=1, le=12)
    year: int | None = Field(default=None, strict=True, ge=1900, le=2199)


class ProfileIn(Strict):
    """What a person told about themselves. What is left out stays as it is."""

    birthday: BirthdayIn | None = None
    forget_birthday: bool = False
    favorite_holiday: Short | None = Field(
        default=None, description="One of GET /holidays; empty for none.", examples=["christmas"]
    )
    favorite_color: Short | None = None
    interests: Annotated[list[Short], Field(max_length=30)] | None = Field(
        default=None, description="All of them."
    )
    sizes: Annotated[dict[Short, Short], Field(max_length=20)] | None = Field(
        default=None, description="All of them: what for, and which.", examples=[{"Shoes": "42"}]
    )


class CustomerExport(Schema):
    """Everything that is kept about a person (GDPR art. 15 and 20)."""

    exported_at: datetime
    person: dict[str, Any] = Field(description="Customers that are this person, and identities.")
    consents: list[ConsentView]
    orders: list[OrderDetail]
    messages: list[MessageSummary]
    pauses: list[PauseView]
    shipments: list[ShipmentDetail]
    parcels: list[ParcelProgress]
    update_choices: list[OrderUpdates]
