"""Read the cells of one row; every failure names line and heading."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NoReturn

from doorstep.connectors.base.contracts import Rejection
from doorstep.connectors.base.payload import MAX_QUANTITY, NOTE, parse_amount, read_currency
from doorstep.connectors.csv_import.contracts import RowRefused
from doorstep.connectors.csv_import.reading import Layout, Row

_OFFSET_APART = re.compile(r" ([+-]\d\d:?\d\d)$")
_DOTTED_DAY = re.compile(r"^(\d\d?)\.(\d\d?)\.(\d{4})(.*)$")
_ZONE_WORD = re.compile(r" (UTC|GMT|Z)$")


class Cells:
    """One row seen through a layout's words."""

    __slots__ = ("_cells", "_layout", "_places", "line")

    def __init__(self, row: Row, layout: Layout) -> None:
        self.line = row.line
        self._cells = row.cells
        self._layout = layout
        self._places = layout.places

    def text(self, word: str, limit: int = 1_000) -> str:
        """Return a trimmed cell, "" where the file has no such column."""
        place = self._places.get(word)
        if place is None:
            return ""
        value = self._cells[place].strip()
        if len(value) > limit:
            self.fail(word, f"is longer than {limit} characters")
        # Spreadsheets are kept from eating leading zeros by an apostrophe.
        return value[1:] if value[:1] == "'" and value[1:2].isalnum() else value

    def note(self, word: str) -> str:
        """Return a long text."""
        return self.text(word, NOTE)

    def fail(self, word: str, message: str) -> NoReturn:
        """Refuse the order because of one cell."""
        place = self._places.get(word)
        heading = self._layout.headings[place] if place is not None else word
        raise RowRefused(self.line, heading, message)

    def money(self, word: str, scale: int, *, signed: bool = False) -> int:
        """Return an amount in minor units; an empty cell is 0."""
        text = self.text(word, 64)
        if not text:
            return 0
        try:
            minor, exact = parse_amount(text, scale)
        except OverflowError:
            self.fail(word, "is larger than any order can be")
        except ValueError:
            minor, exact = self._written_out(word, text, scale)
        if minor < 0 and not signed:
            self.fail(word, f"must not be negative ({text})")
        if not exact:
            self.fail(word, f"has more decimals than the currency ({text})")
        return minor

    def _written_out(self, word: str, text: str, scale: int) -> tuple[int, bool]:
        """Read "1.234,50", "1,234.50", "12,50" and "$12.00"."""
        bare = re.sub(r"[^\d.,-]", "", text)
        head, comma, tail = bare.rpartition(",")
        if comma and "." not in tail and len(tail) != 3:
            bare = head.replace(".", "").replace(",", "") + "." + tail  # decimal comma
        elif "." in bare and comma:
            bare = bare.replace(",", "")  # thousands
        elif comma:
            self.fail(word, f"can be read in two ways ({text[:40]}); write it without a comma")
        try:
            return parse_amount(bare, scale)
        except (ValueError, OverflowError):
            self.fail(word, f"“{text[:40]}” is not an amount")

    def quantity(self, word: str) -> int:
        """Return a whole quantity of at least 1."""
        text = self.text(word, 64)
        try:
            number = float(text)
            whole = int(number)
        except (ValueError, OverflowError):
            self.fail(word, f"“{text[:40]}” is not a number" if text else "is empty")
        if number < 0:
            self.fail(word, f"must not be negative ({text})")
        if whole != number or whole == 0:
            self.fail(word, f"must be a whole number of at least 1 ({text[:40]})")
        if whole > MAX_QUANTITY:
            self.fail(word, f"must not exceed {MAX_QUANTITY}")
        return whole

    def currency(self, word: str, otherwise: str) -> str:
        """Return an ISO 4217 code."""
        text = self.text(word, 64)
        if not text:
            if otherwise:
                return otherwise
            self.fail(word, "is empty")
        try:
            return read_currency(text, word)
        except Rejection as error:
            self.fail(word, error.detail)

    def instant(self, word: str, zone: tzinfo) -> datetime | None:
        """Return a point in time in UTC; without an offset it is read in ``zone``."""
        text = self.text(word, 64)
        if not text:
            return None
        try:
            moment = parse_moment(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(word, f"“{text[:40]}” is not a date and time (2024-05-31 14:00:00 +0200)")

    def flag(self, word: str) -> bool | None:
        """Return yes or no, None where the cell is empty or says neither."""
        text = self.text(word).lower()
        if text in ("true", "yes", "1", "y"):
            return True
        return False if text in ("false", "no", "0", "n") else None

    def country(self, word: str) -> str:
        """Return a two-letter country code, "" for anything else."""
        text = self.text(word).upper()
        return text if len(text) == 2 and text.isascii() and text.isalpha() else ""


@lru_cache(maxsize=4096)
def parse_moment(text: str) -> datetime:
    """Parse a time as exports write it; naive where no offset is given.

    :raises ValueError: it is none.
    """
    text = _ZONE_WORD.sub("+00:00", text)
    text = _OFFSET_APART.sub(r"\1", text)
    dotted = _DOTTED_DAY.match(text)
    if dotted:
        day, month, year, rest = dotted.groups()
        text = f"{year}-{int(month):02}-{int(day):02}{rest}"
    value = datetime.fromisoformat(text)
    if not 1970 <= value.year <= 2999:
        raise ValueError(text)
    return value if value.tzinfo is None else value.astimezone(UTC)
