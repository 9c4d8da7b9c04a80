"""Which clock a place goes by: carriers often give local times without saying where.

Which zones a country has: CLDR's ``territoryZones`` (https://cldr.unicode.org), by way of Babel.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

# Several zones in CLDR, but nearly everybody (and every carrier) goes by one.
_MAIN = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
}
_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
# The zone of most of a state's people (49 CFR part 71); carriers give the state, not the zone.
_STATES = {
    **dict.fromkeys(
        [
            "CT",
            "DC",
            "DE",
            "FL",
            "GA",
            "IN",
            "KY",
            "MA",
            "MD",
            "ME",
            "MI",
            "NC",
            "NH",
            "NJ",
            "NY",
            "OH",
            "PA",
            "RI",
            "SC",
            "VA",
            "VT",
            "WV",
        ],
        _EASTERN,
    ),
    **dict.fromkeys(
        [
            "AL",
            "AR",
            "IA",
            "IL",
            "KS",
            "LA",
            "MN",
            "MO",
            "MS",
            "ND",
            "NE",
            "OK",
            "SD",
            "TN",
            "TX",
            "WI",
        ],
        _CENTRAL,
    ),
    **dict.fromkeys(["CO", "ID", "MT", "NM", "UT", "WY"], _MOUNTAIN),
    **dict.fromkeys(["CA", "NV", "OR", "WA"], _PACIFIC),
    "AZ": "America/Phoenix",
    "AK": "America/Anchorage",
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
}


@lru_cache(maxsize=512)
def zones_of(country: str) -> tuple[ZoneInfo, ...]:
    """Return the zones of a country (ISO 3166-1 alpha-2); none when it is not known."""
    if country in _MAIN:
        return (ZoneInfo(_MAIN[country]),)
    return tuple(ZoneInfo(name) for name in get_global("territory_zones").get(country, ()))


def zone_of_destination(country: str, region: str, store_zone: str) -> str:
    """Return the zone that a destination goes by: its country's only one, else the store's."""
    if country == "US" and region.upper() in _STATES:
        return _STATES[region.upper()]
    zones = zones_of(country)
    # Berlin and Busingen, say, have gone by the same clock for decades.
    now = datetime(2026, 1, 1), datetime(2026, 7, 1)
    same = {tuple(one.replace(tzinfo=zone).utcoffset() for one in now) for zone in zones}
    return zones[0].key if len(same) == 1 else store_zone


def read_local(told: datetime, *, country: str, region: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time.

    :param told: naive, local to where it happened.
    :param country: where that was, ``""`` when nobody says.
    :param zone: taken when the place does not decide: the destination's or the store's.
    """
    if country == "US" and region.upper() in _STATES:
        return told.replace(tzinfo=ZoneInfo(_STATES[region.upper()]))
    found = {told.replace(tzinfo=one).timestamp() for one in zones_of(country)}
    if len(found) == 1:
        return told.replace(tzinfo=zones_of(country)[0])
    return told.replace(tzinfo=zone)
