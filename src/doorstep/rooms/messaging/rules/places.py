"""Where a recipient is: the time zones to go by, and the places whose laws count. Pure.

What is known best comes first: the zone a person has told, then their address, then where their
number belongs, then the store's own zone. Where a place lies in several zones and it is not known
in which of them the person lives, both ends are looked at: nobody in California is woken because
New York is up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel.core import get_global

from doorstep.rooms.messaging.rules.area_codes import (
    STATE_OF_AREA,
    STATE_OF_NAME,
    ZONES_OF_STATE,
)

UTC = "UTC"
PHONE_START = 5  # "+1305": enough for the country, and for the state in North America

# First and last zone in which most people of a country live, where there is more than one.
# Source: the IANA zone table (zone1970.tab).
_WIDE: dict[str, tuple[str, ...]] = {
    "AR": ("America/Argentina/Buenos_Aires",),
    "AU": ("Australia/Sydney", "Australia/Perth"),
    "BR": ("America/Sao_Paulo", "America/Manaus"),
    "CA": ("America/Halifax", "America/Vancouver"),
    "CD": ("Africa/Lubumbashi", "Africa/Kinshasa"),
    "CL": ("America/Santiago",),
    "CN": ("Asia/Shanghai",),
    "DE": ("Europe/Berlin",),
    "EC": ("America/Guayaquil",),
    "ES": ("Europe/Madrid", "Atlantic/Canary"),
    "ID": ("Asia/Jayapura", "Asia/Jakarta"),
    "KZ": ("Asia/Almaty",),
    "MN": ("Asia/Ulaanbaatar", "Asia/Hovd"),
    "MX": ("America/Cancun", "America/Tijuana"),
    "NZ": ("Pacific/Auckland",),
    "PT": ("Europe/Lisbon", "Atlantic/Azores"),
    "RU": ("Asia/Vladivostok", "Europe/Moscow"),
    "UA": ("Europe/Kyiv",),
    "US": ("America/New_York", "America/Los_Angeles"),
}
# States outside North America that decide the zone.
_REGIONS: dict[str, tuple[str, ...]] = {
    "AU-ACT": ("Australia/Sydney",),
    "AU-NSW": ("Australia/Sydney",),
    "AU-NT": ("Australia/Darwin",),
    "AU-QLD": ("Australia/Brisbane",),
    "AU-SA": ("Australia/Adelaide",),
    "AU-TAS": ("Australia/Hobart",),
    "AU-VIC": ("Australia/Melbourne",),
    "AU-WA": ("Australia/Perth",),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is.

    :param zones: IANA names, never empty, all of them real; more than one where it is not known
        which of them holds.
    :param codes: countries (``US``) and states (``US-FL``) whose laws count, sorted: where the
        address is, and where the number belongs.
    """

    zones: tuple[str, ...] = (UTC,)
    codes: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone that moments are told in."""
        return ZoneInfo(self.zones[0])


NOWHERE = Place()


def phone_start(phone: str) -> str:
    """Return as much of an E.164 number as tells where it belongs."""
    return phone[:PHONE_START] if phone.startswith("+") else ""


@lru_cache(maxsize=8192)
def place_of(timezone: str, country: str, region: str, phone: str, home: str) -> Place:
    """Return where somebody is, by whatever is known of them.

    :param timezone: what the person told; a name that no zone has is passed over.
    :param country: ISO 3166-1 alpha-2 of their address, ``""`` unknown.
    :param region: their state's code within the country (``FL``) or its name.
    :param phone: the beginning of their number, as :func:`phone_start` cuts it.
    :param home: the store's zone, where nothing else is known.
    """
    dialed, dialed_state = _of_phone(phone)
    state = state_code(country, region)
    codes = {code for code in (country, state, dialed, dialed_state) if code}
    return Place(
        zones=_told(timezone)
        or _zones_at(country, state, dialed, dialed_state)
        or _told(home)
        or (UTC,),
        codes=tuple(sorted(codes)),
    )


def state_code(country: str, region: str) -> str:
    """Return ``US-FL`` for ``FL``, ``US-FL`` and ``Florida``; ``""`` for what is no code."""
    text = region.strip()
    if not country or not text:
        return ""
    if known := STATE_OF_NAME.get((country, text.lower())):
        return known
    code = text.upper().removeprefix(f"{country}-")
    return f"{country}-{code}" if len(code) <= 3 and code.isascii() and code.isalnum() else ""


def _told(timezone: str) -> tuple[str, ...]:
    return (timezone,) if timezone in _known_zones() else ()


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zones_at(country: str, state: str, dialed: str, dialed_state: str) -> tuple[str, ...]:
    if country:
        found = _zones_of(state)
        if not found and dialed == country:
            found = _zones_of(dialed_state)
        return found or _zones_of_country(country)
    return _zones_of(dialed_state) or _zones_of_country(dialed)


def _zones_of(state: str) -> tuple[str, ...]:
    return ZONES_OF_STATE.get(state) or _REGIONS.get(state, ())


def _zones_of_country(country: str) -> tuple[str, ...]:
    if country in _WIDE:
        return _WIDE[country]
    of_country = get_global("territory_zones").get(country, ())
    known = [zone for zone in of_country if _told(zone) and not zone.startswith("Etc/")]
    return tuple(known[:1])


def _of_phone(start: str) -> tuple[str, str]:
    """Return the country and the state a number belongs to, each ``""`` when it tells neither."""
    digits = start.removeprefix("+")
    if not digits.isdigit() or not digits.isascii():
        return "", ""
    if digits.startswith("1"):
        return _of_north_america(digits[1:4])
    if digits.startswith("7"):  # one code for two countries; Kazakhstan has 76 and 77
        return ("KZ" if digits[1:2] in {"6", "7"} else "RU"), ""
    for length in (2, 3):
        country = phonenumbers.region_code_for_country_code(int(digits[:length]))
        if len(digits) >= length and country.isalpha() and country != "ZZ":
            return country, ""
    return "", ""


def _of_north_america(area: str) -> tuple[str, str]:
    if state := STATE_OF_AREA.get(area):
        return state[:2], state
    if len(area) < 3:
        return "", ""
    # Other countries of the plan: Jamaica, Puerto Rico ... Any number of theirs tells.
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area}5550100"))
    return phonenumbers.region_code_for_number(number) or "", ""
