"""What buying return labels takes, as the merchant enters it; kept with the connection, encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from doorstep.connectors.carriers.countries import country_code
from doorstep.kernel.errors import Invalid

KEY = "api_key"
_STARTS = ("EZAK", "EZTK")  # production and test keys


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """Where returns go, and the parcel they usually come in.

    :param state: of the address; carriers in the US, Canada and Australia need it.
    :param phone: most carriers refuse labels without one.
    :param weight_grams: of a parcel with things whose weight the catalog does not know.
    :param carrier: as EasyPost writes it ("USPS"); "" the cheapest of all.
    :param service: likewise ("GroundAdvantage").
    """

    name: str = ""
    street1: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    weight_grams: int = 1000
    length_cm: int = 30
    width_cm: int = 20
    height_cm: int = 15
    carrier: str = ""
    service: str = ""

    @property
    def is_complete(self) -> bool:
        """Tell whether a label can have this address."""
        return bool(self.street1 and self.city and self.zip and self.country and self.phone)


_NUMBERS = ("weight_grams", "length_cm", "width_cm", "height_cm")
_LIMITS = {"weight_grams": 70_000, "length_cm": 300, "width_cm": 300, "height_cm": 300}
NAMES = tuple(one.name for one in fields(LabelSettings))


def read_settings(kept: Mapping[str, str]) -> LabelSettings:
    """Return settings from what a connection keeps; what is not there is usual."""
    values: dict[str, Any] = {name: kept[name] for name in NAMES if kept.get(name)}
    return LabelSettings(
        **values | {name: int(values[name]) for name in _NUMBERS if name in values}
    )


def kept_settings(wanted: LabelSettings) -> dict[str, str]:
    """Return settings as a connection keeps them."""
    return {name: str(getattr(wanted, name)) for name in NAMES}


def check_settings(wanted: LabelSettings) -> None:
    """Refuse an address no carrier takes. :raises Invalid: naming the field."""
    for name in ("name", "street1", "city", "zip", "phone"):
        if not getattr(wanted, name).strip():
            raise Invalid("Carriers need this for a label.", field=name)
    if len(wanted.country) != 2 or country_code(wanted.country) != wanted.country:
        raise Invalid("Enter the country’s two letters, like US or DE.", field="country")
    if wanted.country in ("US", "CA", "AU") and not wanted.state.strip():
        raise Invalid("Addresses in this country need the state, like NY.", field="state")
    for name in _NUMBERS:
        if not 1 <= getattr(wanted, name) <= _LIMITS[name]:
            raise Invalid(f"Enter 1 to {_LIMITS[name]}.", field=name)
    for name in NAMES:
        if len(str(getattr(wanted, name))) > 200:
            raise Invalid("Keep it below 200 characters.", field=name)


def check_key(api_key: str) -> None:
    """Refuse what is no key of EasyPost's. :raises Invalid: in words."""
    if not api_key.startswith(_STARTS) or len(api_key) < 20 or not api_key.isalnum():
        raise Invalid(
            "EasyPost’s keys begin with EZAK (or EZTK, for trying out). You find them at EasyPost "
            "under API Keys.",
            field=KEY,
        )
