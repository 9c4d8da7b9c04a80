"""What a customer did on the merchant's site, as their page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import ActivityInfo, WishInfo

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done: in words, with what it was about."""

    words: str
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OnSite:
    """The newest things done, and the wish list; ``is_on`` says whether the site is listened to."""

    is_on: bool
    deeds: tuple[Deed, ...]
    wishes: tuple[WishInfo, ...]


def on_site(customer_id: UUID) -> OnSite:
    """Return what a customer did on the site lately, newest first, and what they wish for."""
    deeds = tuple(_deed(one) for one in audiences.list_activities(customer_id, limit=SHOWN))
    wishes = tuple(audiences.list_wishes(customer_id, limit=SHOWN))
    is_on = bool(deeds or wishes) or audiences.get_site_settings().is_on
    return OnSite(is_on, deeds, wishes)


def _deed(one: ActivityInfo) -> Deed:
    words: dict[str, str] = {
        "page_viewed": _("Looked at a page"),
        "product_viewed": _("Looked at"),
        "searched": _("Searched for"),
        "added_to_wishlist": _("Wished for"),
        "removed_from_wishlist": _("Took off the wish list"),
        "added_to_cart": _("Put into the cart"),
    }
    said = words.get(one.kind) or one.kind.replace("_", " ").capitalize()
    return Deed(said, one.product or _detail(one), one.occurred_at)


def _detail(one: ActivityInfo) -> str:
    named: Any = one.details.get("query") or one.details.get("path") or ""
    return str(named)[:200]
