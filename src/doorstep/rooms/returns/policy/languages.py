"""The policy's words in the languages shoppers read; others fall back to English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date

LANGUAGES = ("en", "de", "fr", "es", "ar")


@lru_cache(maxsize=8)
def phrases_in(language: str) -> Mapping[str, Any]:
    """Return the phrases of one of :data:`LANGUAGES`, by section."""
    source = files("doorstep.rooms.returns.policy").joinpath("phrases", f"{language}.json")
    found: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return found


def choose_language(*locales: str) -> str:
    """Return the first of some language tags ("de-AT") that the policy speaks, else English."""
    for locale in locales:
        language = locale.replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


@lru_cache(maxsize=2048)
def show_date(day: date, language: str) -> str:
    """Write a day with its year: "May 3, 2026"."""
    return format_date(day, "long", locale=language)


def refusal_words(code: str, day: date | None, language: str) -> str:
    """Say why a line may not come back, with the day where there is one."""
    refusals = phrases_in(language)["refusals"]
    if day is None:
        return str(refusals[code])
    dated = refusals.get(f"{code}_until", refusals[code])
    return str(dated).replace("{date}", show_date(day, language))
