"""A mail filled into a frame reads exactly as the one rendered whole."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from doorstep.rooms.messaging.templating.compiled import EmailSource, compile_email
from doorstep.rooms.messaging.templating.defaults import EMAIL_KINDS, default_email
from doorstep.rooms.messaging.templating.errors import (
    LimitExceeded,
    TemplateError,
    UnknownVariable,
)
from doorstep.rooms.messaging.templating.frames import MESSAGE, EmailFrame
from doorstep.rooms.messaging.templating.render import render_email
from doorstep.rooms.messaging.templating.samples import sample_context, sample_variants

KIND = "order_confirmation"


def mail(body: str, subject: str = "Hi", preheader: str = "", text: str = "") -> Any:
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>"
        f"{body}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    return compile_email(EmailSource(KIND, subject, mjml, preheader, text))


def people() -> list[dict[str, Any]]:
    context = dict(sample_context(KIND, "en"))
    names = ["Maya", "", "Jonas <b>", "  Rose \n of  Tralee ", "{{ brand.name }}", "=?utf-8?q?x?="]
    return [context | {"customer": {**context["customer"], "first_name": name}} for name in names]


def must_agree(compiled: Any, contexts: list[dict[str, Any]], *shared: str) -> EmailFrame:
    frame = EmailFrame(compiled, {name: contexts[0][name] for name in ("locale", *shared)})
    for context in contexts:
        filled, whole = frame.fill(context, lambda: "token"), render_email(compiled, context)
        assert (filled.subject, filled.html, filled.text) == (whole.subject, whole.html, whole.text)
        assert frame.html.fill(filled.html_values) == whole.html
        if filled.text_values is not None:
            assert frame.text.fill(filled.text_values) == whole.text
    return frame


@pytest.mark.parametrize("kind", sorted(EMAIL_KINDS))
@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_built_in_mails_read_the_same(kind: str, locale: str) -> None:
    compiled = compile_email(default_email(kind))
    for _, variant in sample_variants(kind, locale):
        must_agree(compiled, [dict(variant)], "brand")


@pytest.mark.parametrize(
    "body",
    [
        "Dear {{ customer.first_name }}, from {{ brand.name }}. {{ customer.first_name }}!",
        "{% if brand.name %}{{ brand.name }}{% else %}{{ customer.first_name }}{% endif %}",
        "{% assign who = brand.name %}{{ who }} {{ customer.first_name }} {{ who }}",
        "{% assign who = brand.name %}{% if customer.first_name %}{{ who }}{% endif %}{{ who }}",
        "{% assign who = brand.name %}{% assign who = customer.first_name %}{{ who }}",
        "{% if customer.first_name %}{% assign who = 'x' %}{% else %}{% assign who = 'y' %}{% endif %}"
        "{% assign z = who %}{{ z }}{{ brand.name }}",
        "{% if brand.name %}{% assign who = 'x' %}a{% endif %}{{ customer.first_name }}",
        "{% capture who %}{{ brand.name }}{% endcapture %}{{ customer.first_name }}{{ who }}",
        "{% assign brand = customer %}{{ brand.first_name }}",
        "{% for line in order.lines %}{% cycle 'a', 'b' %}{% endfor %}{% cycle 'a', 'b' %}",
        "{% for line in brand.postal_address %}{{ line }}{{ forloop.index }}{% endfor %}",
        "{% for line in brand.postal_address %}{{ customer.first_name }}{% endfor %}",
        "{% for customer in brand.postal_address %}{{ customer }}{% endfor %}",
        "{% case customer.first_name %}{% when 'Maya' %}M{% else %}{{ brand.name }}{% endcase %}",
        "{{ customer.first_name | append: brand.name }} {{ brand.name | upcase }}",
    ],
)
def test_whatever_differs_and_wherever_names_are_set(body: str) -> None:
    compiled = mail(
        body, "{{ customer.first_name }} {{ brand.name }}", "{{ customer.first_name }} x"
    )
    must_agree(compiled, people(), "brand")
    must_agree(compiled, people())


def test_what_is_shared_is_rendered_once() -> None:
    compiled = mail(
        "{{ brand.name }} {{ customer.first_name }} {{ brand.name }}", "{{ brand.name }}"
    )
    frame = must_agree(compiled, people(), "brand")
    assert len(frame.html.texts) == 2
    assert frame.fill(people()[0], lambda: "").html_values == ("Maya",)


def test_a_decorator_changes_what_stands_still_and_names_the_message() -> None:
    compiled = mail("<a href='https://a.example/'>{{ customer.first_name }}</a>")
    shared = {"locale": people()[0]["locale"]}

    def counted(html: str) -> str:
        return html.replace("https://a.example/", f"https://t.example/{MESSAGE}/1")

    frame = EmailFrame(compiled, shared, decorate=counted)
    filled = frame.fill(people()[2], lambda: "abc")
    assert "https://t.example/abc/1" in filled.html
    assert "Jonas &lt;b&gt;" in filled.html
    assert frame.html.fill(filled.html_values) == filled.html


def test_marks_in_a_text_are_none() -> None:
    compiled = mail("a\ufdd00\ufdd1b {{ customer.first_name }}")
    frame = EmailFrame(compiled, {"locale": people()[0]["locale"]})
    assert "a0b Maya" in frame.fill(people()[0], lambda: "").html


def test_a_bomb_in_the_shared_part_goes_off_once_and_in_a_gap_for_its_mail_only() -> None:
    rounds = "{% for i in (1..999) %}" * 2 + "x" + "{% endfor %}" * 2
    with pytest.raises(LimitExceeded):
        EmailFrame(mail(rounds), {"locale": people()[0]["locale"]})
    gap = mail("{% if customer.first_name == 'Maya' %}" + rounds + "{% endif %}ok")
    frame = EmailFrame(gap, {"locale": people()[0]["locale"]})
    with pytest.raises(LimitExceeded):
        frame.fill(people()[0], lambda: "")
    assert "ok" in frame.fill(people()[1], lambda: "").html


def test_who_has_the_same_to_say_gets_the_same_text_and_nobody_else() -> None:
    body = (
        "{% if customer.orders_before > 1 %}{{ customer.orders_before }} times"
        "{% else %}{{ customer.first_name | default: 'you' }}{% endif %}"
        "{% case customer.orders_before %}{% when 2 %}two{% when true %}yes{% endcase %}"
        "<a href='{{ customer.email }}'>x</a> {{ customer.orders_before }}"
    )
    values = [2, 1, True, None, "2", 2.0, 0, False, ["a"], 2, 1, True]
    links = [
        "https://a.example/?a=1&b='2'",
        " https://a.example/ ",
        "javascript:alert(1)",
        "",
        None,
    ]
    base = people()[0]
    contexts = [
        base | {"customer": {"first_name": name, "orders_before": value, "email": link}}
        for name in ("Maya", "", "O'Hara & <Sons>")
        for value, link in itertools.product(values, links)
    ]
    text = "{% if customer.orders_before == true %}{{ customer.first_name | upcase }}{% endif %}."
    subject = "{{ customer.first_name }} {{ customer.orders_before }}"
    compiled = mail(body, subject, text=text)
    frame = EmailFrame(compiled, {name: base[name] for name in ("locale", "brand")})
    for context in [*contexts, *contexts]:
        try:
            whole = render_email(compiled, context)
        except TemplateError as error:
            with pytest.raises(type(error)):
                frame.fill(context, lambda: "")
            continue
        filled = frame.fill(context, lambda: "")
        assert (filled.subject, filled.html, filled.text) == (whole.subject, whole.html, whole.text)


def test_a_name_that_is_missing_is_missing_also_after_it_was_there() -> None:
    compiled = mail("{% if customer.first_name %}{{ customer.name | upcase }}{% endif %}")
    there = people()[0] | {"customer": {"first_name": "Maya", "name": "x"}}
    gone = there | {"customer": {"first_name": "Maya"}}
    frame = EmailFrame(compiled, {"locale": there["locale"]})
    assert ">X<" in frame.fill(there, lambda: "").html
    with pytest.raises(UnknownVariable):
        frame.fill(gone, lambda: "")
    assert ">X<" in frame.fill(there, lambda: "").html


def test_a_gap_that_reads_otherwise_for_everybody_keeps_nothing_for_ever() -> None:
    compiled = mail("{{ customer.first_name | upcase }}")
    base = people()[0]
    frame = EmailFrame(compiled, {"locale": base["locale"]})
    for nth in range(1_000):
        context = base | {"customer": {"first_name": f"m{nth}"}}
        assert f">M{nth}<" in frame.fill(context, lambda: "").html
    [gap] = frame._html.gaps
    assert not gap._kept
