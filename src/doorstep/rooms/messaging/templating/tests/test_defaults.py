"""The built-in templates, in every language and shape of order."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from doorstep.rooms.messaging.templating.compiled import compile_email, compile_sms
from doorstep.rooms.messaging.templating.context import OrderMessageContext, brand_context
from doorstep.rooms.messaging.templating.defaults import (
    EMAIL_KINDS,
    SMS_KINDS,
    default_email,
    default_sms,
)
from doorstep.rooms.messaging.templating.editor import check_email, check_sms, used_phrases
from doorstep.rooms.messaging.templating.journey_context import JOURNEY_KINDS, base_of
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES
from doorstep.rooms.messaging.templating.link_context import LINK_KINDS
from doorstep.rooms.messaging.templating.parcel_context import PARCEL_KINDS
from doorstep.rooms.messaging.templating.phrases import LOCALES, catalog, holes
from doorstep.rooms.messaging.templating.render import RenderedEmail, render_email, render_sms
from doorstep.rooms.messaging.templating.return_context import WITHDRAWAL_KINDS
from doorstep.rooms.messaging.templating.samples import sample_context, sample_variants
from doorstep.rooms.messaging.templating.variables import variable_reference
from doorstep.rooms.messaging.templating.wallet_context import WALLET_KINDS

ORDERLESS = {*LINK_KINDS, *WALLET_KINDS, *WITHDRAWAL_KINDS}
ORDER_KINDS = tuple(kind for kind in EMAIL_KINDS if kind not in {*JOURNEY_KINDS, *ORDERLESS})
COMPILED = {kind: compile_email(default_email(kind)) for kind in EMAIL_KINDS}


def mail(kind: str, locale: str = "en", **groups: dict[str, Any]) -> RenderedEmail:
    context = sample_context(kind, locale)
    for group, changes in groups.items():
        context[group].update(changes)
    return render_email(COMPILED[kind], context)


class _Balance(HTMLParser):
    """Fail on tags that do not match, as mail programs repair them each in its own way."""

    VOID = frozenset({"br", "img", "meta", "hr", "col", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_every_template_renders_every_order_in_every_language(kind: str, locale: str) -> None:
    for _, context in sample_variants(kind, locale):
        rendered = render_email(COMPILED[kind], context)
        balance = _Balance()
        balance.feed(rendered.html)
        assert balance.open == []
        if base_of(kind) != "customer" and kind not in ORDERLESS:
            assert "#1042" in rendered.subject + rendered.text
        assert f'lang="{locale}"' in rendered.html
        assert ('dir="rtl"' in rendered.html) == (locale == "ar")
        for leftover in ("{{", "{%", "LQ0Z", "None", "{number}"):
            assert leftover not in rendered.html
            assert leftover not in rendered.text
        assert "<" not in rendered.text


@pytest.mark.parametrize("locale", LOCALES)
def test_confirmation_has_all_that_was_bought_and_what_it_cost(locale: str) -> None:
    rendered = mail("order_confirmation", locale)
    for part in (rendered.html, rendered.text):
        for said in (
            "Darjeeling First Flush",
            "100 g",
            "Hand-thrown stoneware mug",
            "For Grandma",
            "WELCOME10",
            "DHL Standard",
            "Visa •••• 4242",
            "https://fernandkettle.example/orders/1042",
            "https://fernandkettle.example/orders/1042/change",
            "https://fernandkettle.example/orders/1042/cancellation",
            "https://fernandkettle.example/help",
            "10435 Berlin",
        ):
            assert said in part
        for amount in ("85.00", "8.50", "4.90", "81.40", "13.00", "26.10"):
            assert amount in part.replace(",", ".")


def test_every_cost_is_shown() -> None:
    context = dict(sample_variants("order_confirmation"))["every cost"]
    rendered = render_email(COMPILED["order_confirmation"], context)
    for part in (rendered.html, rendered.text):
        for amount in ("€2.50", "€3.00", "€4.10", "-€0.02", "€13.00", "€103.98", "¥16,420"):
            assert amount in part
    assert "Includes" not in rendered.text
    assert "unsubscribe" in rendered.html


def test_dates_or_production_time() -> None:
    dated = mail("order_confirmation")
    assert "Expected to arrive: Wed, Dec 2" in dated.text
    made = mail(
        "order_confirmation",
        delivery={
            "production_days_min": 10,
            "production_days_max": 14,
            "earliest_date": "",
            "latest_date": "",
        },
    )
    assert "Made for you in 10–14 working days" in made.text
    assert "Expected to arrive" not in made.text
    by = mail("order_confirmation", delivery={"earliest_date": ""})
    assert "by Fri, Dec 4" in by.text
    unknown = mail("order_confirmation", delivery={"earliest_date": "", "latest_date": ""})
    assert "We will tell you the date" in unknown.text


def test_a_guest_is_thanked_without_a_name() -> None:
    rendered = mail("order_confirmation", customer={"name": "", "first_name": ""})
    assert "Thank you for your order!" in rendered.html
    assert ", !" not in rendered.text


def test_a_gift_shows_its_message_and_no_prices_are_promised() -> None:
    rendered = mail(
        "order_confirmation", order={"is_gift": True, "gift_message": "Happy birthday!\nMaya"}
    )
    assert "Happy birthday!<br />Maya" in rendered.html
    assert "No prices are in the parcel." in rendered.text


def test_machine_readable_order() -> None:
    for kind in set(ORDER_KINDS) - set(PARCEL_KINDS):
        html = mail(kind).html
        head = html.partition("</head>")[0]
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head)
        assert len(found) == 1
        markup = json.loads(found[0])
        assert markup["@type"] == "Order"
        assert markup["orderNumber"] == "#1042"
        assert markup["price"] == "81.40"
        assert markup["priceCurrency"] == "EUR"
        assert markup["merchant"]["name"] == "Fern & Kettle"
        assert len(markup["acceptedOffer"]) == 3


def test_right_to_left_is_mirrored_and_amounts_stand_apart() -> None:
    html = mail("order_confirmation", "ar").html
    assert 'dir="rtl"' in html
    assert "direction:rtl" in html
    assert "direction:ltr" not in html
    assert 'align="left" valign="top"' in html  # amounts on the far side
    assert re.search(r"<bdi>[^<]*81\.40[^<]*</bdi>", html)


def test_long_and_foreign_titles_and_many_lines() -> None:
    context = sample_context("order_confirmation", "de")
    line = context["order"]["lines"][0]
    context["order"]["lines"] = [
        {**line, "title": f"手工陶瓷茶壶 {number} " + "Überlänge" * 20} for number in range(500)
    ]
    rendered = render_email(COMPILED["order_confirmation"], context)
    assert rendered.html.count("手工陶瓷茶壶") == 500
    assert rendered.text.count("手工陶瓷茶壶") == 500
    assert "overflow-wrap:anywhere" in rendered.html


def test_an_order_mail_fits_before_gmail_clips_it() -> None:
    assert len(mail("order_confirmation").html.encode()) < 102_000


def test_without_a_text_body_one_is_derived() -> None:
    source = replace(default_email("order_confirmation"), text="")
    text = render_email(compile_email(source), sample_context("order_confirmation")).text
    for said in (
        "Thank you, Maya!",
        "View your order (https://fernandkettle.example/orders/1042)",
        "Darjeeling First Flush",
        "€81.40",
        "10435 Berlin",
    ):
        assert said in text
    assert "<" not in text
    assert "color-scheme" not in text
    assert "\n\n\n" not in text


def test_other_mails_say_what_matters() -> None:
    hold = mail("order_on_hold")
    assert "address" in hold.text
    assert "https://fernandkettle.example/orders/1042/address" in hold.html
    other = mail("order_on_hold", hold={"reasons": ["something_new"], "needs_shopper": False})
    assert "sort something out" in other.text
    assert "€81.40 goes back" in mail("order_canceled").text
    unpaid = mail("order_canceled", cancellation={"refund": None, "by_shopper": False})
    assert "Nothing was charged" in unpaid.text
    assert "€28.80" in mail("order_refunded").subject


@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_defaults_pass_the_editors_own_check(kind: str) -> None:
    assert check_email(default_email(kind), LOCALES) == []


@pytest.mark.parametrize("kind", ORDER_KINDS)
def test_text_messages(kind: str) -> None:
    assert check_sms(default_sms(kind), LOCALES) == []
    compiled = compile_sms(default_sms(kind))
    english = render_sms(compiled, sample_context(kind))
    assert english.size.encoding == "GSM-7"
    assert english.segments == 1
    assert english.text.startswith("Fern & Kettle: ")
    # The page it is about: the order, or the label that its reader needs in the hand.
    assert re.search(r"https://fernandkettle\.example/(orders|returns/labels)/1042", english.text)
    for locale in LOCALES:
        rendered = render_sms(compiled, sample_context(kind, locale))
        assert "#1042" in rendered.text
        assert rendered.segments <= 2, (locale, rendered)
    arabic = render_sms(compiled, sample_context(kind, "ar"))
    assert arabic.size.encoding == "UCS-2"
    assert "\u2068" not in arabic.text


@pytest.mark.parametrize("kind", ["order_confirmation", "order_canceled", "order_refunded"])
def test_text_messages_about_money_name_the_amount(kind: str) -> None:
    rendered = render_sms(compile_sms(default_sms(kind)), sample_context(kind))
    assert ("€28.80" if kind == "order_refunded" else "€81.40") in rendered.text


def test_catalogs_have_the_same_keys_and_holes() -> None:
    english = catalog("en")
    for language in LOCALES:
        other = catalog(language)
        assert set(other) == set(english)
        for key, phrase in english.items():
            assert holes(other[key]) <= holes(phrase), (language, key)
            assert holes(phrase) - holes(other[key]) <= {"count"}, (language, key)


def test_every_phrase_is_used() -> None:
    used = {
        phrase.key for kind in EMAIL_KINDS for phrase in used_phrases(default_email(kind), "en")
    }
    used |= {phrase.key for kind in SMS_KINDS for phrase in used_phrases(default_sms(kind), "en")}
    assert set(catalog("en")) - used == set()


@pytest.mark.parametrize("kind", CONTEXT_TYPES)
def test_samples_are_json_and_complete(kind: str) -> None:
    context = sample_context(kind)
    assert json.loads(json.dumps(context)) == context
    assert set(context) == set(CONTEXT_TYPES[kind].__annotations__) | set(
        OrderMessageContext.__annotations__
    )
    total = context["order"]
    if base_of(kind) == "customer" or kind in ORDERLESS:
        assert total is None
        return
    parts = (
        total["subtotal"]["minor"] - total["discount_total"]["minor"] + total["shipping"]["minor"]
    )
    assert parts == total["total"]["minor"]


@pytest.mark.parametrize("kind", CONTEXT_TYPES)
def test_the_variable_list_explains_every_name(kind: str) -> None:
    variables = variable_reference(kind)
    paths = {variable.path for variable in variables}
    assert {"order.number", "order.lines[].title", "brand.color", "links.order"} <= paths
    assert len(paths) == len(variables)
    for variable in variables:
        assert variable.meaning
        assert ":func:" not in variable.meaning


def test_brand_colors_stay_readable_and_harmless() -> None:
    assert brand_context(name="x", color="#ffee00")["on_color"] == "#1b1f1d"
    assert brand_context(name="x", color="#102030")["on_color"] == "#ffffff"
    assert brand_context(name="x", color="#ffee00")["link_color"] != "#ffee00"
    assert brand_context(name="x", color="red;}</style>")["color"] == "#2f5d50"
