"""Read foreign JSON without trusting it.

Every reader names the path of the field it stumbles over, so that a rejected delivery tells the
merchant "line_items[3].quantity: must not be negative" instead of a traceback. Ids stay exact
(integers of any size), amounts stay exact (decimals, never floats).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NoReturn

from doorstep.connectors.base.contracts import Rejection
from doorstep.kernel.money import UnknownCurrency, exponent

MAX_DEPTH = 64
MAX_MINOR = 10**15  # far above any order, far below PostgreSQL's bigint even when summed
MAX_QUANTITY = 1_000_000
SHORT = 255
LONG = 2_000
NOTE = 20_000


def parse_json(body: bytes) -> Any:
    """Parse a request body with exact numbers and a cap on nesting.

    :raises Rejection: not UTF-8, not JSON, a number no currency needs, or deeper than MAX_DEPTH.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejection(
            "invalid_utf8", f"Byte {error.start} is not valid UTF-8.", retriable=False
        ) from error
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep() from error
    except ArithmeticError as error:
        detail = "Not valid JSON: a number is beyond any use."
        raise Rejection("invalid_json", detail, retriable=False) from error
    except ValueError as error:
        raise Rejection("invalid_json", f"Not valid JSON: {error}", retriable=False) from error
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


# Made once: json.loads() with arguments builds a decoder for every call.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def _too_deep() -> Rejection:
    detail = f"Nested deeper than {MAX_DEPTH} levels."
    return Rejection("too_deep", detail, retriable=False)


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for node in level:
            children = node.values() if type(node) is dict else node
            deeper += [child for child in children if type(child) is dict or type(child) is list]
        if not deeper:
            return
        level = deeper
    raise _too_deep()


@lru_cache(maxsize=8192)
def parse_amount(text: str, scale: int) -> tuple[int, bool]:
    """Return minor units (half up) and whether the conversion was exact.

    :raises ValueError: not a finite decimal, or OverflowError beyond MAX_MINOR.
    """
    try:
        value = Decimal(text)
        if not value.is_finite():
            raise ValueError(text)
        if value.adjusted() > 15:
            raise OverflowError(text)
        scaled = value.scaleb(scale)
        whole = scaled.to_integral_value(ROUND_HALF_UP)
    except InvalidOperation as error:
        raise ValueError(text) from error
    minor = int(whole)
    if abs(minor) > MAX_MINOR:
        raise OverflowError(text)
    return minor, whole == scaled


@lru_cache(maxsize=4096)
def _parse_instant(text: str) -> datetime:
    """Parse ISO 8601; the answer is naive where the text names no offset."""
    value = datetime.fromisoformat(text)
    if not 1970 <= value.year <= 2999:
        raise ValueError(text)
    return value if value.tzinfo is None else value.astimezone(UTC)


def read_currency(code: str, field: str) -> str:
    """Return a known ISO 4217 code in upper case.

    :raises Rejection: the code is unknown.
    """
    known = code.strip().upper()
    try:
        exponent(known)
    except UnknownCurrency as error:
        shown = code if len(code) <= 40 else code[:40] + "…"
        raise Rejection(
            "unknown_currency", f"“{shown}” is not an ISO 4217 currency code.", field
        ) from error
    return known


