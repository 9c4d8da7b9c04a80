"""A return as EasyPost wants it told. Pure.

Addresses are given as for the way out, with ``is_return``: EasyPost turns them round, and the
carrier bills the label when it is used (docs.easypost.com, Shipments, Returns).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from doorstep.connectors.carriers.labels.settings import LabelSettings
from doorstep.kernel import money
from doorstep.kernel.errors import DomainError
from doorstep.kernel.territories import territory_of
from doorstep.rooms.returns.contracts import MethodKind
from doorstep.rooms.returns.ports import LabelAsk

_GRAMS_PER_OUNCE = Decimal("28.349523125")  # avoirdupois, by definition
_CM_PER_INCH = Decimal("2.54")
PACKAGING_PERCENT = 10
# Who prints a label at the counter from EasyPost's code (USPS Label Broker).
COUNTER_CARRIERS = frozenset({"USPS", "USPSReturns"})


# Goods of Northern Ireland go to Great Britain as within the country.
_KINGDOM = {"GB", "GB:NI"}


def passes_customs(ask: LabelAsk, settings: LabelSettings) -> bool:
    """Tell whether the parcel needs a customs declaration. ``ask`` has a sender."""
    assert ask.sender is not None
    ends = {
        territory_of(ask.sender.country_code, ask.sender.postal_code),
        territory_of(settings.country, settings.zip),
    }
    return len(ends) > 1 and ends != _KINGDOM


def shipment_form(ask: LabelAsk, settings: LabelSettings) -> dict[str, Any]:
    """Return the body that makes a shipment to buy a label of. ``ask`` has a sender."""
    assert ask.sender is not None
    home = ask.sender
    return {
        "shipment": {
            "is_return": True,
            "reference": str(ask.label_id),
            "to_address": _filled(
                name=home.name,
                company=home.company,
                street1=home.line1,
                street2=home.line2,
                city=home.city,
                state=home.region,
                zip=home.postal_code,
                country=home.country_code,
                # Carriers refuse labels without a number to call; the store's own is honest.
                phone=home.phone or settings.phone,
                email=ask.email,
            ),
            "from_address": _filled(
                company=settings.name,
                street1=settings.street1,
                street2=settings.street2,
                city=settings.city,
                state=settings.state,
                zip=settings.zip,
                country=settings.country,
                phone=settings.phone,
            ),
            "parcel": {
                "weight": _ounces(ask, settings),
                "length": _inches(settings.length_cm),
                "width": _inches(settings.width_cm),
                "height": _inches(settings.height_cm),
            },
            "options": {"label_format": "PDF", "print_custom_1": ask.number},
        }
    }


def choose_rate(
    rates: Sequence[dict[str, Any]], settings: LabelSettings, method: MethodKind
) -> dict[str, Any] | None:
    """Return the cheapest rate of the carrier and service the store wants; None: there is none.

    For a code at the counter, of the carriers that read one where there are any.
    """
    wanted = [
        one
        for one in rates
        if _price(one) is not None
        and settings.carrier.casefold() in ("", str(one.get("carrier", "")).casefold())
        and settings.service.casefold() in ("", str(one.get("service", "")).casefold())
    ]
    if method is MethodKind.QR_DROP_OFF:
        wanted = [one for one in wanted if one.get("carrier") in COUNTER_CARRIERS] or wanted
    return min(wanted, key=lambda one: (_price(one), str(one.get("id"))), default=None)


def cost_minor(rate: dict[str, Any], currency: str) -> int | None:
    """Return a rate's price in minor units, None where it is of another currency or not exact."""
    if rate.get("currency") != currency:
        return None
    try:
        return money.to_minor(str(rate.get("rate")), currency)
    except DomainError:
        return None


def _price(rate: dict[str, Any]) -> Decimal | None:
    try:
        return Decimal(str(rate.get("rate")))
    except InvalidOperation:
        return None


def _ounces(ask: LabelAsk, settings: LabelSettings) -> float:
    grams: Decimal | int = settings.weight_grams
    if ask.weight_grams:
        grams = Decimal(ask.weight_grams) * (100 + PACKAGING_PERCENT) / 100
    return float((Decimal(grams) / _GRAMS_PER_OUNCE).quantize(Decimal("0.1")))


def _inches(centimeters: int) -> float:
    return float((Decimal(centimeters) / _CM_PER_INCH).quantize(Decimal("0.1")))


def _filled(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
