"""Frozen values of the packing settings that cross the room's wall through ``api.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.rooms.fulfillment.packing.effects import Effects


@dataclass(frozen=True, slots=True)
class PackingRuleInfo:
    """A rule as the editor shows it.

    :param when: the condition in words; ``problem`` says why it cannot be decided any more.
    """

    id: UUID
    name: str
    is_active: bool
    scope: str
    condition: dict[str, Any]
    when: str
    effects: Effects
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PackingOptions:
    """How a store packs and what its papers say.

    :param premium_from_minor: orders from this total on (in the store's currency) are premium.
    """

    premium_from_minor: int | None = None
    return_policy: str = ""
    is_invoice: bool = False
    tax_id: str = ""
    paper: str = "a4"


@dataclass(frozen=True, slots=True)
class GivenSample:
    """How often a sample went out."""

    variant_id: UUID
    people: int
