"""Read foreign dicts without trusting them: what is missing, null or of a wrong type is nothing.

Carriers write one object where their documentation says a list, numbers as strings, "null" as a
text and placeholders such as "string"; a report must come out of it all the same.
"""

from __future__ import annotations

import html
import re
from typing import Any

from doorstep.rooms.fulfillment.api import normalize_number

SHORT = 255
LONG = 1_000
MAX_NUMBER = 100
_TAG = re.compile(r"<[^<>]{0,40}>")
_NOTHING = {"", "null", "none", "n/a", "string", "undefined", "nil"}
_NOTHING_LONGEST = max(map(len, _NOTHING))


def dig(data: Any, *path: str | int) -> Any:
    """Follow keys and positions into nested dicts and lists; None where the path ends early.

    A single object where a list is expected counts as a list of one.
    """
    for step in path:
        if type(data) is dict and type(step) is str:  # nearly always, and a storm's hottest line
            data = data.get(step)
        elif isinstance(step, int):
            data = (
                data[step]
                if isinstance(data, list) and len(data) > step
                else (data if step == 0 and isinstance(data, dict) else None)
            )
        else:
            if isinstance(data, list):
                data = data[0] if data else None
            data = data.get(step) if isinstance(data, dict) else None
        if data is None:
            return None
    return data


def text(data: Any, *path: str | int, limit: int = SHORT) -> str:
    """Return a trimmed text, cut at ``limit``; numbers become digits, anything else ""."""
    value = dig(data, *path) if path else data
    if value is None:
        return ""
    if isinstance(value, dict):
        value = value.get("#text")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    words = " ".join(str(value).split())
    is_nothing = len(words) <= _NOTHING_LONGEST and words.lower() in _NOTHING
    return "" if is_nothing else words[:limit]


def first(data: Any, *keys: str, limit: int = SHORT) -> str:
    """Return the first of several keys that holds a text."""
    for key in keys:
        found = text(data, key, limit=limit)
        if found:
            return found
    return ""


def plain(words: str) -> str:
    """Return words without the HTML that some carriers put into names."""
    return html.unescape(_TAG.sub("", html.unescape(words))).strip() if words else ""


def items(data: Any, *path: str | int) -> list[dict[str, Any]]:
    """Return the objects of a list; a lone object is a list of one, anything else none."""
    value = dig(data, *path) if path else data
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [one for one in value if isinstance(one, dict)]
    return []


def values(data: Any, *path: str | int) -> list[str]:
    """Return the texts of a list; a lone text is a list of one."""
    value = dig(data, *path) if path else data
    found = value if isinstance(value, list) else [value]
    return [words for one in found if (words := text(one))]


def flag(data: Any, *path: str | int) -> bool:
    """Tell whether a value is true, in whatever way it is written."""
    value = dig(data, *path)
    return value is True or text(value).lower() in ("true", "1", "yes", "y")


def number(data: Any, *path: str | int) -> str:
    """Return a tracking number, normalized; "" where there is none."""
    found = normalize_number(text(data, *path, limit=MAX_NUMBER))
    return found if any(char.isdigit() for char in found) or len(found) > 7 else ""


def person(data: Any, *path: str | int) -> str:
    """Return the name of who signed; a code or a time in its place is nobody."""
    found = text(data, *path, limit=120)
    return found if any(char.isalpha() for char in found) else ""
