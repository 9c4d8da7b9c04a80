"""What messages about parcels say, and what machines read in them."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from doorstep.rooms.messaging.contexts import ParcelContext, parcel_context, parcel_json_ld
from doorstep.rooms.messaging.templating.compiled import compile_email, compile_sms
from doorstep.rooms.messaging.templating.defaults import default_email, default_sms
from doorstep.rooms.messaging.templating.parcel_context import (
    PARCEL_KINDS,
    AttemptReason,
    ExceptionKind,
    ReviseReason,
)
from doorstep.rooms.messaging.templating.phrases import LOCALES, catalog
from doorstep.rooms.messaging.templating.render import RenderedEmail, render_email, render_sms
from doorstep.rooms.messaging.templating.samples import sample_context

COMPILED = {kind: compile_email(default_email(kind)) for kind in (*PARCEL_KINDS, "order_ship_late")}


def mail(kind: str, locale: str = "en", **groups: dict[str, Any]) -> RenderedEmail:
    context = sample_context(kind, locale)
    for group, changes in groups.items():
        context[group].update(changes)
    return render_email(COMPILED[kind], context)


def sms(kind: str, **groups: dict[str, Any]) -> str:
    context = sample_context(kind)
    for group, changes in groups.items():
        context[group].update(changes)
    return render_sms(compile_sms(default_sms(kind)), context).text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", PARCEL_KINDS)
def test_our_page_comes_first_and_the_carriers_second(kind: str, locale: str) -> None:
    rendered = mail(kind, locale)
    ours, theirs = "https://fernandkettle.example/orders/1042", "https://carrier.example/track/"
    assert "00340434161094042557" in rendered.html
    for part in (rendered.html.partition("<body")[2], rendered.text):
        assert ours in part
        assert theirs in part
        assert "Darjeeling First Flush" in part
        assert "81.40" not in part.replace(",", ".")  # no prices: the parcel may be a gift
        if kind != "parcel_attempt_failed":  # where only the carrier can change the day
            assert part.index(ours) < part.index(theirs)


def test_every_reason_has_words_of_its_own() -> None:
    phrases = catalog("en")
    for reason in set(get_args(ReviseReason)) - {""}:
        words = str(phrases[f"delayed.{reason}"])
        assert words in mail("parcel_delayed", parcel={"revise_reason": reason}).text
    for reason in set(get_args(AttemptReason)) - {""}:
        attempt = {"reason": reason, "next_date": ""}
        words = str(phrases[f"attempt.{reason}"])
        assert words in mail("parcel_attempt_failed", parcel={"attempt": attempt}).text
    for kind in get_args(ExceptionKind):
        trouble = {"kind": kind, "words": "", "needs_shopper": False, "action_url": ""}
        words = str(phrases[f"exception.{kind}"]).replace("{number}", "#1042")
        assert words in mail("parcel_exception", parcel={"exception": trouble}).text


def test_a_part_of_an_order_says_so() -> None:
    part = mail("parcel_shipped")
    assert part.subject == "Part of order #1042 is on its way"
    assert part.preheader.startswith("Expected to arrive: Wed, Dec 2")
    assert "3 of 4 items are in this parcel." in part.text
    assert "Parcel 1 of 2" in part.html
    whole = mail("parcel_shipped", parcel={"count": 1, "items_in_parcel": 4})
    assert whole.subject == "Order #1042 is on its way"
    assert "in this parcel." not in whole.text
    assert "Parcel 1" not in whole.html


def test_late_is_admitted_first_and_a_date_is_only_new_when_it_changed() -> None:
    dated = mail("parcel_delayed")
    assert dated.text.startswith("Your parcel is late. We are sorry.")
    assert "was to reach you by Fri, Dec 4" in dated.text
    assert "New date: Mon, Dec 7" in dated.text
    assert dated.text.index("We are sorry") < dated.text.index("New date")
    for same in (
        {"estimated_from_date": "", "estimated_to_date": ""},
        {"estimated_to_date": "2026-12-04", "previous_to_date": ""},
    ):
        undated = mail("parcel_delayed", parcel=same)
        assert "There is no new date yet." in undated.text
        assert undated.preheader == "There is no new date yet."
        assert "New date" not in undated.text + sms("parcel_delayed", parcel=same)


def test_the_shopper_can_say_that_it_is_not_there() -> None:
    rendered = mail("parcel_delivered")
    assert "Tell us it is not there" in rendered.html
    assert "https://fernandkettle.example/orders/1042/parcels/1/not-found" in rendered.text
    assert "Not there? Tell us:" in sms("parcel_delivered")
    left = mail("parcel_delivered", parcel={"left_with": "Neighbor, no. 84"})
    assert "Left with: Neighbor, no. 84" in left.text


def test_where_until_when_and_with_which_code() -> None:
    rendered = mail("parcel_ready_for_pickup")
    for said in ("Packstation 157", "10439 Berlin", "Thu, Dec 10", "4821"):
        assert said in rendered.html
        assert said in rendered.text
    waits = {"pickup": sample_context("parcel_ready_for_pickup")["parcel"]["pickup"]}
    missed = mail("parcel_attempt_failed", parcel=waits)
    assert "Packstation 157" in missed.text
    assert "Next try" not in missed.text


def test_it_is_said_who_acts() -> None:
    asked = mail("parcel_exception")
    assert asked.subject == "Please help us with your parcel: order #1042"
    assert "https://fernandkettle.example/orders/1042/parcels/1/customs" in asked.html
    assert "“Held by customs, invoice required”" in asked.text
    ours = {"kind": "damaged", "words": "", "needs_shopper": False, "action_url": ""}
    told = mail("parcel_exception", parcel={"exception": ours})
    assert "You do not need to do anything." in told.text
    assert "a replacement or your money back" in told.text
    for kind in ("parcel_lost", "parcel_returning"):
        assert "You do not need to do anything." in mail(kind).text


def test_shipping_late_offers_the_choice_and_says_what_silence_means() -> None:
    # 16 CFR 435.2(b): the new date, consent or cancellation with a full refund, and what follows
    # from no answer.
    dated = mail("order_ship_late")
    for said in (
        "would ship by Wed, Nov 25",
        "New shipping date: by Wed, Dec 2",
        "I will wait: https://fernandkettle.example/orders/1042/delay/consent",
        "Cancel and refund: https://fernandkettle.example/orders/1042/delay/cancellation",
        "you agree to wait",
        "Please answer by November 28, 2026",
    ):
        assert said in dated.text
    undated = mail("order_ship_late", delay={"new_date": "", "silence_means": "cancel"})
    assert "We cannot name a new shipping date yet." in undated.text
    assert "we cancel the order and give you all your money back" in undated.text
    no_links = mail("order_ship_late", delay={"consent_url": "", "cancel_url": ""})
    assert "write to us: we cancel the order" in no_links.text


@pytest.mark.parametrize("kind", PARCEL_KINDS)
def test_machine_readable_parcel(kind: str) -> None:
    head = mail(kind).html.partition("</head>")[0]
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head)
    markup = json.loads(found)
    assert markup["@context"] == "https://schema.org"
    assert markup["@type"] == "ParcelDelivery"
    assert markup["trackingNumber"] == "00340434161094042557"
    assert markup["trackingUrl"] == "https://fernandkettle.example/orders/1042"
    assert markup["carrier"] == {"@type": "Organization", "name": "DHL"}
    assert markup["deliveryStatus"]["@type"] == "DeliveryEvent"
    assert markup["deliveryStatus"]["name"]
    assert markup["partOfOrder"]["orderNumber"] == "#1042"
    assert markup["partOfOrder"]["merchant"]["name"] == "Fern & Kettle"
    assert markup["partOfOrder"]["orderStatus"].startswith("https://schema.org/Order")
    assert [item["name"] for item in markup["itemShipped"]] == [
        "Darjeeling First Flush",
        "Hand-thrown stoneware mug",
    ]
    assert markup["deliveryAddress"]["@type"] == "PostalAddress"
    if kind == "parcel_lost":
        assert "expectedArrivalUntil" not in markup
    else:
        assert markup["expectedArrivalFrom"] <= markup["expectedArrivalUntil"]
    if kind == "parcel_ready_for_pickup":
        assert markup["deliveryStatus"]["accessCode"] == "4821"
        assert markup["deliveryStatus"]["availableThrough"] == "2026-12-10"


def test_what_is_unknown_is_left_out_for_machines() -> None:
    context: Any = sample_context("parcel_shipped")
    context["parcel"] = parcel_context()
    context["delivery"]["address"] = None
    context["links"]["order"] = ""
    markup = parcel_json_ld("parcel_shipped", context)
    assert set(markup) == {"@context", "@type", "partOfOrder", "deliveryStatus"}
    with pytest.raises(KeyError):
        parcel_json_ld("newsletter", context)


def test_a_parcel_of_which_nothing_is_known_has_every_key() -> None:
    assert set(parcel_context()) == set(ParcelContext.__annotations__)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [*PARCEL_KINDS, "order_ship_late"])
def test_abbreviated_dates_do_not_end_sentences_twice(kind: str, locale: str) -> None:
    for text in (mail(kind, locale).text, mail(kind, locale).html):
        assert not re.search(r"\w\.\.(\s|$)", text)
