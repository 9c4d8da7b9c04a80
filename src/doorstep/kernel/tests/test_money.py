"""Money is exact, whatever number of decimals the currency has."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel import money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("1800", "JPY", 1800),
        ("1800.00", "JPY", 1800),
        ("1.234", "KWD", 1234),
        ("-3.10", "USD", -310),
        ("1e3", "EUR", 100_000),
        (Decimal("0.1") + Decimal("0.2"), "EUR", 30),
        (" 5.00 ", "EUR", 500),
    ],
)
def test_to_minor(amount: str | Decimal, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount", ["12.345", "", "ten", "NaN", "Infinity", "1e400", "99999999999999999999"]
)
def test_what_is_no_exact_amount_is_refused(amount: str) -> None:
    with pytest.raises(money.InvalidAmount):
        money.to_minor(amount, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "ZZZ", "KRO", "example string"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(money.UnknownCurrency):
        money.exponent(currency)


@given(
    st.integers(-money.MAX_MINOR, money.MAX_MINOR), st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
)
def test_minor_units_survive_the_way_out_and_back(minor: int, currency: str) -> None:
    assert money.to_minor(money.from_minor(minor, currency), currency) == minor


def test_people_see_their_own_format() -> None:
    assert money.format_money(123456, "EUR", "de") == "1.234,56\xa0€"
    assert money.format_money(1800, "JPY", "en") == "¥1,800"


def test_two_currencies_do_not_mix() -> None:
    assert money.Money(1, "EUR") + money.Money(2, "EUR") == money.Money(3, "EUR")
    with pytest.raises(ValueError, match="Cannot mix"):
        money.Money(1, "EUR") - money.Money(1, "USD")
