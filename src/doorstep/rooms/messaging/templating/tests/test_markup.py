"""What the reading of MJML refuses, and where it says so."""

from __future__ import annotations

import pytest

from doorstep.rooms.messaging.templating.compiled import EmailSource, compile_email
from doorstep.rooms.messaging.templating.errors import (
    MarkupError,
    TemplateError,
    TemplateSyntaxError,
    UnknownTag,
    UnsafeMarkup,
)
from doorstep.rooms.messaging.templating.render import render_email
from doorstep.rooms.messaging.templating.samples import sample_context

KIND = "order_confirmation"


def body(inner: str) -> str:
    return (
        "<mjml><mj-body><mj-section><mj-column>\n"
        f"{inner}\n</mj-column></mj-section></mj-body></mjml>"
    )


def refuse(inner: str, kind: type[TemplateError]) -> TemplateError:
    with pytest.raises(kind) as raised:
        compile_email(EmailSource(KIND, "s", body(inner)))
    assert raised.value.part == "body"
    assert raised.value.line >= 2
    return raised.value


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<mj-txt>a</mj-txt>", "Did you mean “mj-text”?"),
        ('<mj-text algn="left">a</mj-text>', "Did you mean “align”?"),
        ("<mj-text>a", "</mj-column> stands where </mj-text> is expected"),
        ("<mj-text><b>a</mj-text>", "</mj-text> stands where </b> is expected"),
        ("<mj-text>a</mj-text></mj-text>", "</mj-text> stands where </mj-column> is expected"),
        ("<mj-section></mj-section>", "It belongs in <mj-body> or <mj-wrapper>."),
        ("<mj-text>a < b</mj-text>", "Write &lt;"),
        ("<mj-text>a</mj-text>loose words", "Put it into <mj-text>."),
        ("<p>a</p>", "HTML goes into <mj-text>"),
        ("<mj-text align=left>a</mj-text>", "has no value"),
        ('<mj-text align="left" align="right">a</mj-text>', "given twice"),
        ('<mj-text padding="{{ order.number }}">a</mj-text>', "plain measure"),
        ("<mj-text {{ order.number }}>a</mj-text>", "attribute's name"),
        ("<mj-text><marquee>a</marquee></mj-text>", "not an HTML tag for messages"),
        ('<mj-text><b colour="red">a</b></mj-text>', "Did you mean “color”?"),
        ("<mj-text><!-- open</mj-text>", "comment is never closed"),
        ("<mj-text>\ue000</mj-text>", "not allowed"),
    ],
)
def test_wrong_markup(inner: str, said: str) -> None:
    assert said in str(refuse(inner, MarkupError))


@pytest.mark.parametrize(
    "inner",
    [
        "<mj-text><script>alert(1)</script></mj-text>",
        "<mj-raw><SCRIPT>alert(1)</SCRIPT></mj-raw>",
        "<mj-raw><iframe></iframe></mj-raw>",
        '<mj-text><a href="javascript:alert(1)">x</a></mj-text>',
        '<mj-text><a href="java&#115;cript:alert(1)">x</a></mj-text>',
        '<mj-text><a href="jav\nascript:alert(1)">x</a></mj-text>',
        '<mj-text><a href="data:text/html,x">x</a></mj-text>',
        '<mj-text><a href="{{ order.number }}{{ order.note }}">x</a></mj-text>',
        '<mj-text><a href="{% if true %}x{% endif %}">x</a></mj-text>',
        '<mj-text><a href="{{ order.number }}:x">x</a></mj-text>',
        '<mj-button href="vbscript:x">x</mj-button>',
        '<mj-image src="file:///etc/passwd" />',
        '<mj-text><img src="https://a.example/x.png" onerror="alert(1)" /></mj-text>',
        '<mj-text><b style="width:expression(alert(1))">x</b></mj-text>',
        '<mj-include path="./other.mjml" />',
        "<mj-text>{% raw %}<script>alert(1)</script>{% endraw %}</mj-text>",
    ],
)
def test_unsafe_markup(inner: str) -> None:
    refuse(inner, UnsafeMarkup)


def test_style_cannot_load_or_close_itself() -> None:
    for style in ("@import url(https://a.example/x.css);", "a { behavior: url(x) }"):
        source = f"<mjml><mj-head><mj-style>{style}</mj-style></mj-head><mj-body></mj-body></mjml>"
        with pytest.raises(UnsafeMarkup):
            compile_email(EmailSource(KIND, "s", source))


def test_the_line_is_the_merchants_own() -> None:
    error = refuse("<mj-text>a</mj-text>\n\n  <mj-txt>a</mj-txt>", MarkupError)
    assert (error.line, error.column) == (4, 3)


def test_an_error_met_while_rendering_names_the_line_in_the_mjml() -> None:
    inner = (
        "<mj-text>a</mj-text>\n<mj-text>{{ order.number }}\n  {{ order.number | money }}</mj-text>"
    )
    compiled = compile_email(EmailSource(KIND, "s", body(inner), text="t"))
    with pytest.raises(TemplateError) as raised:
        render_email(compiled, sample_context(KIND))
    assert (raised.value.part, raised.value.line) == ("body", 4)


def test_liquid_syntax_and_tags() -> None:
    assert refuse("<mj-text>{{ order.number </mj-text>", TemplateSyntaxError).line == 2
    assert refuse("<mj-text>\n{% if true %}</mj-text>", TemplateSyntaxError).line == 3
    assert refuse("<mj-text>\n{{ order.number | }}</mj-text>", TemplateSyntaxError).line == 3
    assert "“include”" in str(refuse('<mj-text>{% include "x" %}</mj-text>', UnknownTag))


def test_the_whole_document_is_needed() -> None:
    for source in ("", "words", "<mjml></mjml>", "<p>x</p>"):
        with pytest.raises(MarkupError):
            compile_email(EmailSource(KIND, "s", source))


def test_what_is_forgiven() -> None:
    inner = (
        "{% for line in order.lines %}<mj-text>Tea & cake &nbsp;{{ line.title }}<br></mj-text>"
        "{% endfor %}<!-- {{ a comment }} -->"
        '<mj-button href="{{ links.order }}?a=1&b=2" background-color="{{ brand.color }}">Go</mj-button>'
    )
    html = render_email(
        compile_email(EmailSource(KIND, "s", body(inner))), sample_context(KIND)
    ).html
    assert html.count("Tea &amp; cake") == 3
    assert "orders/1042?a=1&amp;b=2" in html
    assert "#2f5d50" in html
    assert "a comment" not in html


def test_a_literal_cannot_bring_markup_in() -> None:
    inner = '<mj-text>{{ "<script>alert(1)</script>" }}{% capture s %}{{ order.note }}{% endcapture %}{{ s }}</mj-text>'
    context = sample_context(KIND)
    context["order"]["note"] = "<script>2</script>"
    html = render_email(compile_email(EmailSource(KIND, "s", body(inner))), context).html
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
