"""Whom a gift is for, apart from who bought it: they hear of their parcel and of nothing else.

The recipient has asked the store for nothing, so nothing is sold or asked of them; and what a gift
cost, or what else its giver bought, is not theirs to read. A return that they asked for themselves
is theirs: they hear what becomes of it, and what they get for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.rules.contact import PASS, Contact, Verdict

_ABOUT_PARCEL = "parcel_"  # how the kinds of messages about a parcel begin
# Of a return; a request to a gift's recipient is only ever made of one that they asked for.
_ABOUT_RETURN = ("return_", "exchange_ordered", "replacement_ordered", "repair_sent_back")
_THEIR_OWN = "returned"  # where a context holds their return
# Names in a context that tell of money or of the giver, and pages that belong to the giver. They
# stay, empty, because a template may ask for them.
_EMPTIED = frozenset(
    {
        "billing_address",
        "discounts",
        "fees",
        "json_ld",
        "not_found_url",
        "note",
        "payment_method",
        "refund",
        "shipping_lines",
        "taxes",
    }
)
_OPEN_LINKS = frozenset({"faq", "support", "unsubscribe"})


def is_for_recipient(contact: Contact, channel: Channel) -> Verdict:
    """Drop what a gift's recipient must not get: all but news of the parcel and of their return."""
    if not contact.is_gift_recipient:
        return PASS
    if contact.purpose is Purpose.TRANSACTIONAL and contact.kind.startswith(_ABOUT_PARCEL):
        words = "The recipient of a gift: told about the parcel, without prices."
        return Verdict("pass", "gift_recipient", words)
    if contact.purpose is Purpose.TRANSACTIONAL and contact.kind.startswith(_ABOUT_RETURN):
        words = "The recipient of a gift: told about the return they asked for themselves."
        return Verdict("pass", "gift_recipient", words)
    words = (
        "The recipient of a gift gets news of the parcel and of a return of their own, and no offers "
        "or requests."
    )
    return Verdict("drop", "gift_recipient", words, is_final=True)


def for_recipient(context: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a message's context as whom a gift is for may read it.

    No amounts of money: they are known by their shape (``{"minor": 1290, "currency": "EUR"}``), so
    that a price a template learns to show later is left out as well. Nothing of the giver: the
    greeting is the recipient's, what else was ordered and the pages of the order are left out.

    :param name: the recipient's, "" where it is not known.
    """
    told = without_prices(context)
    if _THEIR_OWN in context:
        told[_THEIR_OWN] = context[_THEIR_OWN]
    if isinstance(told.get("customer"), dict):
        first = name.split()[0] if name.split() else ""
        told["customer"] |= {"name": name, "first_name": first, "email": "", "orders_before": 0}
    if isinstance(told.get("order"), dict):
        told["order"] |= {"lines": []}
    if isinstance(told.get("links"), dict):
        told["links"] = {
            key: link if key in _OPEN_LINKS else "" for key, link in told["links"].items()
        }
    return told


def without_prices(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context without amounts of money and what holds them."""
    return {
        name: _empty_of(value) if name in _EMPTIED else _cleaned(value)
        for name, value in context.items()
    }


def _cleaned(value: Any) -> Any:
    if _is_money(value):
        return None
    if isinstance(value, Mapping):
        return without_prices(value)
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value if not _is_money(one)]
    return value


def _empty_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, list | tuple):
        return []
    return "" if isinstance(value, str) else None


def _is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and "minor" in value and "currency" in value
