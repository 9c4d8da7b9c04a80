"""Sign-ups as the API takes them."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field


class SignUpIn(Schema):
    """Somebody filled a sign-up form of yours."""

    email: str = Field(max_length=254, examples=["maya@example.com"])
    locale: str = Field(
        max_length=35, description="The language they read, BCP 47.", examples=["de-AT"]
    )
    source: str = Field(
        min_length=1, max_length=100, description="Where they said it.", examples=["footer form"]
    )
    name: str = Field(default="", max_length=200)
    topics: list[str] = Field(
        default=[], max_length=20, description="What it is for; empty: everything that sells."
    )
    wording: str = Field(
        default="",
        max_length=5_000,
        description="The exact words they saw; empty takes the built-in ones of the language.",
    )
    url: str = Field(default="", max_length=2_000, description="The page of the form.")
    ip: str = Field(
        default="", max_length=60, description="Kept cut off or hashed, as your settings say."
    )
    country: str = Field(default="", max_length=2, description="ISO 3166-1 alpha-2, if known.")


class SignUpTaken(Schema):
    """What becomes of it; the same for every address."""

    status: Literal["waits_for_confirmation", "taken"]
