"""What the actions share: which carrier, which number, and what crosses the wall afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.kernel.errors import Invalid
from doorstep.rooms.fulfillment.models import Carrier, ServiceLevel
from doorstep.rooms.fulfillment.rules import carriers as known
from doorstep.rooms.fulfillment.rules.numbers import (
    MAX_LENGTH,
    MAX_TYPED,
    normalize_number,
    recognize,
    trackable_number,
)


@dataclass(frozen=True, slots=True)
class Tracking:
    """A number with what follows from it, as parcels keep it."""

    carrier: str
    carrier_name: str
    tracking_number: str
    tracking_key: str
    tracking_url: str

    def fields(self) -> dict[str, str]:
        """Return the parcel's columns."""
        return {name: getattr(self, name) for name in self.__slots__}


class CarrierBook:
    """The store's carriers, read once (two queries)."""

    def __init__(self) -> None:
        self._own = {one.code: one for one in Carrier.objects.all()}
        self._levels = list(ServiceLevel.objects.select_related("carrier").order_by("id"))

    def track(self, typed: str, carrier: str = "", *, name: str = "", url: str = "") -> Tracking:
        """Return what a parcel keeps of a typed, scanned or reported number.

        :param carrier: our code; "" takes the name's, else the number's likeliest of those that
            the store ships with.
        :raises Invalid: too long, or not a number.
        """
        number = read_number(typed)
        code = carrier or (known.find_carrier(name) if name else "") or self._guess(number)
        own = self._own.get(code)
        shown = own.name if own else (known.carrier_name(code) if code else "")
        if own and own.tracking_url and number:
            url = own.tracking_url.replace("{number}", number)
        elif number and not url:
            url = known.tracking_url(code, number) if code else ""
        return Tracking(code, name or shown, number, normalize_number(number), url)

    def _guess(self, number: str) -> str:
        found = recognize(number) if number else []
        own = [code for code in found if code in self._own and self._own[code].is_active]
        return (own or found or [""])[0]

    def choose(self, shipping_method: str) -> tuple[str, str]:
        """Return carrier and service level that an order's shipping method asks for.

        Where none names the method: the default carrier, without a level.
        """
        method = shipping_method.strip().casefold()
        for level in self._levels:
            wanted = [one.strip().casefold() for one in level.shipping_methods]
            if method and method in wanted and level.carrier.is_active:
                return level.carrier.code, level.code
        default = next((one for one in self._own.values() if one.is_default), None)
        return (default.code, "") if default else ("", "")

    def check(self, code: str, field: str = "carrier") -> str:
        """Return a carrier's code. :raises Invalid: nobody knows it."""
        code = code.strip()
        if code and code not in self._own and known.get_carrier(code) is None:
            raise Invalid(
                "This carrier is not known. Choose one of your carriers, or add it.", field=field
            )
        return code


def read_number(typed: str, field: str = "tracking_number") -> str:
    """Return a typed or scanned number as it is kept. :raises Invalid: it can't be one."""
    typed = typed.strip()
    if "\x00" in typed or len(typed) > MAX_TYPED:
        raise Invalid("That is too long for a tracking number.", field=field)
    if not typed:
        return ""
    number = trackable_number(typed)
    if not any(char.isalnum() for char in number) or len(number) > MAX_LENGTH:
        raise Invalid("A tracking number has letters and digits, at most 64.", field=field)
    return number


def joined(words: Sequence[str]) -> str:
    """Join sentences."""
    return " ".join(word for word in words if word)
