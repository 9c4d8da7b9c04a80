"""Templates that try to keep a worker busy, or to fill its memory."""

from __future__ import annotations

import contextlib
from time import thread_time

import pytest

from doorstep.rooms.messaging.templating.compiled import (
    EmailSource,
    SmsSource,
    compile_email,
    compile_sms,
)
from doorstep.rooms.messaging.templating.errors import LimitExceeded, TemplateError
from doorstep.rooms.messaging.templating.render import render_sms
from doorstep.rooms.messaging.templating.samples import sample_context

KIND = "order_confirmation"
DOUBLE = "{% assign s = s | append: s %}"
BOMBS = {
    "join a long range": "{{ (1..100000000) | join }}",
    "loop over a long range": "{% for i in (1..1000000) %}x{% endfor %}",
    "loop backwards over a long range": "{% for i in (1..100000000) reversed %}x{% endfor %}",
    "range beyond 64 bits": "{% for i in (1..99999999999999999999) %}x{% endfor %}",
    "range as a filter's argument": '{{ "a" | append: (1..100000000) | size }}',
    "range through a variable": "{% assign r = (1..100000000) %}{{ r | join }}",
    "range with computed end": "{% assign n = 9999 | times: 9999 %}{{ (1..n) | join }}",
    "range in a condition": "{% if (1..100000000) contains 5 %}x{% endif %}",
    "range in case": "{% case (1..100000000) %}{% when 1 %}x{% endcase %}",
    "loops in loops": "{% for a in (1..1000) %}{% for b in (1..1000) %}"
    "{% for c in (1..1000) %}x{% endfor %}{% endfor %}{% endfor %}",
    "loops after loops": "{% for a in (1..900) %}{% endfor %}" * 30,
    "empty loops in loops": "{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}",
    "text doubled": '{% assign s = "xxxxxxxxxx" %}' + DOUBLE * 40,
    "text doubled in a loop": '{% assign s = "x" %}{% for i in (1..1000) %}'
    + DOUBLE
    + "{% endfor %}",
    "capture doubled": '{% assign s = "xxxxxxxxxx" %}'
    + "{% capture s %}{{ s }}{{ s }}{% endcapture %}" * 40,
    "many captures": "{% capture s %}"
    + "x" * 10_000
    + "{% endcapture %}"
    + "".join(
        f"{{% capture v{n} %}}{{{{ s }}}}{{{{ s }}}}{{{{ s }}}}{{{{ s }}}}{{% endcapture %}}"
        for n in range(100)
    ),
    "replace everything by much": '{% assign s = "aaaaaaaaaa" %}'
    + '{% assign s = s | replace: "a", "aaaaaaaaaaaaaaaaaaaa" %}' * 20,
    "replace nothing by itself": '{% assign s = "aaaaaaaaaa" %}'
    + '{% assign s = s | replace: "", s %}' * 20,
    "huge number": "{% assign n = 999999999 %}" + "{% assign n = n | times: n %}" * 30 + "{{ n }}",
    "number with an exponent": '{{ "1e99999999" | ceil }}',
    "round to a negative power": "{{ 5 | round: -1000000000 }}",
    "lists doubled": '{% assign l = "a,b,c,d" | split: "," %}'
    + "{% assign l = l | concat: l %}" * 30,
    "join grows": '{% assign l = "a b c d e f g h" | split: " " %}{% assign g = "x" %}'
    + "{% assign g = l | join: g %}" * 20,
    "unique over many": "{% capture s %}{% for i in (1..1000) %}{{ i }},{% endfor %}{% endcapture %}"
    '{% assign l = s | split: "," %}{% for i in (1..1000) %}{% assign u = l | uniq %}{% endfor %}',
    "sort in a loop": "{% capture s %}{% for i in (1..1000) %}{{ i }},{% endfor %}{% endcapture %}"
    '{% assign l = s | split: "," %}{% for j in (1..15) %}{% for i in (1..1000) %}{% assign u = l | sort_natural %}{% endfor %}{% endfor %}',
    "output without end": "{% for i in (1..1000) %}" + "x" * 5_000 + "{% endfor %}",
    "strip_html over open brackets": "{% capture s %}" + "<" * 60_000 + "{% endcapture %}"
    "{% for i in (1..1000) %}{{ s | strip_html | size }}{% endfor %}",
    "include": '{% include "a" %}',
    "render": '{% render "a" %}',
    "tag never closed": "{% if " + " " * 100_000,
    "gap in a tag": "{{ order.number" + " " * 1_900 + "}}",
    "raw never closed": "{% raw %}" * 20_000,
    "comment never closed": "{% comment %}" * 10_000,
    "brackets in brackets": "{{ order" + "[order" * 300 + "]" * 300 + " }}",
    "one long condition": "{% if " + " and ".join(["true"] * 200) + " and nope %}x{% endif %}",
    "blocks in blocks": "{% if true %}" * 200 + "{% endif %}" * 200,
    "source too long": "x" * 200_001,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_a_second(name: str) -> None:
    started = thread_time()
    with pytest.raises(TemplateError) as raised:
        render_sms(compile_sms(SmsSource(KIND, BOMBS[name])), sample_context(KIND))
    assert thread_time() - started < 1.0
    assert raised.value.template == KIND


def test_limit_names_the_line() -> None:
    source = SmsSource(KIND, "one\ntwo {{ (1..100000000) | join }}")
    with pytest.raises(LimitExceeded) as raised:
        render_sms(compile_sms(source), sample_context(KIND))
    assert raised.value.line == 2


def test_nesting_cannot_overflow_the_compiler() -> None:
    body = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"
    deep = body.format("<b>" * 20_000 + "</b>" * 20_000)
    with pytest.raises(LimitExceeded):
        compile_email(EmailSource(KIND, "s", deep))


BODY = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"
LARGE = {
    "many values": BODY.format("<mj-text>" + "{{ order.number }}" * 10_000 + "</mj-text>"),
    "many bare tags": BODY.format("{% assign a = 1 %}\n" * 9_000),
    "many links": BODY.format(
        "<mj-text>" + '<a href="{{ links.order }}">x</a>' * 5_000 + "</mj-text>"
    ),
    "many tags": BODY.format("<mj-text>" + "<b>x</b>" * 20_000 + "</mj-text>"),
    "many unclosed comments": BODY.format("<mj-text>" + "<!-- " * 30_000 + "</mj-text>"),
    "many open brackets": BODY.format("<mj-text>" + "<" * 100_000 + "</mj-text>"),
    "long gaps": BODY.format("<mj-text " + " " * 150_000 + ">x</mj-text>"),
    "open quotes": BODY.format("<mj-text " + 'align="' * 20_000 + ">x</mj-text>"),
}


@pytest.mark.parametrize("name", LARGE)
def test_reading_a_large_source_stays_linear(name: str) -> None:
    started = thread_time()
    with contextlib.suppress(TemplateError):
        compile_email(EmailSource(KIND, "s", LARGE[name]))
    assert thread_time() - started < 3.0


def test_an_honest_loop_is_not_refused() -> None:
    source = SmsSource(KIND, "{% for i in (1..900) %}{{ i }} {% endfor %}")
    assert "900" in render_sms(compile_sms(source), sample_context(KIND)).text
