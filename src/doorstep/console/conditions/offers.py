"""Values to choose from where a store makes them itself: its tags, countries, languages.

Each is asked for only when a condition on the page uses its fact.
"""

from __future__ import annotations

from collections.abc import Callable

from babel.core import Locale
from django.utils.translation import get_language

from doorstep.console.conditions.controls import Offer, Offers
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.customers import api as customers
from doorstep.rooms.returns import api as returns

_LANGUAGES = ("ar", "cs", "da", "de", "en", "es", "fi", "fr", "it", "ja", "nb", "nl", "pl", "pt", "sv", "tr", "zh")  # fmt: skip


def _locale() -> Locale:
    return Locale.parse((get_language() or "en").replace("-", "_"))


def _countries() -> Offer:
    named = [(code, name) for code, name in _locale().territories.items() if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")]  # fmt: skip
    return Offer(tuple(sorted(named, key=lambda pair: pair[1])))


def _languages() -> Offer:
    names = _locale().languages
    return Offer(tuple((code, names.get(code, code)) for code in _LANGUAGES))


def _tags() -> Offer:
    return Offer(tuple((tag, tag) for tag in customers.list_tags()))


def _segments() -> Offer:
    found = audiences.list_segments()
    return Offer(tuple((str(one.id), one.name) for one in found), is_whole=True)


def _reasons() -> Offer:
    found = returns.read_reasons().all()
    named = tuple((one.code, one.words.get("en", one.code)) for one in found)
    return Offer(named, is_whole=True)


_FINDERS: dict[str, Callable[[], Offer]] = {
    "customer.country": _countries,
    "customer.locale": _languages,
    "customer.segments": _segments,
    "customer.tags": _tags,
    "return_line.country": _countries,
    "return_line.customer_tags": _tags,
    "return_line.reason": _reasons,
    "return_line.reason_group": _reasons,
}


def find_offers(facts: set[str]) -> Offers:
    """Return the values to choose from for the facts a condition uses."""
    return {name: _FINDERS[name]() for name in sorted(facts & set(_FINDERS))}
