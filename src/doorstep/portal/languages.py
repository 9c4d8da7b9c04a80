"""Which language a shopper reads."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}
FALLBACK = "en"


def choose_language(request: HttpRequest, *known: str) -> str:
    """Return the first language we speak: the one asked for in the address, then those we know
    of (the order's, the store's) in turn, English at last.

    ``known`` are BCP 47 tags; a country in them is dropped.
    """
    return _first([request.GET.get("lang", ""), *known]) or FALLBACK


def choose_known(*known: str) -> str:
    """Return the first language we speak of those we know of, English at last."""
    return _first(known) or FALLBACK


def choose_visitor_language(request: HttpRequest, *known: str) -> str:
    """Return the language for a visitor we do not know yet: the browser's wishes come first."""
    accepted = [
        tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    return _first([request.GET.get("lang", ""), *accepted, *known]) or FALLBACK


def _first(tags: Iterable[str]) -> str:
    for tag in tags:
        language = tag.replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return ""
