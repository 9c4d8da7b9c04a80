"""Frozen values that cross the wall of the stores room."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What other rooms, pages and messages need to know of a store."""

    id: UUID
    slug: str
    name: str
    is_demo: bool
    currency: str
    timezone: str
    default_locale: str
    country_code: str
    brand_color: str
    logo_type: str  # MIME type of the logo, "" when there is none
    support_email: str
    support_phone: str
    postal_address: str
    website_url: str
    faq_url: str
    portal_host: str
    marketing_needs_opt_in: bool
    production_days_min: int
    production_days_max: int
    transit_days_min: int
    transit_days_max: int
    order_link_days: int
    social_links: str = ""  # one address a line


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a store's team."""

    user_id: UUID
    email: str
    name: str
    role: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ApiKeyInfo:
    """A key as lists show it; the secret is never in here."""

    id: UUID
    store_id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    role: str = "owner"


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made: the only time its ``secret`` can be seen."""

    info: ApiKeyInfo
    secret: str
