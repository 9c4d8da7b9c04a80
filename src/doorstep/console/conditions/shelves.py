"""Facts put on shelves the way a marketer thinks of them, and found by a few letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.kernel.conditions.api import Fact

MORE = "more"

# key, what it is called, its icon, and which facts stand on it: the first that matches
_SHELVES: tuple[tuple[str, Any, str, str], ...] = (
    ("segments", _("Segments"), "customers", r"segment"),
    ("consent", _("Consent"), "shield", r"consent|subscribed|agreed|suppressed|opted|topic|reachable"),
    ("tags", _("Tags"), "tag", r"^tags$"),
    ("returns", _("Returns"), "refresh", r"return|refund"),
    ("delivery", _("Delivery"), "truck", r"deliver|parcel|late|shipment|shipped|ship_by|handling"),
    ("site", _("On your site"), "globe", r"page|view|search|wish|cart|site|activit|visit|browse"),
    ("messages", _("Messages"), "mail", r"message|open|click|email_sent|bounce|campaign|journey"),
    ("orders", _("Orders"), "bag", r"order|pieces|channels$|spent|spend|bought|purchase|value|total|sku|categor|product|item|channel_of|coupon|discount|sales_channel|paid|price"),
    ("profile", _("Profile"), "customer", r"locale|country|city|language|channel|anonymous|seen|birth|name|email|phone|postal|holiday|color|size|interest|zone|gift|consumer|currency|since|profile|day|date|place|relay"),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A fact as the picker offers it."""

    name: str
    label: str
    description: str

    @property
    def words(self) -> str:
        """What a search looks through."""
        return fold(f"{self.label} {self.description}")


@dataclass(frozen=True)
class Shelf:
    """Facts that belong together."""

    key: str
    label: Any
    icon: str
    entries: tuple[Entry, ...]


def shelf_of(fact: Fact) -> str:
    """Return the shelf a fact stands on."""
    name = fact.name.partition(".")[2]
    return next((key for key, _label, _icon, marks in _SHELVES if re.search(marks, name)), MORE)


def arrange(facts: Sequence[Fact], query: str = "") -> list[Shelf]:
    """Put facts on their shelves; with a query only those that hold all its words.

    Orders first, as most conditions begin with them.
    """
    wanted = fold(query).split()
    found: dict[str, list[Entry]] = {}
    for fact in facts:
        entry = Entry(fact.name, capital(fact.label), fact.description)
        if all(word in entry.words for word in wanted):
            found.setdefault(shelf_of(fact), []).append(entry)
    known = [(key, label, icon) for key, label, icon, _marks in _SHELVES]
    order = ("orders", "delivery", "site", "messages", "returns", "profile", "consent", "tags", "segments")  # fmt: skip
    known.sort(key=lambda shelf: order.index(shelf[0]))
    known.append((MORE, _("More"), "dots"))
    return [
        Shelf(key, label, icon, tuple(sorted(found[key], key=lambda entry: entry.label)))
        for key, label, icon in known
        if key in found
    ]


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def fold(text: str) -> str:
    """Return the text without case and accents, for searching."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
