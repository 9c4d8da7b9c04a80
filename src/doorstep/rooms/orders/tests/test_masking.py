"""What a page without a login shows of a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.orders.contracts import AddressView
from doorstep.rooms.orders.rules.masking import (
    mask_address,
    mask_email,
    mask_line,
    mask_name,
    mask_postcode,
)

MAYA = AddressView(
    name="Maya Sofia Lindqvist",
    company="Lindqvist & Co",
    line1="Sveavägen 14B",
    line2="c/o Berg",
    city="Stockholm",
    postal_code="111 57",
    country_code="SE",
    phone="+46 70 123 45 67",
)


def test_an_address_keeps_what_its_own_reader_recognizes() -> None:
    assert mask_address(MAYA, "en-GB") == (
        "Maya S. L.",
        "L•••",
        "S•••",
        "11••• Stockholm",
        "Sweden",
    )


def test_the_country_is_named_in_the_readers_language() -> None:
    assert mask_address(MAYA, "de")[-1] == "Schweden"
    assert mask_address(MAYA, "not a locale")[-1] == "Sweden"


@pytest.mark.parametrize(
    ("email", "shown"), [("maya@x.example", "m•••@x.example"), ("", ""), ("x", "")]
)
def test_emails(email: str, shown: str) -> None:
    assert mask_email(email) == shown


@given(st.text(min_size=3, max_size=60))
def test_a_line_never_shows_more_than_one_letter(line: str) -> None:
    assert len(mask_line(line)) in {0, 4}


@given(st.text(max_size=20))
def test_a_postcode_never_shows_more_than_two_letters(code: str) -> None:
    assert len(mask_postcode(code).removesuffix("•••")) <= 2


def test_nothing_of_an_empty_address() -> None:
    assert mask_address(AddressView(), "en") == ()
    assert mask_name("") == ""
