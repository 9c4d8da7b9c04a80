"""Deliveries of shops as the API shows them."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.text import Short
from doorstep.connectors.base.queries import DeliveryInfo


class DeliveryQuery(Schema):
    """Which deliveries that need a look."""

    status: Literal["rejected", "parked", "waiting"] | None = Field(
        default=None, description="Empty: all of them, and those that failed and are tried again."
    )
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class DeliveriesPage(Schema):
    """Some deliveries, newest first."""

    items: list[DeliveryInfo]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")
