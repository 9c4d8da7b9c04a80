"""Amounts as Stripe counts them (docs.stripe.com/currencies).

Stripe's minor units are mostly ISO 4217's. Where they differ:

* MGA has no decimals at Stripe (ISO: 2), so only whole ariary can be paid.
* ISK and UGX have none in ISO 4217, but Stripe keeps two for compatibility, which must be 00.
* Three-decimal currencies end in 0: card networks settle them in steps of ten.

HUF and TWD, which Stripe pays out in whole units, are charged and refunded with two decimals.
"""

from __future__ import annotations

from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import exponent, format_money

_NONE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
     "XOF", "XPF"]
)  # fmt: skip
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def _digits(currency: str) -> int:
    """Return how many decimals Stripe's amounts have."""
    if currency in _NONE:
        return 0
    if currency in _THREE:
        return 3
    if exponent(currency) > 2:
        raise Invalid(f"Stripe takes no payments in {currency}.", field="currency")
    return 2


def to_stripe(amount_minor: int, currency: str) -> int:
    """Turn ISO 4217 minor units into Stripe's.

    :raises Invalid: an amount or a currency that Stripe can't move.
    """
    digits, own = _digits(currency), exponent(currency)
    if digits >= own:
        amount = amount_minor * 10 ** (digits - own)
        is_exact = digits < 3 or amount % 10 == 0
    else:
        amount, rest = divmod(amount_minor, 10 ** (own - digits))
        is_exact = rest == 0
    if not is_exact:
        said = format_money(amount_minor, currency, "en")
        step = format_money(10, currency, "en") if digits == 3 else "whole units"
        raise Invalid(f"Stripe can’t move {said}: {currency} goes in {step}.", field="amount_minor")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Turn Stripe's minor units into ISO 4217's.

    :raises Invalid: a currency nobody knows, or an amount that is no whole minor unit.
    """
    digits, own = _digits(currency), exponent(currency)
    if digits <= own:
        return int(amount) * int(10 ** (own - digits))
    minor, rest = divmod(amount, 10 ** (digits - own))
    if rest:
        raise Invalid(f"{amount} is no amount in {currency}.")
    return minor
