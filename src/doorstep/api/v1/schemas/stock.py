"""Stock as the API takes and shows it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, model_validator

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Short
from doorstep.rooms.inventory.contracts import StockRow

MOST = 2_000_000_000


class StockQuery(Schema):
    """What the stock list is narrowed to."""

    search: Short = Field(default="", description="Beginning of a SKU, or words of the title.")
    location_id: UUID | None = None
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class StockList(Schema):
    """Some counted variants, by title, with their stock per location."""

    items: list[StockRow]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class Shelf(Strict):
    """A variant at a location: the variant by its id or by its SKU."""

    variant_id: UUID | None = None
    sku: Short = ""
    location_id: UUID

    @model_validator(mode="after")
    def _one_name(self) -> Shelf:
        if (self.variant_id is None) == (not self.sku):
            raise ValueError("give either variant_id or sku")
        return self


class AdjustmentIn(Shelf):
    """A correction of what lies on one shelf: by so many, or to so many."""

    delta: int | None = Field(
        default=None, strict=True, ge=-MOST, le=MOST, description="Pieces more (or less)."
    )
    on_hand: int | None = Field(
        default=None, strict=True, ge=0, le=MOST, description="Pieces that are there."
    )
    reason: Literal["received", "counted", "damaged", "lost", "returned", "transferred", "other"]
    note: Short = ""


class CountIn(Shelf):
    """How many pieces lie on one shelf, those reserved included."""

    on_hand: int = Field(strict=True, ge=0, le=MOST)


class CountsIn(Strict):
    """Numbers of a whole count, or of another system that leads."""

    reason: Literal["counted", "imported", "synced"] = "synced"
    note: Short = ""
    counts: list[CountIn] = Field(min_length=1, max_length=1000)


class CountsOut(Schema):
    """What counting did."""

    changed: int
    unchanged: int
