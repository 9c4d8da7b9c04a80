"""What the packing table is offered: whose a number is, and how a parcel usually goes."""

from __future__ import annotations

from doorstep.kernel.errors import Invalid
from doorstep.rooms.fulfillment.actions.loading import CarrierBook, read_number
from doorstep.rooms.fulfillment.reading.carriers import list_carriers
from doorstep.rooms.fulfillment.rules.carriers import carrier_name
from doorstep.rooms.fulfillment.rules.numbers import CheckDigit, match_number, recognize

# Lengths of article numbers (GTIN-8 to GTIN-14): bare digits of these may be a thing's bar code.
_GTIN = frozenset({8, 12, 13, 14})


def recognize_number(typed: str) -> list[tuple[str, str]]:
    """Return the carriers a typed or scanned number can be of, likeliest first: (code, name).

    Those the store ships with come before others, under the store's own names for them (two
    queries). Empty when it is nobody's, or its check digit is wrong.
    """
    number = _readable(typed)
    found = recognize(number) if number else []
    if not found:
        return []
    own = {one.code: one.name for one in list_carriers() if one.is_active}
    ordered = [one for one in found if one in own] + [one for one in found if one not in own]
    return [(one, own.get(one) or carrier_name(one)) for one in ordered]


def is_surely_a_number(scanned: str) -> bool:
    """Tell whether a scanned code can only be a tracking number, not the bar code of a thing."""
    number = _readable(scanned)
    if not number or (number.isdigit() and len(number) in _GTIN):
        return False
    return any(
        match.certainty >= 3 and match.check is not CheckDigit.WRONG
        for match in match_number(number)
    )


def choose_service(shipping_method: str) -> tuple[str, str]:
    """Return carrier and service level that an order's shipping method asks for, by code.

    Where none names the method: the default carrier without a level; ``("", "")`` without one.
    """
    return CarrierBook().choose(shipping_method)


def _readable(typed: str) -> str:
    try:
        return read_number(typed)
    except Invalid:
        return ""
