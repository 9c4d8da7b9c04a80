"""What the console and the API see of the policy's parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from doorstep.rooms.returns.policy.effects import Effects


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule as its editor shows it. ``words``: its condition; ``changes``: what it sets."""

    id: UUID
    name: str
    position: int
    is_active: bool
    condition: Mapping[str, Any]
    words: str
    effects: Effects
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WarrantyInfo:
    """A warranty as its editor shows it."""

    id: UUID
    name: str
    position: int
    is_active: bool
    condition: Mapping[str, Any]
    words: str
    months: int
    resolutions: tuple[str, ...]
    is_auto: bool
    needs_photos: int


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version without its rules."""

    id: UUID
    number: int
    note: str
    covers_past: bool
    is_default: bool
    created_at: datetime
    created_by: str
    updated_at: datetime
    live_from: datetime | None
    published_by: str

    @property
    def is_draft(self) -> bool:
        """Whether it may still change."""
        return self.live_from is None


@dataclass(frozen=True, slots=True)
class VersionDetail:
    """A whole version. ``general``: what the base says, in words."""

    info: VersionInfo
    base: Effects
    general: tuple[str, ...]
    rules: tuple[RuleInfo, ...]
    warranties: tuple[WarrantyInfo, ...]


@dataclass(frozen=True, slots=True)
class ExtensionInfo:
    """A holiday extension as its editor shows it."""

    id: UUID
    name: str
    words: Mapping[str, str]
    orders_from: date
    orders_to: date
    until_date: date
    withdrawn_at: datetime | None
