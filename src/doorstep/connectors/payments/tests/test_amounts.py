"""Amounts in Stripe's units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.connectors.payments.stripe.amounts import from_stripe, to_stripe
from doorstep.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("minor", "currency", "stripe"),
    [
        (1099, "EUR", 1099),
        (1099, "USD", 1099),
        (500, "JPY", 500),  # no decimals, here and there
        (5, "ISK", 500),  # none in ISO 4217, two at Stripe, always 00
        (5, "UGX", 500),
        (5120, "KWD", 5120),
        (1045, "HUF", 1045),  # whole units only when paid out
        (1050, "TWD", 1050),
        (1000, "MGA", 10),  # two in ISO 4217, none at Stripe
    ],
)
def test_amounts_there_and_back(minor: int, currency: str, stripe: int) -> None:
    assert to_stripe(minor, currency) == stripe
    assert from_stripe(stripe, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (5124, "KWD", "KWD goes in"),
        (1050, "MGA", "whole units"),
        (1000, "LYD", "no payments in LYD"),
        (1000, "CLF", "no payments in CLF"),
    ],
)
def test_what_stripe_cannot_move_is_refused_in_words(minor: int, currency: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        to_stripe(minor, currency)


def test_a_fraction_of_a_krona_is_no_amount() -> None:
    with pytest.raises(Invalid, match="no amount"):
        from_stripe(4010, "ISK")


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "ISK", "UGX", "KWD", "MGA", "HUF"]))
def test_what_goes_out_comes_back(minor: int, currency: str) -> None:
    try:
        sent = to_stripe(minor, currency)
    except Invalid:
        return
    assert from_stripe(sent, currency) == minor
