"""From a shopper's language tag to a locale Babel knows, cached because parsing is slow."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError

FALLBACK = "en"


@lru_cache(maxsize=512)
def babel_locale(code: str) -> Locale:
    """Return the closest locale to a BCP 47 tag ("de-AT", "pt_BR"), English when unknown."""
    parts = code.replace("_", "-").split("-")
    while parts:
        try:
            return Locale.parse("-".join(parts), sep="-")
        except (ValueError, UnknownLocaleError):
            parts.pop()
    return Locale.parse(FALLBACK)


@lru_cache(maxsize=512)
def direction_of(code: str) -> Literal["ltr", "rtl"]:
    """Return the reading direction of a language tag."""
    return "rtl" if babel_locale(code).text_direction == "rtl" else "ltr"
