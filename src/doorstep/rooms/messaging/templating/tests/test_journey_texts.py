"""What messages of journeys and campaigns say, in every language and to everybody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from doorstep.rooms.messaging.templating.compiled import (
    EmailSource,
    compile_email,
    compile_sms,
)
from doorstep.rooms.messaging.templating.defaults import default_email, default_sms
from doorstep.rooms.messaging.templating.editor import check_email, check_sms
from doorstep.rooms.messaging.templating.journey_context import (
    CUSTOMER_JOURNEY_KINDS,
    JOURNEY_KINDS,
    ORDER_JOURNEY_KINDS,
    base_of,
    is_own_kind,
)
from doorstep.rooms.messaging.templating.phrases import LOCALES
from doorstep.rooms.messaging.templating.render import RenderedEmail, render_email, render_sms
from doorstep.rooms.messaging.templating.samples import sample_context, sample_variants
from doorstep.rooms.messaging.templating.variables import variable_reference

COMPILED = {kind: compile_email(default_email(kind)) for kind in JOURNEY_KINDS}


def mail(kind: str, locale: str = "en", **changes: Any) -> RenderedEmail:
    context = sample_context(kind, locale)
    for group, values in changes.items():
        if isinstance(values, dict):
            context[group].update(values)
        else:
            context[group] = values
    return render_email(COMPILED[kind], context)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", JOURNEY_KINDS)
def test_no_text_is_missing_for_anybody(kind: str, locale: str) -> None:
    sms = compile_sms(default_sms(kind))
    for name, context in sample_variants(kind, locale):
        rendered = render_email(COMPILED[kind], context)
        short = render_sms(sms, context).text
        for text in (rendered.subject, rendered.preheader, rendered.text, short):
            assert text.strip(), name
            assert not re.search(r"\{[a-z]|%\}|None|Liquid|: $", text), (name, text)
        assert "\n\n\n" not in rendered.text


@pytest.mark.parametrize("locale", ["de", "fr", "es", "ar"])
@pytest.mark.parametrize("kind", JOURNEY_KINDS)
def test_every_language_has_words_of_its_own(kind: str, locale: str) -> None:
    english, other = mail(kind), mail(kind, locale)
    assert english.preheader != other.preheader
    assert english.text.split("\n")[0] != other.text.split("\n")[0]


@pytest.mark.parametrize("kind", JOURNEY_KINDS)
def test_everybody_can_stop_them(kind: str) -> None:
    rendered = mail(kind)
    assert "https://fernandkettle.example/unsubscribe" in rendered.html
    assert "https://fernandkettle.example/unsubscribe" in rendered.text
    assert "STOP" in render_sms(compile_sms(default_sms(kind)), sample_context(kind)).text


@pytest.mark.parametrize("kind", JOURNEY_KINDS)
def test_text_messages_are_short(kind: str) -> None:
    compiled = compile_sms(default_sms(kind))
    english = render_sms(compiled, sample_context(kind))
    assert english.size.encoding == "GSM-7"
    assert english.segments == 1
    for locale in LOCALES:
        rendered = render_sms(compiled, sample_context(kind, locale))
        assert rendered.segments <= 2, rendered
        assert rendered.text.startswith("Fern & Kettle")


def test_a_review_is_asked_of_everybody_alike_with_help_beside_it() -> None:
    """16 CFR 465: no sentiment decides who may say something; help has equal weight."""
    for locale in LOCALES:
        html = mail("review_request", locale).html
        styles = re.findall(r"<a [^>]*style=\"([^\"]*display:\s*inline-block[^\"]*)\"", html)
        assert len(styles) == 2
        assert styles[0] == styles[1]
    html = mail("review_request").html
    assert "mailto:hello@fernandkettle.example" in html
    assert "Tell us what you think" in html
    assert "Get help" in html
    without = mail("review_request", brand={"support_email": ""}).html
    assert "mailto:" not in without
    assert "Tell us what you think" in without


def test_only_products_with_something_to_say_are_named() -> None:
    one = mail("how_to")
    assert one.subject == "How to use it: Darjeeling First Flush"
    assert "https://fernandkettle.example/films/brewing" in one.html
    several = dict(sample_variants("how_to"))["several products"]
    rendered = render_email(COMPILED["how_to"], several)
    assert rendered.subject == "How to get the most out of order #1042"
    assert "Erst<br />dann" in rendered.html
    care = mail("care_tips")
    assert "Keep the tin closed" in care.html
    assert "films/brewing" not in care.html


def test_a_wish_comes_before_what_was_looked_at_and_that_before_best_sellers() -> None:
    wished = mail("win_back")
    assert "From your wish list" in wished.text
    looked = mail("win_back", blocks={"wish_list": []})
    assert "You had a look at these" in looked.text
    assert "Teapot “Moss”" in looked.html
    new = mail("win_back", blocks={"wish_list": [], "recently_viewed": []})
    assert "What people love right now" in new.text
    assert "Matcha bowl" in new.html
    nothing = mail("win_back", blocks={"wish_list": [], "recently_viewed": [], "best_sellers": []})
    assert "love right now" not in nothing.text.partition("Have a look")[2]
    assert "Have a look around the shop" in nothing.text


def test_where_to_follow_a_shop() -> None:
    social = [{"name": "Instagram", "url": "https://www.instagram.com/fernandkettle"}]
    with_profile = mail("follow_us", brand={"social": social})
    assert "Follow us on Instagram" in with_profile.html
    assert "Have a look around the shop" in mail("follow_us").text


def test_what_shoppers_and_merchants_typed_is_shown_as_text() -> None:
    nasty = "<script>alert(1)</script>{{ brand.name }}"
    context = sample_context("how_to")
    context["customer"]["first_name"] = nasty
    context["products"][0].update(title=nasty, how_to=nasty, how_to_video_url="javascript:x()")
    html = render_email(COMPILED["how_to"], context).html
    assert "<script>alert" not in html
    assert "javascript:" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ brand.name }}" in html


def test_a_birthday_by_name_and_without() -> None:
    assert "Happy birthday, Maya!" in mail("birthday").html
    assert "Happy birthday!" in mail("birthday", customer={"first_name": ""}).html
    assert mail("holiday_greeting", "de").subject == "Weihnachten: unsere besten Wünsche"


def test_own_kinds_are_about_a_customer_or_an_order() -> None:
    assert [base_of(kind) for kind in ("own_order_x", "own_customer_x", "parcel_lost")] == [
        "order",
        "customer",
        None,
    ]
    assert {base_of(kind) for kind in ORDER_JOURNEY_KINDS} == {"order"}
    assert {base_of(kind) for kind in CUSTOMER_JOURNEY_KINDS} == {"customer"}
    for kind in ("own_", "own_order_", "own_order_Ä", "own_other_x", "own_order_x y"):
        assert not is_own_kind(kind)
    body = "<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"
    of_order = body.replace("{text}", "{{ order.total | money }}")
    assert check_email(EmailSource("own_order_x", "Hi", of_order)) == []
    assert check_email(EmailSource("own_customer_x", "Hi", of_order)) == []  # nothing is shown
    unknown = body.replace("{text}", "{{ parcel.number }}")
    assert check_email(EmailSource("own_order_x", "Hi", unknown)) != []
    assert {"blocks.best_sellers[].title", "products[].care", "customer.interests"} <= {
        variable.path for variable in variable_reference("own_customer_x")
    }
    assert check_sms(default_sms("win_back"), LOCALES) == []
