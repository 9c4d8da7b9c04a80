"""Frozen values that cross the wall of the audiences room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from doorstep.kernel.conditions.api import Decision


class SegmentState(StrEnum):
    """Whether a segment's members are all found."""

    BUILDING = "building"  # its condition is new: the members are those of before, or none yet
    LIVE = "live"


class BuildReason(StrEnum):
    """Why all members are found anew."""

    FIRST = "first"
    EDITED = "edited"
    RESTORED = "restored"
    IMPORTED = "imported"  # history came in, which names nobody
    SETTINGS = "settings"  # the store's zone decides what a day is
    CHECK = "check"


class RecheckReason(StrEnum):
    """Why a customer is looked at again a little later."""

    BUILDING = "building"  # something happened to them while their segment was being built
    CHECK = "check"  # the comparison found them wrong: events not yet read may be why
    FOLLOWED = "followed"  # other rooms are still moving their rows (merges)


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment: who belongs to it, in words and as a condition about customers.

    :param condition: the canonical document of ``kernel.conditions``, subject ``customer``.
    :param words: the condition as a sentence.
    :param member_count: as kept now; None while it is built for the first time.
    :param built_at: when all members were last found anew.
    :param problem: why it can't be kept fresh (a fact is gone …), "" when all is well.
    :param revision: what :func:`edit_segment` wants back.
    :param state: a ``SegmentState``; while building, ``progress_percent`` says how far (None: not
        known yet).
    :param repaired: how many memberships the last check had to put right.
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
    revision: int = 1
    fingerprint: str = ""
    state: str = SegmentState.LIVE.value
    progress_percent: int | None = None
    repaired: int = 0
    created_at: datetime | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """Something that goes by a segment: it keeps the segment from being put away.

    :param kind: ``journey`` (live or paused), ``campaign`` (waiting or sending) or ``segment``.
    """

    kind: Literal["journey", "campaign", "segment"]
    id: UUID
    name: str

    @property
    def words(self) -> str:
        """Name it in a sentence: the journey “Win back”."""
        return f"the {self.kind} “{self.name}”"


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
class MatchCount:
    """How many customers a condition holds for now.

    :param is_estimate: counting took too long: the database's own guess instead.
    """

    count: int
    of_customers: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class MembershipAnswer:
    """Whether a customer belongs to a segment, and why or why not.

    :param is_member: as kept (what journeys and campaigns go by).
    :param decision: as the facts are at this moment, with the whole trace; None where the
        condition can't be asked any more (``problem``), or the customer was erased or merged.
    """

    segment_id: UUID
    customer_id: UUID
    is_member: bool
    since: datetime | None
    decision: Decision | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of a segment, in the store's zone: who came, who went, who was there at its end."""

    day: date
    entered: int
    left: int
    members: int


@dataclass(frozen=True, slots=True)
class SegmentSpell:
    """A span in which a customer belonged to a segment; ``until`` is None while they do."""

    segment_id: UUID
    segment_name: str
    since: datetime
    until: datetime | None


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


@dataclass(frozen=True, slots=True)
class RecordedActivities:
    """How many activities were new, and how many had been told before."""

    recorded: int
    repeated: int


@dataclass(frozen=True, slots=True)
class ActivityInfo:
    """One thing a customer did on the site; ``product`` is its title, or as the site named it."""

    kind: str
    occurred_at: datetime
    product: str
    product_id: UUID | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WishInfo:
    """Something on a customer's wish list."""

    product_id: UUID | None
    product: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SiteSettingsInfo:
    """How a store watches its own site.

    :param website_origin: of the store's website as its brand settings have it, "" for none.
    :param extra_origins: further addresses of the shop, ``https://shop.example``.
    :param anonymous_days: how long what nobody in particular did is kept.
    :param last_seen_at: when the script on the site last told something.
    """

    is_on: bool
    website_origin: str
    extra_origins: tuple[str, ...]
    anonymous_days: int
    has_secret: bool
    last_seen_at: datetime | None
    last_seen_kind: str = ""


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """Somebody came to a segment, or left it."""

    customer_id: UUID
    name: str
    email: str
    at: datetime
    has_come: bool


@dataclass(frozen=True, slots=True)
class TakenMember:
    """A member as a file of them has it."""

    customer_id: UUID
    name: str
    email: str
    phone: str
    country_code: str
    locale: str
