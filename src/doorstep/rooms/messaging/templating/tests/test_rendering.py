"""Values, languages, escaping and headers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.rooms.messaging.templating.compiled import (
    EmailSource,
    SmsSource,
    compile_email,
    compile_sms,
)
from doorstep.rooms.messaging.templating.defaults import default_email, default_sms
from doorstep.rooms.messaging.templating.editor import check_phrase
from doorstep.rooms.messaging.templating.errors import (
    RenderFailed,
    TemplateError,
    UnknownFilter,
    UnknownPhrase,
    UnknownVariable,
)
from doorstep.rooms.messaging.templating.render import one_line, render_email, render_sms
from doorstep.rooms.messaging.templating.samples import sample_context

KIND = "order_confirmation"
DEFAULT = compile_email(default_email(KIND))
SMS = compile_sms(default_sms(KIND))


def show(text: str, locale: str = "en", **changes: Any) -> str:
    context = sample_context(KIND, locale)
    for path, value in changes.items():
        group, _, key = path.partition("__")
        context[group][key] = value
    return render_sms(compile_sms(SmsSource(KIND, text)), context).text


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("{{ ordr.number }}", UnknownVariable, "Did you mean “order”?"),
        ("{{ order.numbr }}", UnknownVariable, "Did you mean “number”?"),
        ("{% if order.numbr %}x{% endif %}", UnknownVariable, "Did you mean “number”?"),
        ('{{ order.numbr | default: "x" }}', UnknownVariable, "Did you mean “number”?"),
        ("{% for l in order.lines %}{{ l.titel }}{% endfor %}", UnknownVariable, "“title”"),
        ("{{ order.lines.title }}", UnknownVariable, "go through it"),
        ("{{ hold.reasons }}", UnknownVariable, "Expected one of"),
        ("{{ now }}", UnknownVariable, "Expected one of"),
        ("{{ order.total | mony }}", UnknownFilter, "Did you mean “money”?"),
        ("{{ order.note | safe }}", UnknownFilter, "no filter “safe”"),
        ("{{ order.note | url_decode }}", UnknownFilter, "url_encode"),
        ('{{ "order.vieww" | t }}', UnknownPhrase, "Did you mean “order.view”?"),
        ('{{ "items" | t }}', UnknownPhrase, "needs “count:”"),
        ("{{ order.total }}", TemplateError, "Write {{ order.total | money }}."),
        ("{{ order.number | money }}", RenderFailed, "expected an amount"),
        ('{{ order.placed_at | date: "x" }}', RenderFailed, "short, medium, long, full"),
        ("{{ order.item_count | divided_by: 0 }}", RenderFailed, "divide"),
    ],
)
def test_errors_say_what_was_expected(text: str, error: type[TemplateError], said: str) -> None:
    with pytest.raises(error) as raised:
        show(f"first\n{text}")
    assert said in str(raised.value)
    assert raised.value.line == 2


def test_a_null_has_no_parts_but_is_no_error() -> None:
    text = "[{{ delivery.address.name }}]{% if delivery.address.name %}x{% endif %}"
    assert show(text, delivery__address=None) == "[]"


@pytest.mark.parametrize(
    ("locale", "money", "day"),
    [
        ("en", "€81.40", "Wed, Dec 2"),
        ("de", "81,40 €", "Mi., 2. Dez."),
        ("de-AT", "€ 81,40", "Mi., 2. Dez."),
        ("fr", "81,40 €", "mer. 2 déc."),
        ("es", "81,40 €", "mié, 2 dic"),
        ("xx-klingon", "€81.40", "Wed, Dec 2"),
    ],
)
def test_values_speak_the_language(locale: str, money: str, day: str) -> None:
    shown = show('{{ order.total | money }}|{{ delivery.earliest_date | date: "day" }}', locale)
    assert shown.replace("\u00a0", " ") == f"{money}|{day}"


def test_decimals_follow_the_currency() -> None:
    assert (
        show("{{ order.tip | money }}", order__tip={"minor": 1234, "currency": "JPY"}) == "¥1,234"
    )
    three = show("{{ order.tip | money }}", order__tip={"minor": 1234, "currency": "KWD"})
    assert three.endswith("1.234")
    with pytest.raises(RenderFailed):
        show("{{ order.tip | money }}", order__tip={"minor": 1, "currency": "NOPE"})


def test_times_are_in_the_shoppers_zone() -> None:
    assert "10:24" in show("{{ order.placed_at | datetime }}", "de")
    assert "20:30" in show(
        "{{ order.placed_at | time }}", "de", order__placed_at="2026-06-01T18:30:00+00:00"
    )


def test_plural_forms() -> None:
    text = '{{ "items" | t: count: order.item_count }}'
    assert show(text, order__item_count=1) == "1 item"
    assert show(text, order__item_count=5) == "5 items"
    assert show(text, "ar", order__item_count=2) == "منتجان"
    assert show(text, "ar", order__item_count=5) == "5 منتجات"
    assert show(text, "ar", order__item_count=11) == "11 منتجًا"


def test_a_store_may_put_its_own_words() -> None:
    context = sample_context(KIND)
    own = {"confirmation.subject": "Hooray, {number}! {number.__class__} {0}"}
    subject = render_email(DEFAULT, context, phrases=own).subject
    assert subject == "Hooray, #1042! {number.__class__} {0}"
    html = render_email(DEFAULT, context, phrases={"order.view": "<b>Go</b>"}).html
    assert "&lt;b&gt;Go&lt;/b&gt;" in html


def test_own_words_are_checked_when_saved() -> None:
    assert check_phrase("confirmation.subject", "Yes! {number}") is None
    assert check_phrase("items", {"one": "1 thing", "other": "{count} things"}) is None
    assert "{number}" in str(check_phrase("confirmation.subject", "Yes! {nummer}"))
    assert "Did you mean" in str(check_phrase("confirmation.subjekt", "Yes!"))
    assert "empty" in str(check_phrase("confirmation.subject", " "))
    assert "other" in str(check_phrase("items", {"one": "1 thing"}))


def test_a_subject_is_one_line() -> None:
    compiled = compile_email(EmailSource(KIND, "Hi {{ customer.name }}", default_email(KIND).body))
    context = sample_context(KIND)
    context["customer"]["name"] = "A\r\nBcc: evil@example.com\u2028\x00\x85B"
    subject = render_email(compiled, context).subject
    assert subject == "Hi A Bcc: evil@example.com B"
    assert one_line("\n\t a \x7f") == "a"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "{{ order.total | money }}",
        "{% for i in (1..9) %}x{% endfor %}",
        '"><img src=x onerror=alert(1)>',
        "</title></head><script>1</script>",
        "LQ0Z LQ1Z",
        "]]> --> <!-- ",
    ],
)
def test_what_a_shopper_writes_stays_inert(hostile: str) -> None:
    context = sample_context(KIND)
    line = context["order"]["lines"][0]
    line["title"] = line["sku"] = hostile
    line["options"] = [{"name": hostile, "value": hostile}]
    line["properties"] = [{"name": hostile, "value": hostile}]
    context["order"].update(note=hostile, is_gift=True, gift_message=hostile)
    context["customer"].update(name=hostile, first_name=hostile)
    context["json_ld"] = {"name": hostile}
    mail = render_email(DEFAULT, context)
    assert mail.html.count("<script") == 1
    assert "<img" not in mail.html
    assert hostile in mail.text
    markup = mail.html.partition('ld+json">')[2].partition("</script>")[0]
    assert json.loads(markup) == {"name": hostile}


def test_a_link_from_data_must_be_a_link() -> None:
    context = sample_context(KIND)
    context["links"]["order"] = "javascript:alert(1)"
    context["order"]["lines"][0]["image_url"] = " JaVaScRiPt:alert(1)"
    html = render_email(DEFAULT, context).html
    assert "javascript" not in html.lower()


WORDS = st.text(max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    title=WORDS,
    name=WORDS,
    value=WORDS,
    first=WORDS,
    quantity=st.integers(1, 10**6),
    minor=st.integers(-(10**15), 10**15),
)
def test_no_data_crashes_a_default_template(
    title: str, name: str, value: str, first: str, quantity: int, minor: int
) -> None:
    context = sample_context(KIND, "ar")
    line = context["order"]["lines"][0]
    line.update(title=title, quantity=quantity, properties=[{"name": name, "value": value}])
    context["order"]["total"] = {"minor": minor, "currency": "KWD"}
    context["customer"]["first_name"] = first
    mail = render_email(DEFAULT, context)
    assert mail.html.count("<script") == 1
    assert not set("\r\n\0") & set(mail.subject)
    assert render_sms(SMS, context).segments >= 1


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%|.:\"'<>-= abfortnidexg()1[]/", max_size=60))
def test_no_source_crashes_the_compiler(source: str) -> None:
    wrapped = f"<mjml><mj-body><mj-section><mj-column><mj-text>{source}</mj-text></mj-column></mj-section></mj-body></mjml>"
    for attempt in (EmailSource(KIND, source, wrapped), EmailSource(KIND, "s", source)):
        with contextlib.suppress(TemplateError):
            render_email(compile_email(attempt), sample_context(KIND))
