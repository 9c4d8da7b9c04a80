"""The words of the built-in templates, in several languages.

One catalog per language (``default_templates/phrases/*.json``): a flat map from a key such as
``order.thanks`` to a text, or to one text per CLDR plural category. ``{name}`` stands for a
value. A store may replace single texts without touching a template's layout.

Values are put in by hand, never by ``str.format``: a replaced text must not reach into objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from doorstep.rooms.messaging.templating.locales import FALLBACK, babel_locale

Phrase = str | dict[str, str]
Catalog = Mapping[str, Phrase]

LOCALES = ("en", "de", "fr", "es", "ar")
"""Languages the built-in templates speak; others fall back to English."""

_PACKAGE = "doorstep.rooms.messaging.default_templates"
_HOLE = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=32)
def catalog(language: str) -> Catalog:
    """Return the built-in texts of one of :data:`LOCALES`."""
    source = files(_PACKAGE).joinpath("phrases", f"{language}.json")
    loaded: Catalog = json.loads(source.read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=512)
def phrase_language(locale: str) -> str:
    """Return the catalog a language tag is served from."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LOCALES else FALLBACK


def find_phrase(key: str, locale: str, overrides: Catalog | None = None) -> Phrase | None:
    """Return the text (or plural texts) for a key: the store's own, the language's, English."""
    if overrides and key in overrides:
        return overrides[key]
    return catalog(phrase_language(locale)).get(key) or catalog(FALLBACK).get(key)


def choose_plural(phrase: Phrase, count: object, locale: str) -> str:
    """Return the text for a count; the language's plural rule decides (CLDR)."""
    if isinstance(phrase, str):
        return phrase
    if isinstance(count, int):
        category = babel_locale(phrase_language(locale)).plural_form(count)
        return phrase.get(category) or phrase["other"]
    return phrase["other"]


@lru_cache(maxsize=2_048)
def split_phrase(text: str) -> tuple[str, ...]:
    """Split a text into literal, name, literal, name, …, literal."""
    return tuple(_HOLE.split(text))


def holes(phrase: Phrase) -> set[str]:
    """Return the names of the values a phrase needs."""
    texts = [phrase] if isinstance(phrase, str) else list(phrase.values())
    return {name for text in texts for name in _HOLE.findall(text)}
