"""Money in integer minor units beside an ISO 4217 currency.

The number of decimals comes from Unicode CLDR's *ISO* digits by way of Babel, corrected where
CLDR rounds for display what ISO 4217 and payment platforms count in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.core import get_global
from babel.numbers import format_currency

from doorstep.kernel.errors import Invalid

# ISO 4217:2015 minor units. CLDR shows these without decimals, ISO and the platforms count them
# with two (or three); everything not listed here or below has two.
_ZERO = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR = frozenset(("CLF", "UYW"))

# PostgreSQL bigint; an amount beyond it is a broken payload, not a sale.
MAX_MINOR = 2**63 - 1


class UnknownCurrency(Invalid):
    """The code is not an ISO 4217 currency."""

    code = "unknown_currency"


class InvalidAmount(Invalid):
    """The text is not an exact amount in the currency."""

    code = "invalid_amount"


@lru_cache(maxsize=1)
def _known_currencies() -> frozenset[str]:
    # Legal tender somewhere since 2000: an imported order may be of a currency since retired, but
    # one that ended in 1953 (KRO) is a typing mistake.
    return frozenset(
        currency
        for used in get_global("territory_currencies").values()
        for currency, _since, until, is_tender in used
        if is_tender and (until is None or until >= (2000, 1, 1))
    ) | {"CLF", "UYW"}


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Return how many decimals the currency has (ISO 4217).

    :raises UnknownCurrency: for anything that is not an ISO 4217 code in upper case.
    """
    if currency not in _known_currencies():
        raise UnknownCurrency(f"“{currency[:20]}” is not a currency code (ISO 4217).")
    if currency in _ZERO:
        return 0
    if currency in _THREE:
        return 3
    return 4 if currency in _FOUR else 2


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """Turn a decimal amount into minor units, exactly.

    Zeros beyond the currency's decimals are dropped ("1800.00" JPY is 1800); other digits are not
    rounded away but refused.

    :raises InvalidAmount: not a number, too precise, or beyond what the database can hold.
    """
    try:
        value = Decimal(amount) if not isinstance(amount, str) else Decimal(amount.strip())
    except InvalidOperation:
        raise InvalidAmount(f"“{str(amount)[:40]}” is not an amount.") from None
    if not value.is_finite():
        raise InvalidAmount(f"“{value}” is not an amount.")
    if value.adjusted() > 19:
        raise InvalidAmount(f"The amount {value:.3E} is too large.")
    scaled = value.scaleb(exponent(currency))
    minor = int(scaled)
    if scaled != minor:
        raise InvalidAmount(f"{value} has more decimals than {currency} has.")
    if abs(minor) > MAX_MINOR:
        raise InvalidAmount(f"The amount {value:.3E} is too large.")
    return minor


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """Turn minor units into a decimal amount with the currency's decimals."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def format_money(amount_minor: int, currency: str, locale: str) -> str:
    """Show an amount to a person in a locale (``de``, ``pt-BR``)."""
    return format_currency(
        from_minor(amount_minor, currency), currency, locale=locale.replace("-", "_")
    )


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that knows its currency; adding two currencies is an error."""

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"Cannot mix {self.currency} and {other.currency}.")
        return other.amount_minor
