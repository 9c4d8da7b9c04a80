"""Holidays people can pick as their favorite, and the day of the year each falls on.

A holiday that is kept differently from country to country (Mother's Day, Thanksgiving, a national
day) is looked up for the customer's own; everybody else has the reference day. Moving feasts come
from the ``holidays`` library and, for Easter, from ``dateutil``; days that depend on the sighting
of the moon are the library's estimates and may be a day off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial

import holidays
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

ELSEWHERE = ""
"""Stands for every country that is not listed."""

DayOf = Callable[[int], date | None]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday: its names by language, and how its day is found by country.

    ``days`` maps a country (ISO 3166-1 alpha-2) to what gives its day in a year; the entry of
    :data:`ELSEWHERE` serves all others, and without one they do not have it.
    """

    labels: Mapping[str, str]
    days: Mapping[str, DayOf]


def _fixed(month: int, day: int, year: int) -> date:
    return date(year, month, day)


def _on(month: int, day: int) -> DayOf:
    return partial(_fixed, month, day)


def _nth(month: int, nth: int, year: int) -> date:
    """Return the nth Sunday of a month, the last for -1."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(6 - first.weekday()) + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _sunday(month: int, nth: int) -> DayOf:
    return partial(_nth, month, nth)


def _from_easter(days: int, method: int, year: int) -> date:
    return easter(year, method) + timedelta(days=days)


def _easter(days: int = 0, method: int = EASTER_WESTERN) -> DayOf:
    return partial(_from_easter, days, method)


def _french_mothers_day(year: int) -> date:
    """Return the last Sunday of May; where that is Pentecost, the first of June (law of 1950)."""
    last = _nth(5, -1, year)
    return _nth(6, 1, year) if last == easter(year) + timedelta(days=49) else last


_OFFICIAL = frozenset({"public", "optional", "school", "government", "de_facto"})


@lru_cache(maxsize=512)
def _days_of(country: str, year: int) -> dict[str, date]:
    """Return a country's holidays of a year by their English names, first days only."""
    known = holidays.country_holidays(country).supported_categories
    found = holidays.country_holidays(
        country, years=year, language="en_US", categories=tuple(sorted(_OFFICIAL & set(known)))
    )
    days: dict[str, date] = {}
    for day, names in sorted(found.items()):
        for name in names.split("; "):
            days.setdefault(name.replace(" (estimated)", ""), day)
    return days


def _by_name(country: str, names: tuple[str, ...], year: int) -> date | None:
    days = _days_of(country, year)
    return next((days[name] for name in names if name in days), None)


def _named(*names: str, of: str) -> DayOf:
    """Return what looks up the first of these names in a country's calendar."""
    return partial(_by_name, of, names)


def _own(*names: str, countries: str, elsewhere: str = "") -> dict[str, DayOf]:
    """Look names up in each country's own calendar, in that of ``elsewhere`` for all others."""
    days = {country: _named(*names, of=country) for country in countries.split()}
    return {**days, ELSEWHERE: _named(*names, of=elsewhere)} if elsewhere else days


def _each(day: DayOf, countries: str) -> dict[str, DayOf]:
    return dict.fromkeys(countries.split(), day)


_NATIONAL = (
    "National Day",
    "German Unity Day",
    "Independence Day",
    "Canada Day",
    "Republic Day",
    "King's Day",
    "Constitution Day",
    "National Independence Day",
    "Independent Czechoslovak State Day",
    "Day of Portugal, Camões, and the Portuguese Communities",
    "Australia Day",
    "Waitangi Day",
    "Saint Patrick's Day",
)


def _labels(en: str, de: str, fr: str, es: str, ar: str) -> dict[str, str]:
    return {"en": en, "de": de, "fr": fr, "es": es, "ar": ar}


