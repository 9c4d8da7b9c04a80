"""Which language a shopper reads."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}
FALLBACK = "en"
COOKIE = "doorstep_language"  # the language a reader chose on a page, until the browser is closed


def choose_language(request: HttpRequest, *known: str) -> str:
    """Return the first language we speak: the one asked for in the address, the one chosen on a
    page before, then those we know of (the order's, the store's) in turn, English at last.

    ``known`` are BCP 47 tags; a country in them is dropped.
    """
    return _first([*_chosen(request), *known]) or FALLBACK


def choose_known(*known: str) -> str:
    """Return the first language we speak of those we know of, English at last."""
    return _first(known) or FALLBACK


def choose_visitor_language(request: HttpRequest, *known: str) -> str:
    """Return the language for a visitor we do not know yet: the browser's wishes come first."""
    accepted = [
        tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    return _first([*_chosen(request), *accepted, *known]) or FALLBACK


def keep_choice(request: HttpRequest, response: HttpResponse) -> None:
    """Keep the language a reader asked for, so that the next page and the next step of a form
    speak it too. Who chooses nothing gets no cookie.
    """
    language = _first([request.GET.get("lang", "")])
    if language:
        response.set_cookie(
            COOKIE,
            language,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _chosen(request: HttpRequest) -> tuple[str, str]:
    return request.GET.get("lang", ""), request.COOKIES.get(COOKIE, "")


def _first(tags: Iterable[str]) -> str:
    for tag in tags:
        language = tag.replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return ""
