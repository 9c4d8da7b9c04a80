"""Places where the law says at what hours advertising may ring in a pocket. Data with sources.

They hold for advertising on channels that go to a telephone number, whatever the store has set,
and count for an address there as well as for a number from there: Florida, for one, presumes that
whoever has one of its area codes lives there (Fla. Stat. 501.616(6), 501.059(8)(d)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.rules.contact_rules import Hours

TELEPHONE = frozenset({Channel.SMS, Channel.WHATSAPP})
Week = tuple[Hours | None, ...]  # Monday first; None: not at all that day


@dataclass(frozen=True, slots=True)
class Law:
    """When advertising may go to telephones in one place.

    :param code: the place, ISO 3166-1 or 3166-2.
    :param holidays_of: the country on whose public holidays nothing goes; ``""``: holidays are
        days like any.
    """

    code: str
    place: str
    week: Week
    says: str
    source: str
    holidays_of: str = ""

    def hours_on(self, day: date) -> Hours | None:
        """Return the hours of a day, None when it is closed."""
        if self.holidays_of and day in _holidays(self.holidays_of, day.year):
            return None
        return self.week[day.weekday()]


def _daily(start: int, end: int) -> Week:
    return (Hours(start, end),) * 7


LAWS: tuple[Law, ...] = (
    Law(
        "US",
        "the United States",
        _daily(8, 21),
        "The United States allow advertising to telephones from 8:00 to 21:00 where the person is.",
        "47 CFR 64.1200(c)(1)",
    ),
    Law(
        "US-FL",
        "Florida",
        _daily(8, 20),
        "Florida allows advertising to telephones from 8:00 to 20:00.",
        "Fla. Stat. 501.616(6)(a)",
    ),
    Law(
        "US-OK",
        "Oklahoma",
        _daily(8, 20),
        "Oklahoma allows advertising to telephones from 8:00 to 20:00.",
        "Oklahoma Telephone Solicitation Act of 2022, 15 O.S. 775C",
    ),
    Law(
        "US-MD",
        "Maryland",
        _daily(8, 20),
        "Maryland allows advertising to telephones from 8:00 to 20:00.",
        "Stop the Spam Calls Act of 2023, Md. Code, Com. Law, title 14, subtitle 45",
    ),
    Law(
        "US-WA",
        "Washington",
        _daily(8, 20),
        "Washington allows advertising to telephones from 8:00 to 20:00.",
        "RCW 80.36.390",
    ),
    Law(
        "US-CT",
        "Connecticut",
        _daily(9, 20),
        "Connecticut allows advertising to telephones from 9:00 to 20:00.",
        "Conn. Gen. Stat. 42-288a",
    ),
    Law(
        "US-TX",
        "Texas",
        ((Hours(9, 21),) * 6) + (Hours(12, 21),),
        "Texas allows advertising to telephones from 9:00 to 21:00, on Sundays only from noon.",
        "Tex. Bus. & Com. Code 302.053",
    ),
    Law(
        "FR",
        "France",
        ((Hours(8, 20),) * 6) + (None,),
        "France allows no advertising to telephones before 8:00, after 20:00, on Sundays or "
        "public holidays.",
        "Operators' charter for commercial SMS (AF2M); hours and days as Code de la consommation "
        "L. 223-1 and D. 223-9 guard against calls",
        holidays_of="FR",
    ),
)


def laws_for(channel: Channel, purpose: Purpose, codes: tuple[str, ...]) -> tuple[Law, ...]:
    """Return the laws on messages of a purpose to people in some places."""
    if purpose is not Purpose.MARKETING or channel not in TELEPHONE:
        return ()
    return tuple(law for law in LAWS if law.code in codes)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