# In the order of the year, as a list to pick from shows them.
HOLIDAYS: dict[str, Holiday] = {
    "new_year": Holiday(
        _labels("New Year’s Day", "Neujahr", "Jour de l’An", "Año Nuevo", "رأس السنة الميلادية"),
        {ELSEWHERE: _on(1, 1)},
    ),
    "epiphany": Holiday(
        _labels("Epiphany", "Heilige Drei Könige", "Épiphanie", "Reyes Magos", "عيد الظهور الإلهي"),
        {ELSEWHERE: _on(1, 6)},
    ),
    "orthodox_christmas": Holiday(
        _labels(
            "Orthodox Christmas",
            "Orthodoxe Weihnachten",
            "Noël orthodoxe",
            "Navidad ortodoxa",
            "عيد الميلاد الأرثوذكسي",
        ),
        {ELSEWHERE: _on(1, 7)},
    ),
    "lunar_new_year": Holiday(
        _labels(
            "Lunar New Year",
            "Mondneujahr",
            "Nouvel An lunaire",
            "Año Nuevo lunar",
            "رأس السنة القمرية",
        ),
        {
            ELSEWHERE: _named("Chinese New Year", of="SG"),
            "KR": _named("Korean New Year", of="KR"),
            "VN": _named("Lunar New Year", of="VN"),
        },
    ),
    "valentines": Holiday(
        _labels("Valentine’s Day", "Valentinstag", "Saint-Valentin", "San Valentín", "عيد الحب"),
        {ELSEWHERE: _on(2, 14)},
    ),
    "holi": Holiday(
        _labels("Holi", "Holi", "Holi", "Holi", "هولي"), {ELSEWHERE: _named("Holi", of="IN")}
    ),
    "nowruz": Holiday(
        _labels("Nowruz", "Nouruz", "Norouz", "Nouruz", "النوروز"),
        {ELSEWHERE: _named("Nowruz", of="IR")},
    ),
    "passover": Holiday(
        _labels("Passover", "Pessach", "Pessah", "Pésaj", "عيد الفصح اليهودي"),
        {ELSEWHERE: _named("Pesach", of="IL")},
    ),
    "easter": Holiday(
        _labels("Easter", "Ostern", "Pâques", "Pascua", "عيد الفصح"), {ELSEWHERE: _easter()}
    ),
    "orthodox_easter": Holiday(
        _labels(
            "Orthodox Easter",
            "Orthodoxe Ostern",
            "Pâques orthodoxe",
            "Pascua ortodoxa",
            "عيد الفصح الأرثوذكسي",
        ),
        {ELSEWHERE: _easter(method=EASTER_ORTHODOX)},
    ),
    "eid_al_fitr": Holiday(
        _labels(
            "Eid al-Fitr", "Zuckerfest (Id al-Fitr)", "Aïd al-Fitr", "Eid al-Fitr", "عيد الفطر"
        ),
        _own("Eid al-Fitr", countries="AE TR IN ID MY MA", elsewhere="AE"),
    ),
    "mothers_day": Holiday(
        _labels("Mother’s Day", "Muttertag", "Fête des Mères", "Día de la Madre", "عيد الأم"),
        {
            ELSEWHERE: _sunday(5, 2),
            **_each(_easter(-21), "GB IE"),
            "FR": _french_mothers_day,
            "SE": _sunday(5, -1),
            "NO": _sunday(2, 2),
            "PL": _on(5, 26),
            **_each(_sunday(5, 1), "ES PT HU LT"),
            **_each(_on(5, 10), "MX GT SV"),
            **_each(_on(3, 21), "AE BH EG IQ JO KW LB OM PS QA SA SY YE"),
        },
    ),
    "eid_al_adha": Holiday(
        _labels(
            "Eid al-Adha",
            "Opferfest (Id al-Adha)",
            "Aïd al-Adha",
            "Eid al-Adha",
            "عيد الأضحى",
        ),
        _own("Eid al-Adha", countries="AE TR IN ID MY MA", elsewhere="AE"),
    ),
    "fathers_day": Holiday(
        _labels("Father’s Day", "Vatertag", "Fête des Pères", "Día del Padre", "عيد الأب"),
        {
            ELSEWHERE: _sunday(6, 3),
            "DE": _easter(39),
            "AT": _sunday(6, 2),
            "CH": _sunday(6, 1),
            **_each(_on(3, 19), "ES IT PT"),
            **_each(_sunday(11, 2), "SE NO FI IS EE"),
            **_each(_sunday(9, 1), "AU NZ"),
            **_each(_on(6, 21), "AE EG JO LB SY"),
        },
    ),
    "midsummer": Holiday(
        _labels("Midsummer", "Mittsommer", "Fête de la Saint-Jean", "San Juan", "منتصف الصيف"),
        {
            ELSEWHERE: _on(6, 24),
            "SE": _named("Midsummer Eve", of="SE"),
            "FI": _named("Midsummer Day", of="FI"),
        },
    ),
    "national_day": Holiday(
        _labels(
            "My country’s national day",
            "Nationalfeiertag meines Landes",
            "Fête nationale de mon pays",
            "Fiesta nacional de mi país",
            "اليوم الوطني لبلدي",
        ),
        _own(
            *_NATIONAL,
            countries="AE AT AU BE BR CA CH CN CZ DE DK ES FI FR GR IE IN IT NL NO NZ PL PT SE TR US",
        ),
    ),
    "rosh_hashanah": Holiday(
        _labels("Rosh Hashanah", "Rosch Haschana", "Roch Hachana", "Rosh Hashaná", "روش هشاناه"),
        {ELSEWHERE: _named("Rosh Hashanah", of="IL")},
    ),
    "mid_autumn": Holiday(
        _labels(
            "Mid-Autumn Festival",
            "Mondfest",
            "Fête de la mi-automne",
            "Fiesta del Medio Otoño",
            "عيد منتصف الخريف",
        ),
        {ELSEWHERE: _named("Mid-Autumn Festival", of="CN")},
    ),
    "halloween": Holiday(
        _labels("Halloween", "Halloween", "Halloween", "Halloween", "الهالوين"),
        {ELSEWHERE: _on(10, 31)},
    ),
    "day_of_the_dead": Holiday(
        _labels(
            "Day of the Dead",
            "Tag der Toten",
            "Jour des morts",
            "Día de Muertos",
            "يوم الموتى",
        ),
        {ELSEWHERE: _on(11, 2)},
    ),
    "diwali": Holiday(
        _labels("Diwali", "Diwali", "Diwali", "Diwali", "ديوالي"),
        {ELSEWHERE: _named("Diwali", of="IN")},
    ),
    "thanksgiving": Holiday(
        _labels("Thanksgiving", "Thanksgiving", "Thanksgiving", "Acción de Gracias", "عيد الشكر"),
        {
            ELSEWHERE: _named("Thanksgiving Day", of="US"),
            "CA": _named("Thanksgiving Day", of="CA"),
        },
    ),
    "saint_nicholas": Holiday(
        _labels(
            "Saint Nicholas’ Day",
            "Nikolaustag",
            "Saint-Nicolas",
            "San Nicolás",
            "عيد القديس نيقولاوس",
        ),
        {ELSEWHERE: _on(12, 6), "NL": _on(12, 5)},
    ),
    "hanukkah": Holiday(
        _labels("Hanukkah", "Chanukka", "Hanoucca", "Janucá", "حانوكا"),
        {ELSEWHERE: _named("Hanukkah", of="IL")},
    ),
    "christmas": Holiday(
        _labels("Christmas", "Weihnachten", "Noël", "Navidad", "عيد الميلاد"),
        # Where presents are given on the evening before, the greeting belongs there.
        {ELSEWHERE: _on(12, 25), **_each(_on(12, 24), "AT CH CZ DE DK FI HU IS NO PL SE SK")},
    ),
    "new_years_eve": Holiday(
        _labels("New Year’s Eve", "Silvester", "Saint-Sylvestre", "Nochevieja", "ليلة رأس السنة"),
        {ELSEWHERE: _on(12, 31)},
    ),
}


