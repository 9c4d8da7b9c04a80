"""Show enough of a person's data for them to recognize it, too little for anyone else to use.

A signed link gets forwarded, printed and left open on shared screens, so a page that needs no
login never shows a whole street or a whole address line.
"""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from doorstep.rooms.orders.contracts import AddressView

_DOTS = "•••"


def mask_name(name: str) -> str:
    """Return the first name and the initials of the rest: "Maya Lindqvist" gives "Maya L."."""
    words = name.split()
    if not words:
        return ""
    return " ".join([words[0], *(f"{word[0]}." for word in words[1:])])


def mask_line(line: str) -> str:
    """Return the first letter of a street or company and dots: "Kastanienallee 12" gives "K•••"."""
    stripped = line.strip()
    return f"{stripped[0]}{_DOTS}" if stripped else ""


def mask_postcode(postcode: str) -> str:
    """Return the first two characters of a postal code: "10435" gives "10•••"."""
    stripped = postcode.strip()
    if not stripped:
        return ""
    kept = 2 if len(stripped) > 3 else 1
    return f"{stripped[:kept]}{_DOTS}"


def mask_email(email: str) -> str:
    """Return the first letter and the domain: "maya@example.com" gives "m•••@example.com"."""
    local, at, domain = email.strip().rpartition("@")
    return f"{local[:1]}{_DOTS}@{domain}" if at and local else ""


def mask_address(address: AddressView, locale: str) -> tuple[str, ...]:
    """Return the lines of an address as its own shopper recognizes it.

    The city and the country stay whole: together with a first name they tell a neighbor nothing
    that the door bell does not. ``locale`` is the language of the country's name (BCP 47).
    """
    place = " ".join(part for part in (mask_postcode(address.postal_code), address.city) if part)
    lines = (
        mask_name(address.name),
        mask_line(address.company),
        mask_line(address.line1),
        place,
        _country_name(address.country_code, locale),
    )
    return tuple(line for line in lines if line)


def _country_name(country_code: str, locale: str) -> str:
    try:
        known = Locale.parse(locale.replace("_", "-") or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    return known.territories.get(country_code, country_code)
