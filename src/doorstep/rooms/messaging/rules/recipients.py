"""Whom a gift is for, apart from who bought it: they hear of their parcel and of nothing else.

The recipient has asked the store for nothing, so nothing is sold or asked of them; and what a gift
cost, or what else its giver bought, is not theirs to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.rules.contact import PASS, Contact, Verdict

_ABOUT_PARCEL = "parcel_"  # how the kinds of messages about a parcel begin
# Names in a context that tell of money, or lead to a page that does.
_MONEY = frozenset(
    {
        "discounts",
        "fees",
        "payment",
        "payments",
        "refund",
        "refunds",
        "taxes",
        "totals",
        "json_ld",
        "billing_address",
    }
)


def is_for_recipient(contact: Contact, channel: Channel) -> Verdict:
    """Drop what a gift's recipient must not get: all but news of the parcel."""
    if not contact.is_gift_recipient:
        return PASS
    if contact.purpose is Purpose.TRANSACTIONAL and contact.kind.startswith(_ABOUT_PARCEL):
        words = "The recipient of a gift: told about the parcel, without prices."
        return Verdict("pass", "gift_recipient", words)
    words = "The recipient of a gift gets news of the parcel only, and no offers or requests."
    return Verdict("drop", "gift_recipient", words, is_final=True)


def without_prices(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message's context without amounts of money and what holds them.

    An amount is known by its shape (``{"minor": 1290, "currency": "EUR"}``), so that a price that
    a template learns to show later is left out as well.
    """
    return {
        name: _cleaned(value)
        for name, value in context.items()
        if name not in _MONEY and not _is_money(value)
    }


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_prices(value)
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value if not _is_money(one)]
    return value


def _is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and "minor" in value and "currency" in value