@dataclass(frozen=True, slots=True)
class HolidayOn:
    """A holiday that falls on a day: in these countries, or (``is_except``) in all but these."""

    key: str
    countries: tuple[str, ...]
    is_except: bool


def day_of_holiday(key: str, country: str, year: int) -> date | None:
    """Return the day a holiday is kept on in a country, None where it is not kept that year.

    :raises KeyError: no such holiday.
    """
    days = HOLIDAYS[key].days
    found = days.get(country) or days.get(ELSEWHERE)
    return found(year) if found else None


def holidays_on(day: date) -> list[HolidayOn]:
    """Return whose holiday a day is; a holiday may be there twice, listed and for all others."""
    return _calendar(day.year).get(day, [])


@lru_cache(maxsize=64)
def _calendar(year: int) -> dict[date, list[HolidayOn]]:
    """Return a year's days with what is kept on them; some 70 days, made once per process."""
    found: dict[date, list[HolidayOn]] = defaultdict(list)
    for key, holiday in HOLIDAYS.items():
        listed = tuple(sorted(country for country in holiday.days if country))
        by_day: dict[date, list[str]] = defaultdict(list)
        for country in (*listed, ELSEWHERE):
            if country in holiday.days and (day := holiday.days[country](year)):
                by_day[day].append(country)
        for day, countries in by_day.items():
            own = tuple(country for country in countries if country)
            if own:
                found[day].append(HolidayOn(key, own, is_except=False))
            if ELSEWHERE in countries:
                found[day].append(HolidayOn(key, listed, is_except=True))
    return dict(found)


def label_of(key: str, locale: str) -> str:
    """Return what a holiday is called in a language, in English where we have no word for it."""
    labels = HOLIDAYS[key].labels
    return labels.get(locale.replace("_", "-").split("-")[0].lower()) or labels["en"]
