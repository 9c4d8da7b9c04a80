"""Frozen values that cross the wall of the customers room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class IdentityKind(StrEnum):
    """What a person can be recognized by."""

    EMAIL = "email"
    PHONE = "phone"
    PLATFORM = "platform"  # a sales channel's own customer id


class SuggestionReason(StrEnum):
    """Why two customers may be one person although nothing was merged."""

    CONFLICTING_EVIDENCE = "conflicting_evidence"  # one order named identities of both
    SAME_PHONE = "same_phone"  # one phone, but names or e-mail addresses differ


@dataclass(frozen=True, slots=True)
class PersonClaim:
    """What one order (or form) says about who is behind it; nothing needs to be normalized.

    :param platform_id: the channel's own customer id, ``""`` for guests.
    :param channel: the sales channel ``platform_id`` belongs to.
    :param country: ISO 3166-1 alpha-2 of the address, to read phone numbers without a prefix;
        ``""`` takes the store's.
    :param region: the state in that address, as code or name: ``FL``, ``Florida``.
    :param seen_at: when the person did it (an imported order: when it was placed); ``None``
        means now.
    """

    platform_id: str = ""
    channel: str = ""
    email: str = ""
    phone: str = ""
    name: str = ""
    locale: str = ""
    country: str = ""
    region: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of the year, with the year of birth where the person told it."""

    day: int
    month: int
    year: int | None = None

    def __str__(self) -> str:
        """Return it as ISO 8601 writes it: ``1990-02-28``, ``--02-28`` without a year."""
        return f"{f'{self.year:04}' if self.year else '-'}-{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class CustomerInfo:
    """A customer as other rooms, pages and messages see one.

    ``email`` is where mail goes and ``phone`` is E.164; either may be ``""``. ``locale``,
    ``timezone`` and ``preferred_channel`` are ``""`` where the person never told: take the
    store's. ``email_is_relay`` marks a marketplace's forwarding address: never sell to it.
    """

    id: UUID
    name: str
    email: str
    email_is_relay: bool
    phone: str
    phone_shown: str  # as typed, for eyes only
    locale: str
    timezone: str
    preferred_channel: str  # "" or a messaging channel: "email", "sms", "whatsapp" ...
    country_code: str
    region_code: str  # the state in that country, as the address gives it: "FL", "Florida"
    tags: tuple[str, ...]
    note: str
    merged_into: UUID | None
    created_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    erased_at: datetime | None
    birthday: Birthday | None = None
    favorite_holiday: str = ""  # a key of list_holidays()
    favorite_color: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)  # what for -> which
    interests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HolidayChoice:
    """A holiday people can pick as their favorite, in one language."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class IdentityInfo:
    """One thing a customer is recognized by."""

    id: UUID
    kind: str
    channel: str  # the sales channel of a platform id, else ""
    value: str  # normalized
    is_relay: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MergeInfo:
    """Two customers made one; ``undone_at`` is set once it was taken back."""

    id: UUID
    survivor_id: UUID
    absorbed_id: UUID
    at: datetime
    by_label: str
    undone_at: datetime | None
    undone_by_label: str


@dataclass(frozen=True, slots=True)
class SuggestionInfo:
    """Two customers who may be one person, for somebody to decide."""

    id: UUID
    first: CustomerInfo
    second: CustomerInfo
    reason: str
    words: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list; ``next_cursor`` is ``""`` on the last."""

    customers: tuple[CustomerInfo, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is about to be forgotten.

    :param customer_ids: the customer and everybody who had been merged into it.
    :param emails: lower case; ``phones`` with "+" and country.
    """

    customer_ids: tuple[UUID, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
