"""Orders as the API lists them, and what can be said beside one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Day, Long, Short
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    HoldReason,
    OrderFilter,
    OrderState,
    OrderSummary,
)


class EventOut(Schema):
    """Something that happened to an order."""

    id: UUID
    name: str
    at: datetime
    by: str = Field(description="Who, as kind:id.", examples=["api_key:0192f000-…"])
    by_label: str
    payload: dict[str, Any]


class OrdersPage(Schema):
    """Some orders, newest first."""

    items: list[OrderSummary]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class OrderQuery(Schema):
    """What a list of orders is narrowed to."""

    state: OrderState | None = None
    hold_reason: HoldReason | None = None
    financial_status: FinancialStatus | None = None
    sales_channel: Short = ""
    customer_id: UUID | None = None
    placed_from: Day | None = Field(default=None, description="First day, in the store's zone.")
    placed_to: Day | None = Field(default=None, description="Last day, in the store's zone.")
    search: Short = Field(
        default="", description="Words of number, name, e-mail or SKU, each as a beginning."
    )
    include_history: bool = True
    include_tests: bool = True
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)

    def filters(self) -> OrderFilter:
        """Return them in the orders room's shape."""
        return OrderFilter(
            state=self.state or "",
            hold_reason=self.hold_reason or "",
            sales_channel=self.sales_channel,
            financial_status=self.financial_status or "",
            customer_id=self.customer_id,
            placed_from=self.placed_from,
            placed_to=self.placed_to,
            search=self.search,
            include_history=self.include_history,
            include_tests=self.include_tests,
        )


class HoldIn(Strict):
    """Why an order is held by hand."""

    note: Long = ""


class NoteIn(Strict):
    """A note of the team; shoppers never see it."""

    text: Long = Field(min_length=1)


class MessageRequested(Schema):
    """A message that was asked for; whether it goes out stands in its decisions."""

    message_id: UUID
