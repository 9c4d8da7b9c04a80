"""Show enough of a person's data for them to recognize it, too little for anyone else to use.

A signed link gets forwarded, printed and left open on shared screens, so a page that needs no
login never shows a whole street or a whole address line.
"""

from __future__ import annotations

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
