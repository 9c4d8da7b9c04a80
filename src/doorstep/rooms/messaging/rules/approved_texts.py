"""Which text WhatsApp approved for which kind of message: what a merchant types, one a line.

``parcel_shipped de = order_on_its_way | {{ order.number }} | {{ links.order }}``

Kind and language of ours (``*`` or nothing for every language), the name in WhatsApp Manager (with
``@en_US`` where the language there is called otherwise), and what goes into {{1}}, {{2}} and so on.
Outside the 24 hours after somebody's last message WhatsApp takes nothing but such texts:
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_LINES = 500
_HEAD = re.compile(
    r"(?P<kind>[a-z][a-z0-9_]{0,79})(?:\s+(?P<locale>[A-Za-z]{2,3}(?:[-_]\w{2,8})*|\*))?"
)
# Letters, digits and underscores are all that WhatsApp lets into a template's name.
_NAME = re.compile(
    r"(?P<name>[a-z0-9_]{1,512})(?:@(?P<language>[A-Za-z]{2,3}(?:_[A-Za-z]{2,4})?))?"
)


class UnreadableLine(ValueError):
    """A line of the list is not understood; the message names it."""


@dataclass(frozen=True, slots=True)
class ApprovedText:
    """One approved template for one kind of message; ``parameters`` are Liquid."""

    kind: str
    locale: str  # "" for every language
    name: str
    language: str
    parameters: tuple[str, ...]


@lru_cache(maxsize=64)
def read_approved_texts(listing: str) -> Mapping[tuple[str, str], ApprovedText]:
    """Return the approved texts by kind and language ("" for every language).

    :raises UnreadableLine: a line is not understood, or says the same as one before.
    """
    found: dict[tuple[str, str], ApprovedText] = {}
    lines = [(n, line.strip()) for n, line in enumerate(listing.splitlines(), 1) if line.strip()]
    if len(lines) > MAX_LINES:
        raise UnreadableLine(f"At most {MAX_LINES} lines.")
    for number, line in lines:
        text = _read_line(number, line)
        key = text.kind, text.locale.lower()
        if key in found:
            raise UnreadableLine(f"Line {number}: {text.kind} is there already in this language.")
        found[key] = text
    return found


def _read_line(number: int, line: str) -> ApprovedText:
    head, equals, tail = line.partition("=")
    name, *parameters = (part.strip() for part in _split(tail))
    left, right = _HEAD.fullmatch(head.strip()), _NAME.fullmatch(name)
    if not equals or left is None or right is None:
        raise UnreadableLine(
            f"Line {number} looks like this: parcel_shipped de = name_at_whatsapp | "
            "{{ order.number }}"
        )
    if not all(parameters):
        raise UnreadableLine(f"Line {number}: nothing stands between two |.")
    locale = "" if left["locale"] in (None, "*") else left["locale"].replace("_", "-")
    language = right["language"] or locale.replace("-", "_") or "en"
    return ApprovedText(left["kind"], locale, right["name"], language, tuple(parameters))


def _split(tail: str) -> list[str]:
    """Split at |, but not at the filters inside {{ … }}."""
    return re.split(r"\|(?![^{}]*\}\})", tail)


def choose_approved(
    texts: Mapping[tuple[str, str], ApprovedText], kind: str, locales: Iterable[str]
) -> ApprovedText | None:
    """Return the text for the first of some locales that has one, best first; None without any."""
    for locale in locales:
        if found := texts.get((kind, locale.lower())):
            return found
    return texts.get((kind, ""))
