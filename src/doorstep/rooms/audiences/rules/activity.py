"""What may be told about a visit: names, sizes, and nothing that says who somebody is (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

PAGE_VIEWED = "page_viewed"
PRODUCT_VIEWED = "product_viewed"
SEARCHED = "searched"
WISHED = "added_to_wishlist"
UNWISHED = "removed_from_wishlist"
CARTED = "added_to_cart"
KNOWN_KINDS = (PAGE_VIEWED, PRODUCT_VIEWED, SEARCHED, WISHED, UNWISHED, CARTED)
ABOUT_PRODUCTS = frozenset({PRODUCT_VIEWED, WISHED, UNWISHED, CARTED})

MOST_DETAILS = 10
LONGEST_TEXT = 200
LONGEST_KEY = 120
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_VISITOR = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}", re.ASCII)
# An e-mail address also in a sentence; a run of figures as long as a phone number's
_MAIL = re.compile(r"[^\s@]+(?:@|%40)[^\s@]+\.[^\s@]{2,}")
_FIGURES = re.compile(r"(?:\+|\b)\d(?:[\s().-]?\d){8,}")
_PERSONAL = re.compile(
    r"(^|_)(e?_?mail|phone|mobile|tel|fullname|first_?name|last_?name|surname|address|street|zip|"
    r"postal(_?code)?|ip|birth(day|_?date)?|iban|card|password|token|secret)(_|$)"
)


def is_kind(text: str) -> bool:
    """Tell whether something may be called so: a known kind, or the merchant's own like them."""
    return bool(_KIND.fullmatch(text))


def is_visitor(text: str) -> bool:
    """Tell whether a text can be the random id of a browser."""
    return bool(_VISITOR.fullmatch(text))


def is_key(text: str) -> bool:
    """Tell whether a text can be the teller's id of an activity."""
    return bool(_KEY.fullmatch(text))


def is_about_somebody(text: str) -> bool:
    """Tell whether a text holds an e-mail address or a phone number."""
    return bool(_MAIL.search(text) or _FIGURES.search(text))


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold a text: no NUL, no half of a pair of surrogates."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def problem_of(details: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first field that may not be told and what to do about it, None when all may."""
    if len(details) > MOST_DETAILS:
        return "details", f"Tell at most {MOST_DETAILS} details."
    for name, value in details.items():
        if not _NAME.fullmatch(name):
            return "details", "Name a detail with small letters, figures and “_”, at most 40."
        if _PERSONAL.search(name):
            return name, "Leave out what says who somebody is: identify the visitor by a token."
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT or not is_storable(value):
                return name, f"Keep a text under {LONGEST_TEXT} characters, without control ones."
            if is_about_somebody(value):
                return name, "This looks like an e-mail address or a phone number: leave it out."
        elif value is not None and not isinstance(value, bool | int | float):
            return name, "Tell texts, numbers, true or false; no lists or objects."
        elif isinstance(value, int | float) and not abs(value) < 1e15:
            return name, "This number is too large."
    return None


def without_personal(details: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what of the details may be kept: for tellers that can't be told off (a browser)."""
    kept: dict[str, Any] = {}
    for name, value in details.items():
        if not isinstance(name, str) or len(kept) == MOST_DETAILS:
            continue
        if isinstance(value, str):
            value = value[:LONGEST_TEXT]
        if problem_of({name: value}) is None:
            kept[name] = value
    return kept


def path_of(address: str) -> str:
    """Return a page's path alone: what follows "?" and "#" often says who somebody is."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return "" if is_about_somebody(path) else path[:LONGEST_TEXT]


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address as browsers write an Origin; "" for none."""
    try:
        parts = urlsplit(address.strip())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.:-]+", host):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