class Node:
    """One JSON object with the path that leads to it.

    ``notes`` is shared by the whole payload: what was odd but bearable.
    """

    __slots__ = ("data", "notes", "path")

    def __init__(self, data: Any, path: str = "", notes: list[str] | None = None) -> None:
        if type(data) is not dict:
            raise Rejection("wrong_type", "must be an object", path)
        self.data: dict[str, Any] = data
        self.path = path
        self.notes: list[str] = [] if notes is None else notes

    def at(self, key: str) -> str:
        """Return the full path of ``key``."""
        return f"{self.path}.{key}" if self.path else key

    def fail(self, code: str, detail: str, key: str) -> NoReturn:
        """Reject the payload because of ``key``."""
        raise Rejection(code, detail, self.at(key))

    def has(self, key: str) -> bool:
        """Tell whether ``key`` is there and not null."""
        return self.data.get(key) is not None

    def text(self, key: str, limit: int = SHORT) -> str:
        """Return a trimmed string; numbers become their digits, null becomes ""."""
        value = self.data.get(key)
        if value is None:
            return ""
        # Nearly always so, and this is called thirty times an order.
        if type(value) is str and len(value) <= limit and value.isprintable():
            return value.strip()
        return self.clean(value, key, limit)

    def clean(self, value: Any, key: str, limit: int = SHORT) -> str:
        """Check one scalar for what PostgreSQL cannot hold and return it trimmed."""
        if type(value) is not str:
            if isinstance(value, (dict, list)):
                self.fail("wrong_type", "must be text", key)
            value = str(value)
        if not value.isprintable():
            if "\x00" in value:
                self.fail("nul_character", "contains a NUL character", key)
            if any("\ud800" <= char <= "\udfff" for char in value):
                self.fail("invalid_unicode", "contains half of a surrogate pair", key)
        value = value.strip()
        if len(value) > limit:
            self.fail("too_long", f"is longer than {limit} characters", key)
        return value

    def ident(self, key: str, *, required: bool = False) -> str:
        """Return a platform id as text; 0 and null mean none."""
        value = self.data.get(key)
        if isinstance(value, bool) or value == 0:
            value = None
        text = "" if value is None else self.clean(value, key)
        if required and not text:
            self.fail("missing_field", "is missing", key)
        return text

    def flag(self, key: str) -> bool | None:
        """Return true, false, or None where the payload does not say."""
        value = self.data.get(key)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "yes", "1"):
            return True
        if isinstance(value, str) and value.lower() in ("false", "no", "0"):
            return False
        return None

    def money(self, key: str, scale: int, *, signed: bool = False, required: bool = False) -> int:
        """Return an amount in minor units of a currency with ``scale`` decimals; null is 0."""
        value = self.data.get(key)
        if value is None or value == "":
            if required:
                self.fail("missing_field", "is missing", key)
            return 0
        if isinstance(value, (bool, dict, list)):
            self.fail("invalid_amount", "is not an amount", key)
        text = value.strip() if isinstance(value, str) else str(value)
        if len(text) > 64:
            self.fail("invalid_amount", "is not an amount", key)
        try:
            minor, exact = parse_amount(text, scale)
        except OverflowError:
            self.fail("amount_too_large", "is larger than any order can be", key)
        except ValueError:
            self.fail("invalid_amount", f"“{text[:40]}” is not an amount", key)
        if minor < 0 and not signed:
            self.fail("negative_amount", "must not be negative", key)
        if not exact:
            self.notes.append(f"{self.at(key)}: {text} rounded to the currency's smallest unit")
        return minor

    def quantity(self, key: str) -> Decimal:
        """Return a quantity, possibly fractional.

        :raises Rejection: missing, not a number, negative or absurdly large.
        """
        value = self.data.get(key)
        if value is None or isinstance(value, (bool, dict, list)):
            self.fail("missing_field" if value is None else "wrong_type", "must be a number", key)
        try:
            number = Decimal(str(value)[:64])
        except InvalidOperation:
            self.fail("invalid_quantity", f"“{str(value)[:40]}” is not a number", key)
        if not number.is_finite():
            self.fail("invalid_quantity", "is not a finite number", key)
        if number < 0:
            self.fail("negative_quantity", "must not be negative", key)
        if number > MAX_QUANTITY:
            self.fail("quantity_too_large", f"must not exceed {MAX_QUANTITY}", key)
        return number

    def whole(self, key: str) -> int | None:
        """Return a non-negative whole number that fits, None where absent or unusable."""
        value = self.data.get(key)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return int(value) if 0 <= value <= 2_000_000_000 else None
        return None

    def instant(self, key: str, zone: tzinfo = UTC) -> datetime | None:
        """Return a point in time in UTC; a text without offset is read in ``zone``."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > 64:
            self.fail("invalid_time", "is not an ISO 8601 time", key)
        try:
            moment = _parse_instant(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid_time", f"“{value[:40]}” is not an ISO 8601 time", key)

    def node(self, key: str) -> Node | None:
        """Return the object under ``key``; null, "" and PHP's empty [] mean none."""
        value = self.data.get(key)
        if not value:
            return None
        return Node(value, self.at(key), self.notes)

    def nodes(self, key: str, most: int = 1_000) -> list[Node]:
        """Return the objects in the list under ``key``; null means none.

        :raises Rejection: not a list, or longer than ``most``.
        """
        value = self.data.get(key)
        if not value:
            return []
        if type(value) is not list:
            self.fail("wrong_type", "must be a list", key)
        if len(value) > most:
            self.fail("too_many", f"has more than {most} entries", key)
        path, notes = self.at(key), self.notes
        return [
            Node(item, f"{path}[{place}]", notes)
            for place, item in enumerate(value)
            if item is not None
        ]


def check_unique(ids: list[str], field: str) -> None:
    """Refuse a list in which two entries claim the same id.

    :raises Rejection: naming the second one.
    """
    seen: set[str] = set()
    for place, one in enumerate(ids):
        if one in seen:
            raise Rejection(
                "duplicate_id", f"the id {one[:40]} is there twice", f"{field}[{place}]"
            )
        seen.add(one)
