"""Changes of orders as the API takes and shows them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Line, Short
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAsk,
    ChangeKind,
    ChangeView,
    LineWish,
    Swap,
)
from doorstep.rooms.orders.contracts import AddressView


class AddressIn(Strict):
    """Where an order should go instead."""

    name: Line = ""
    company: Line = ""
    line1: Line = ""
    line2: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Short = ""
    country_code: str = Field(pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2, like DE.")
    phone: Short = ""


class LineWishIn(Strict):
    """How many pieces of a line are wanted in all."""

    line_id: UUID
    quantity: int = Field(ge=0, le=9_999, description="0 takes the line off.")


class SwapIn(Strict):
    """All pieces of a line come as another variant of its product."""

    line_id: UUID
    variant_id: UUID


class AdditionIn(Strict):
    """Something more, at the price of today."""

    variant_id: UUID
    quantity: int = Field(default=1, ge=1, le=9_999)


class ChangeIn(Strict):
    """What is wanted; only what belongs to its kind is looked at."""

    kind: ChangeKind
    address: AddressIn | None = None
    lines: list[LineWishIn] = Field(default_factory=list, max_length=100)
    swaps: list[SwapIn] = Field(default_factory=list, max_length=100)
    additions: list[AdditionIn] = Field(default_factory=list, max_length=100)
    until: date | None = Field(default=None, description="For `delay`: the day to send it.")
    reason: str = Field(default="", max_length=1_000)

    def ask(self) -> ChangeAsk:
        """Return it in the changes room's shape."""
        return ChangeAsk(
            kind=self.kind,
            address=AddressView(**self.address.model_dump()) if self.address else None,
            lines=tuple(LineWish(one.line_id, one.quantity) for one in self.lines),
            swaps=tuple(Swap(one.line_id, one.variant_id) for one in self.swaps),
            additions=tuple(Addition(one.variant_id, one.quantity) for one in self.additions),
            until=self.until,
            reason=self.reason,
        )


class ChangeRequestIn(ChangeIn):
    """The same, to be carried out."""

    form_key: Short = Field(
        default="", description="Names this wish: sent twice with the same one, it counts once."
    )


class DecisionIn(Strict):
    """What the team decides about a change."""

    decision: Literal["approve", "decline"]
    words: str = Field(default="", max_length=1_000, description="Why, for the shopper.")


class ChangeQuery(Schema):
    """What a list of changes is narrowed to."""

    state: Short = Field(
        default="", description="A state, or `open` for all that are under way; empty: all."
    )
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class ChangesPage(Schema):
    """Some changes, newest first."""

    items: list[ChangeView]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class ChangeSettingsIn(Strict):
    """What is left out stays."""

    rules: dict[str, dict[str, Any]] | None = Field(
        default=None,
        description="Act → `is_offered`, `mode` (auto or approval) and `condition` (over orders).",
    )
    pay_within_hours: int | None = Field(default=None, ge=1, le=720)
    countries: Literal["same", "zone", "any"] | None = None
    max_delay_days: int | None = Field(default=None, ge=1, le=365)
    us_delay_notices: bool | None = None
