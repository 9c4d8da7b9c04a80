"""What the script on the merchant's site sends: cleaned, never refused aloud, kept if it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.rooms.audiences.activity.knowing import find_visitor, know_visitor
from doorstep.rooms.audiences.activity.recording import write
from doorstep.rooms.audiences.contracts import SiteActivity
from doorstep.rooms.audiences.rules import activity as rules

MOST_OF_A_VISIT = 50
_OLDEST = timedelta(days=1)
_SHOPPER = Actor("shopper", "site", "Visitor")


def record_visit(*, visitor: str, told: Sequence[Any], token: str = "", at: datetime) -> int:
    """Record what one browser tells, as far as it is well made; returns how much was new.

    Times are ages in milliseconds: a visitor's clock may be anything.

    :param told: ``{"key", "kind", "ago", "product", "details"}`` each, from outside.
    :param token: says who the visitor is, see :mod:`knowing`; one that does not hold is ignored.
    """
    if not rules.is_visitor(visitor):
        return 0
    found = [_read(one, visitor, at) for one in told[:MOST_OF_A_VISIT]]
    activities = [one for one in found if one is not None]
    customer_id = find_visitor(token, at=at) if token else None
    with transaction.atomic():
        if customer_id is not None:
            know_visitor(visitor=visitor, customer_id=customer_id, by=_SHOPPER, at=at)
        return write(activities, teller="site", by=_SHOPPER, at=at).recorded


def _read(one: Any, visitor: str, at: datetime) -> SiteActivity | None:
    if not isinstance(one, Mapping):
        return None
    key, kind = one.get("key"), one.get("kind")
    if not isinstance(key, str) or len(key) > 40 or not rules.is_key(key):
        return None
    if not isinstance(kind, str) or not rules.is_kind(kind):
        return None
    product = _text(one.get("product"))
    if not product and kind in rules.ABOUT_PRODUCTS:
        return None
    given = one.get("details")
    details = rules.without_personal(given if isinstance(given, Mapping) else {})
    if isinstance(details.get("path"), str):
        details["path"] = rules.path_of(details["path"])
    return SiteActivity(key, kind, at - _age(one.get("ago")), visitor, None, product, details)


def _text(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    text = text.replace("\x00", "").strip()[: rules.LONGEST_TEXT]
    # a product is looked up by it; ids of many figures are fine, addresses are not
    return text if rules.is_storable(text) and "@" not in text else ""


def _age(value: Any) -> timedelta:
    """Return how long ago something was, at most a day."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return timedelta()
    return min(timedelta(milliseconds=min(value, 1e9)), _OLDEST)
