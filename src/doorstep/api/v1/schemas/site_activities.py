"""Site activity as the API takes it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictBool, StrictFloat, StrictInt

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Moment, Short

Detail = Short | StrictBool | StrictInt | StrictFloat
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class SiteActivityIn(Strict):
    """One thing that a visitor or a customer did on the site."""

    key: str = Field(
        pattern=r"^[!-~]{1,120}$",
        description="Your own id of it: the same key again changes nothing.",
    )
    kind: Name = Field(
        description="page_viewed, product_viewed, searched, added_to_wishlist, "
        "removed_from_wishlist, added_to_cart, or a name of your own like these.",
        examples=["product_viewed"],
    )
    occurred_at: Moment
    visitor: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9_-]{16,64})?$",
        description="A random id of the browser; may be left out where the customer is named.",
    )
    customer_id: UUID | None = None
    product: Short = Field(
        default="", description="The product's id here or in your shop, or a SKU of it."
    )
    details: dict[Name, Detail] = Field(
        default_factory=dict,
        max_length=10,
        description="At most ten texts or numbers. Nothing that says who somebody is: such "
        "details are refused.",
        examples=[{"query": "teapot"}],
    )


class SiteActivitiesIn(Strict):
    """Up to 500 activities: all of them are recorded, or none."""

    activities: list[SiteActivityIn] = Field(min_length=1, max_length=500)


class SiteActivitiesOut(Schema):
    """What became of them."""

    recorded: int = Field(description="How many were new.")
    repeated: int = Field(description="How many had been told before, by their keys.")
