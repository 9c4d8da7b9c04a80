"""Frozen values that cross the wall of the audiences room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment: who belongs to it, in words and as a condition about customers.

    :param condition: the canonical document of ``kernel.conditions``, subject ``customer``.
    :param words: the condition as a sentence.
    :param member_count: as kept now; None while it is built for the first time.
    :param built_at: when all members were last found anew.
    :param problem: why it can't be kept fresh (a fact is gone …), "" when all is well.
    """

    id: UUID
    name: str
    description: str
    condition: Mapping[str, Any]
    words: str
    member_count: int | None
    built_at: datetime | None
    is_archived: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """A customer who belongs to a segment, since when, and why."""

    customer_id: UUID
    name: str
    email: str
    since: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some members, newest first; ``next_cursor`` is "" on the last page."""

    members: tuple[MemberInfo, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class SiteActivity:
    """One thing a visitor did on the merchant's site, as the script or the API tells it.

    :param key: the teller's own id of it; the same key again changes nothing.
    :param visitor: the browser's random id; "" where the customer is named.
    :param product_ref: the shop's id, SKU or handle of a product, "" when none.
    :param details: small plain JSON: ``{"query": …}`` of a search, ``{"path": …}`` of a page.
    """

    key: str
    kind: str
    occurred_at: datetime
    visitor: str = ""
    customer_id: UUID | None = None
    product_ref: str = ""
    details: Mapping[str, Any] | None = None
