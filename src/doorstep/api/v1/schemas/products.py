"""Products as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import CareText, Locale, Short, WebAddress
from doorstep.rooms.catalog.contracts import ProductCare


class ProductQuery(Schema):
    """What the list of products is narrowed to."""

    search: Short = Field(default="", description="Words of the title, or beginning of a SKU.")
    missing: Literal["", "how_to", "care", "run_out_days"] = Field(
        default="", description="Only products on sale without it."
    )
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class ProductList(Schema):
    """Some products by title."""

    items: list[ProductCare]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class TranslationIn(Strict):
    """Texts in one language. What is left out stays as it is; an empty text goes."""

    how_to: CareText | None = None
    care: CareText | None = None


class CareIn(Strict):
    """How a product is used, looked after and used up. What is left out stays as it is."""

    how_to: CareText | None = Field(default=None, description="In the store's own language.")
    how_to_video_url: WebAddress | None = None
    how_to_image_url: WebAddress | None = None
    how_to_page_url: WebAddress | None = None
    care: CareText | None = Field(default=None, description="In the store's own language.")
    page_url: WebAddress | None = Field(default=None, description="The product in your shop.")
    run_out_days: int | None = Field(
        default=None, strict=True, ge=1, le=3_650, description="How long one piece lasts."
    )
    never_runs_out: bool = False
    translations: Annotated[dict[Locale, TranslationIn], Field(max_length=40)] = Field(
        default_factory=dict, description="Other languages, by their tag (de, pt-BR)."
    )


class PriceIn(Strict):
    """What one piece costs."""

    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.")
    amount_minor: int | None = Field(
        ge=0, le=2**53 - 1, description="As the channel shows prices, with tax or without."
    )
    channel: Short = Field(default="", description="Empty: wherever none of its own stands.")
