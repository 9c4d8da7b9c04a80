"""Tracking numbers and carriers' names: formats, check digits, what scanners read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.fulfillment.rules.carriers import (
    CARRIERS,
    carrier_name,
    find_carrier,
    get_carrier,
    tracking_url,
)
from doorstep.rooms.fulfillment.rules.numbers import (
    FORMATS,
    S10_OPERATORS,
    CheckDigit,
    match_number,
    normalize_number,
    recognize,
    trackable_number,
)


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("1z 999 aa1 0123456784", "ups"),
        ("9400 1112 0620 6406 2607 87", "usps"),
        ("RR123456785GB", "royal_mail"),
        ("RR123456785US", "usps"),
        ("XY123456785FR", "chronopost"),
        ("CC123456785DE", "deutsche_post"),
        ("SF1234567890123", "sf_express"),
        ("3SABCD1234567", "postnl"),
        ("JJD000390007827110022", "dhl"),
        ("00340434161094015902", "dhl"),
        ("6A12345678901", "la_poste"),
        ("TBA123456789012", "amazon"),
    ],
)
def test_the_likeliest_carrier_comes_first(number: str, carrier: str) -> None:
    assert recognize(number)[0] == carrier


def test_a_mistyped_number_is_nobodys_and_says_whose_it_looks_like() -> None:
    assert recognize("1Z999AA10123456785") == []
    (match,) = match_number("1Z999AA10123456785")
    assert (match.carrier, match.check) == ("ups", CheckDigit.WRONG)


def test_plain_digits_can_be_of_several() -> None:
    assert {"fedex", "dhl", "gls"} <= set(recognize("986578788855"))
    assert recognize("986578788855")[0] == "fedex"


@pytest.mark.parametrize(
    ("scanned", "tracked"),
    [
        ("420787459400111206206406260787", "9400111206206406260787"),
        ("4201028200009261290113185417468510", "9261290113185417468510"),
        ("1001921334250001000300779017972697", "779017972697"),
        ("9622001900000000000000776632517510", "776632517510"),
        ("32971514560102447849175802862014", "784917580286"),
        ("1z999aa1-0123456784", "1Z999AA10123456784"),
        ("who knows", "WHOKNOWS"),
    ],
)
def test_a_scanned_bar_code_holds_the_number_that_is_tracked(scanned: str, tracked: str) -> None:
    assert trackable_number(scanned) == tracked


def test_every_format_is_of_a_known_carrier() -> None:
    codes = {one.carrier for one in FORMATS} | set(S10_OPERATORS.values())
    assert [code for code in sorted(codes) if get_carrier(code) is None] == []


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    recognize(text)
    normalize_number(text)
    find_carrier(text)
    trackable_number(text)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("DHL Express", "dhl_express"),
        ("DHLExpress", "dhl_express"),
        ("DHL Express (Germany)", "dhl_express"),
        ("DHL", "dhl"),
        ("DHL Paket", "dhl"),
        ("Deutsche Post", "deutsche_post"),
        ("dhl-global-mail", "dhl_ecommerce"),
        ("USPS", "usps"),
        ("usps", "usps"),
        ("Royal Mail", "royal_mail"),
        ("Royal Mail Tracked 48", "royal_mail"),
        ("PostNL", "postnl"),
        ("DPD UK", "dpd"),
        ("Hermes/Evri", "evri"),
        ("Hermes", "hermes"),
        ("Correos", "correos"),
        ("Correos Express", "correos_express"),
        ("Poste Italiane", "poste_italiane"),
        ("La Poste Colissimo", "la_poste"),
        ("Colissimo", "la_poste"),
        ("Bpost", "bpost"),
        ("Österreichische Post", "austrian_post"),
        ("FedEx Home Delivery", "fedex"),
        ("UPS® Ground", "ups"),
        ("AMZL_US", "amazon"),
        ("4PX", "4px"),
        ("顺丰速运", "sf_express"),
        ("", ""),
        ("The neighbor’s bicycle", ""),
        ("Other", ""),
    ],
)
def test_names_that_platforms_write(name: str, code: str) -> None:
    assert find_carrier(name) == code


def test_codes_and_names_are_there_once() -> None:
    codes = [one.code for one in CARRIERS]
    assert len(codes) == len(set(codes))
    for one in CARRIERS:
        for name in (one.name, *one.aliases):
            assert find_carrier(name) == one.code, name


def test_the_tracking_page_quotes_the_number() -> None:
    assert tracking_url("ups", "1Z 9&x=1").endswith("tracknum=1Z%209%26x%3D1")
    assert tracking_url("tuffnells", "123") == ""
    assert tracking_url("bike-courier", "123") == ""
    assert carrier_name("bike-courier") == "Bike Courier"
    assert carrier_name("usps") == "USPS"


def test_every_tracking_page_is_https_and_takes_the_number() -> None:
    for one in CARRIERS:
        if one.tracking_url:
            assert one.tracking_url.startswith("https://")
            assert "{number}" in one.tracking_url
