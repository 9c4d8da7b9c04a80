"""Segments to begin with, so that nobody faces an empty page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.kernel.conditions.api import InvalidCondition, parse


@dataclass(frozen=True, slots=True)
class Starter:
    """A ready-made condition about customers."""

    key: str
    icon: str
    name: Any
    note: Any
    condition: dict[str, Any]


def _one(fact: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    found = {"fact": f"customer.{fact}", "op": op, **more}
    return found if value is None else {**found, "value": value}


def starters(currency: str) -> list[Starter]:
    """Return what can be begun with in a store; amounts are in its currency."""
    found = [
        Starter("repeat", "refresh", _("Bought twice or more"),
                _("Your regulars: the people most likely to buy again."),
                {"all": [_one("orders", "gte", 2)]}),
        Starter("lapsed", "clock", _("No order for six months"),
                _("They knew you once. A friendly word may bring them back."),
                {"all": [_one("orders", "gte", 1), _one("orders", "eq", 0, within={"last": {"months": 6}})]}),
        Starter("looked", "eye", _("Looked but did not buy"),
                _("Looked at products in the last two weeks, and ordered nothing since."),
                {"all": [_one("product_views", "gte", 2, within={"last": {"days": 14}}),
                         _one("orders", "eq", 0, within={"last": {"days": 14}})]}),
        Starter("spenders", "gem", _("Big spenders"),
                _("Spent 200 or more in the last year."),
                {"all": [_one("spent", "gte", {"amount": "200", "currency": currency}, within={"last": {"years": 1}})]}),
        Starter("new", "spark", _("New this month"),
                _("Placed their first order in the last 30 days."),
                {"all": [_one("first_order_at", "within_last", {"days": 30})]}),
        Starter("late", "truck", _("Waiting for a late parcel"),
                _("Be kind to them now, and do not sell to them."),
                {"all": [_one("late_parcels", "gte", 1)]}),
        Starter("once", "bag", _("Bought once, a while ago"),
                _("One order, more than 60 days ago: the moment for a second."),
                {"all": [_one("orders", "eq", 1), _one("last_order_at", "lt", {"from_now": {"days": -60}})]}),
        Starter("wishes", "gift", _("Has something on the wish list"),
                _("They have told you what they would like."),
                {"all": [_one("wishes", "gte", 1)]}),
    ]  # fmt: skip
    return [one for one in found if _works(one.condition)]


def _works(condition: dict[str, Any]) -> bool:
    """Tell whether all it asks about can be asked here."""
    try:
        parse(condition, "customer")
    except InvalidCondition:
        return False
    return True
