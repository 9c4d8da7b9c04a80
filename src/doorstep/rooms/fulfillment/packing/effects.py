"""What a packing rule does when its condition holds, as checked data."""

from __future__ import annotations

import re
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from doorstep.kernel.errors import Invalid
from doorstep.rooms.fulfillment.contracts import HandlingClass

MAX_WORDS = 500
# What a note prompt may name, and what the packer then reads.
PLACES = ("first name", "recipient", "order number", "store")


class Effects(BaseModel):
    """What a rule adds to a plan.

    ``samples``: one of these goes in, the first that the customer never had and that is in stock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    handling_classes: tuple[HandlingClass, ...] = ()
    container: str = Field(default="", max_length=MAX_WORDS)
    infill: str = Field(default="", max_length=MAX_WORDS)
    cold_packs: int = Field(default=0, ge=0, le=50)
    is_insured: bool = False
    carrier_note: str = Field(default="", max_length=MAX_WORDS)
    words: str = Field(default="", max_length=MAX_WORDS)
    note_prompt: str = Field(default="", max_length=MAX_WORDS)
    samples: tuple[UUID, ...] = Field(default=(), max_length=20)
    bonus: UUID | None = None
    bonus_quantity: int = Field(default=1, ge=1, le=99)
    is_premium: bool = False
    gift_wrap: bool = False

    @field_validator("note_prompt")
    @classmethod
    def _known_places(cls, text: str) -> str:
        for place in re.findall(r"\{([^}]*)\}", text):
            if place not in PLACES:
                known = ", ".join(f"{{{one}}}" for one in PLACES)
                raise ValueError(f"“{{{place}}}” is not known here; use {known}")
        return text

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self == type(self).model_construct():
            raise ValueError("say what the rule does: nothing is set yet")
        return self

    @property
    def asks_for_care(self) -> bool:
        """Tell whether it is an instruction for the packer by itself."""
        return bool(
            self.container
            or self.infill
            or self.cold_packs
            or self.is_insured
            or self.carrier_note
            or self.words
        )


def read_effects(raw: Any) -> Effects:
    """Return checked effects. :raises Invalid: with the field that is wrong."""
    try:
        return Effects.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "effects"
        words = str(first["msg"]).removeprefix("Value error, ")
        raise Invalid(f"{words[:1].upper()}{words[1:]}.", field=field) from None


def fill_places(text: str, values: dict[str, str]) -> str:
    """Return a note prompt with its places filled; no text of a shopper is read as a place."""
    return re.sub(r"\{([^}]*)\}", lambda found: values.get(found[1], found[0]), text)
