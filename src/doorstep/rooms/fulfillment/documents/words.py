"""The words on papers, in the languages shoppers read; others fall back to English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "de", "fr", "es", "ar")
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})


@lru_cache(maxsize=8)
def words_in(language: str) -> Mapping[str, str]:
    """Return the words of one of :data:`LANGUAGES`."""
    source = files("doorstep.rooms.fulfillment.documents").joinpath("phrases", f"{language}.json")
    found: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return found


def choose_language(*locales: str) -> str:
    """Return the first of some language tags ("de-AT") that papers can speak, else English."""
    for locale in locales:
        language = locale.replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"
