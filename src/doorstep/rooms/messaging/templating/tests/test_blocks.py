"""Mails of blocks: what is made of them, what is refused, and that nothing typed becomes code."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.messaging.templating.blocks.block_types import BLOCK_TYPES, list_block_types
from doorstep.rooms.messaging.templating.blocks.check import check_blocks
from doorstep.rooms.messaging.templating.blocks.document import (
    MOST_BLOCKS,
    Document,
    read_document,
)
from doorstep.rooms.messaging.templating.blocks.layout import compile_blocks
from doorstep.rooms.messaging.templating.blocks.names import names_of, targets_of
from doorstep.rooms.messaging.templating.blocks.start import starting_document, starting_lines
from doorstep.rooms.messaging.templating.compiled import EmailSource, compile_email
from doorstep.rooms.messaging.templating.defaults import default_email
from doorstep.rooms.messaging.templating.editor import check_email
from doorstep.rooms.messaging.templating.errors import UnsafeMarkup
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES
from doorstep.rooms.messaging.templating.mjml_check import is_unsafe
from doorstep.rooms.messaging.templating.render import RenderedEmail, render_email
from doorstep.rooms.messaging.templating.samples import sample_context

OWN = "own_customer_spring"
ORDER = "order_confirmation"
KINDS = [*CONTEXT_TYPES, OWN, "own_order_spring"]
PICTURE = "https://shop.example/pot.png"
FILLED: dict[str, dict[str, str]] = {
    "heading": {"text": "Hello {{ brand.name }}"},
    "text": {
        "text": "One **bold**, *thin* word\n- a\n- b\n\n[here](https://shop.example/?a=1&b=2)"
    },
    "image": {"url": PICTURE, "alt": "A “pot”", "target": "brand.website_url"},
    "button": {"text": "Go", "target": "address", "link": "https://shop.example/"},
    "columns": {"left_text": "L", "right_image": PICTURE, "right_alt": "Pot"},
    "product": {"title": "Pot", "link": "https://shop.example/pot", "image": PICTURE},
    "coupon": {"code": "TEA-10", "text": "Ten percent until Sunday"},
}


def document(*blocks: tuple[str, dict[str, str]]) -> Document:
    made = Document()
    for type_, settings in blocks:
        made = made.add(type_, len(made.blocks), settings)
    return made


def rendered(made: Document, kind: str = ORDER, locale: str = "en") -> RenderedEmail:
    compiled = compile_email(EmailSource(kind, "Subject", compile_blocks(made, kind)))
    return render_email(compiled, sample_context(kind, locale))


def problems(type_: str, kind: str = ORDER, **settings: str) -> list[tuple[str, str]]:
    made = document((type_, FILLED.get(type_, {}) | settings))
    return [(one.setting, one.problem) for one in check_blocks(made, kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_works_in_every_message_that_offers_it(kind: str) -> None:
    made = document(*((one.key, FILLED.get(one.key, {})) for one in list_block_types(kind)))
    assert check_blocks(made, kind) == []
    source = EmailSource(kind, "Subject", compile_blocks(made, kind))
    # Where a kind of block has choices, its first and last are looked at too.
    for block in made.blocks:
        for setting in block.kind.settings:
            for value, _words in setting.choices[:1] + setting.choices[-1:]:
                made = made.change(block.id, {setting.name: value})
    assert check_email(source) == []
    assert check_email(EmailSource(kind, "Subject", compile_blocks(made, kind)), ["en"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_new_mail_begins_with_can_be_sent(kind: str) -> None:
    assert check_blocks(starting_document(kind), kind) == []
    assert len(starting_document(kind).blocks) >= 3


def test_lines_of_code_become_words() -> None:
    shipped = default_email("parcel_shipped")
    lines = {"subject": shipped.subject, "preheader": shipped.preheader}
    assert starting_lines("parcel_shipped", lines, "en") == {
        "subject": "Order {{ order.number }} is on its way",  # of two ways to say it, the second
        "preheader": "",
    }
    birthday = starting_lines("birthday", {"subject": '{{ "birthday.subject" | t }}'}, "en")
    assert birthday["subject"] == "Happy birthday!"
    sums = {
        "subject": "{% assign x = order.total | money %}{{ x }}",
        "preheader": "Plain {{ brand.name }}",
    }
    assert starting_lines("win_back", sums, "en") == {
        "subject": "Win back",
        "preheader": "Plain {{ brand.name }}",
    }


def test_the_legal_lines_are_always_there() -> None:
    mail = rendered(document(("text", {"text": "Hi"})), OWN)
    assert "Unsubscribe" in mail.html
    assert "Unsubscribe (https://" in mail.text
    assert "Fern &amp; Kettle GmbH" in mail.html


def test_marks_lists_links_and_names() -> None:
    made = document(("text", {
        "text": "Hi {{ customer.first_name }}, **b *i* b**\nnext\n\n- one\n- two\n1. first\n\n"
        "[page](https://x.example/?a=1&b=2) [order]({{ links.order }}) 5 * 3 * 2 [not](a link)"
    }))  # fmt: skip
    assert check_blocks(made, ORDER) == []
    mail = rendered(made)
    assert "Hi <bdi>Maya</bdi>, <strong>b <em>i</em> b</strong><br />next</p>" in mail.html
    assert "<li>one</li><li>two</li></ul>" in mail.html
    assert "<li>first</li></ol>" in mail.html
    assert 'href="https://x.example/?a=1&amp;b=2"' in mail.html
    assert "/orders/104" in mail.html
    assert "5 * 3 * 2 [not](a link)" in mail.html
    assert "- one\n- two\n" in mail.text
    assert "page (https://x.example/?a=1&b=2)" in mail.text


def test_words_instead_of_a_name_nobody_gave() -> None:
    made = document(("heading", {"text": 'Hi {{ customer.first_name | default: "tea lover" }}'}))
    compiled = compile_email(EmailSource(OWN, "S", compile_blocks(made, OWN)))
    person = sample_context(OWN, "en")
    assert "Maya" in render_email(compiled, person).html
    person["customer"]["first_name"] = ""
    assert "Hi <bdi>tea lover</bdi>" in render_email(compiled, person).html
    assert problems("heading", text='{{ order.placed_at | default: "soon" }}')


def elements(html: str) -> list[tuple[str, list[str]]]:
    """Return each element of a page with the names of its attributes, as a browser reads them."""
    found: list[tuple[str, list[str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, [name for name, _value in attrs]))

    Reader().feed(html)
    return found


HOSTILE = [
    "<script>alert(1)</script>",
    "</mj-text></mj-column><mj-raw><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)' x='",
    "{ { brand.name } } {{{ {% }}%} &#123;&#123; brand.name }} &#123;% if",
    "}} -%} <!-- --> ]]> &lt;b&gt; LQ0Z LQX1Z \ue000 \u2028 \x07",
    '[a](javascript:alert(1)) [b](https://x"onclick=x) [c](data:text/html,x) [d](//x.example)',
    "{{ 'x' | upcase }} {{ brand['name'] }} {{ (1..99999999) | join }}",
    "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_becomes_markup_or_code(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled even where the check refuses it: two walls, each tested alone."""
    layout = "doorstep.rooms.messaging.templating.blocks.layout.block_problems"
    monkeypatch.setattr(layout, lambda block, message: [])
    for type_, name in [
        ("heading", "text"), ("text", "text"), ("button", "text"), ("image", "alt"),
        ("columns", "left_text"), ("columns", "right_alt"), ("product", "title"),
        ("product", "text"), ("coupon", "code"), ("products", "title"),
    ]:  # fmt: skip
        kind = OWN if type_ == "products" else ORDER
        typed = typed[: BLOCK_TYPES[type_].setting(name).limit]
        bare = rendered(document((type_, FILLED.get(type_, {}) | {name: "plain"})), kind)
        made = document((type_, FILLED.get(type_, {}) | {name: typed}))
        if "alt" in name or name == "title":
            try:
                rendered(made, kind)
            except UnsafeMarkup:  # the engine's own wall: the mail is refused as a whole
                assert is_unsafe(typed)
                continue
        mail = rendered(made, kind)
        assert elements(mail.html) == elements(bare.html), (type_, name)
        # A tag would have printed something else: what was typed stands there, sign for sign.
        assert made.blocks[0].get(name) in mail.text, (type_, name)
        assert "\ue000" not in mail.html


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {{ customer.first_nam }}", "Did you mean “customer.first_name”?"),
        ("{{ order.number", "one name of the list"),
        ("{{ order.number | upcase }}", "one name of the list"),
        ("{{ (1..100000000) | join }}", "one name of the list"),
        ("{% if order %}x{% endif %}", "go on editing this mail as code"),
        ("{{ links.order }}", "Write it as a link"),
        ("[x](javascript:alert(1))", "has to start with https://"),
        ("[x](http://x.example)", "Write https://"),
        ("[x]({{ links.ordr }})", "Did you mean “links.order”?"),
        ("[x](https://user@evil.example)", "name of a site is missing"),
    ],
)
def test_bad_words_are_refused_with_the_mend(text: str, said: str) -> None:
    found = problems("text", text=text)
    assert found
    assert all(setting == "text" for setting, _problem in found)
    assert said in found[0][1]


def test_pictures_and_buttons_say_what_they_miss() -> None:
    assert "for those who can’t see it" in problems("image", alt="")[0][1]
    assert problems("image", alt="", decorative="yes", target="") == []
    assert problems("image", alt="", decorative="yes")[0][0] == "decorative"
    assert "many inboxes hide" in problems("image", url="http://shop.example/a.png")[0][1]
    assert problems("image", url="data:image/png;base64,AA")[0][0] == "url"
    assert problems("image", url='https://x.example/"a')[0][0] == "url"
    assert problems("image", url="")[0][0] == "url"
    assert problems("image", target="address", link="javascript:alert(1)")[0][0] == "link"
    assert problems("image", target="nowhere.at_all")[0][0] == "target"
    assert "plain words" in problems("image", alt="see javascript: and </b>")[0][1]
    assert problems("button", link="")[0][0] == "link"
    assert problems("button", target="brand.website_url", link="javascript:x") == []
    assert problems("button", target="")[0][0] == "target"
    assert problems("button", link="mailto:hello@shop.example") == []
    assert problems("columns", left_text="")[0][0] == "left_text"
    assert problems("columns", right_alt="")[0][0] == "right_alt"
    assert problems("order_lines", OWN)[0][0] == ""


def test_a_block_that_does_not_work_is_left_out_of_the_look() -> None:
    made = document(("text", {"text": "{{ nonsense }}"}), ("text", {"text": "Good"}))
    assert "nonsense" not in compile_blocks(made, ORDER)
    assert "Good" in compile_blocks(made, ORDER)
    assert [str(one).split(":")[0] for one in check_blocks(made, ORDER)] == ["Block 1, Text"]


def test_a_button_without_its_address_is_not_shown() -> None:
    made = document(("button", {"text": "Change it", "target": "links.change"}))
    order = sample_context(ORDER, "en")
    compiled = compile_email(EmailSource(ORDER, "S", compile_blocks(made, ORDER)))
    assert (
        "Change it"
        not in render_email(compiled, order | {"links": order["links"] | {"change": ""}}).html
    )
    there = order["links"] | {"change": "https://shop.example/change"}
    assert "Change it" in render_email(compiled, order | {"links": there}).html


def test_names_are_values_and_targets_addresses() -> None:
    names = names_of(ORDER)
    assert {"customer.first_name", "order.number", "order.total"} <= set(names)
    assert not {"brand.color", "links.order", "order.lines", "json_ld", "order.currency"} & set(
        names
    )
    assert next(iter(targets_of(ORDER))) == "brand.website_url"
    assert "links.order" in targets_of(ORDER)
    # A message about a person has no order behind the name.
    assert "order.number" not in names_of(OWN)
    assert "order.number" in names_of("own_order_spring")


def test_rearranging() -> None:
    made = document(("heading", {"text": "A"}), ("text", {"text": "B"}), ("divider", {}))
    assert [block.id for block in made.move(3, -1).blocks] == [1, 3, 2]
    assert [block.id for block in made.move(1, -1).blocks] == [1, 2, 3]
    assert [block.type for block in made.copy(1).blocks] == [
        "heading",
        "heading",
        "text",
        "divider",
    ]
    assert [block.id for block in made.remove(2).blocks] == [1, 3]
    assert made.change(1, {"size": "small"}).blocks[0].get("text") == "A"
    assert read_document(made.dump()) == made
    with pytest.raises(NotFound):
        made.remove(9)
    with pytest.raises(Invalid, match="up to 60 blocks"):
        document(*[("divider", {})] * (MOST_BLOCKS + 1))


@pytest.mark.parametrize(
    "raw",
    [
        "nonsense",
        "[" * 100_000,
        "[]",
        {"version": 2, "blocks": []},
        {"version": 1, "blocks": {}},
        {"version": 1, "blocks": [1]},
        {"version": 1, "blocks": [{"id": True, "type": "text", "settings": {}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "iframe", "settings": {}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "text", "settings": {"html": "x"}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "text", "settings": {"text": 1}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "text", "settings": {"align": "x;color:red"}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "text", "settings": {"text": "x" * 5001}}]},
        {"version": 1, "blocks": [{"id": 1, "type": "divider", "settings": {}}] * 2},
    ],
)
def test_other_forms_are_refused(raw: object) -> None:
    with pytest.raises(Invalid) as caught:
        read_document(raw if isinstance(raw, str) else json.dumps(raw))
    assert caught.value.field == "blocks"


def test_every_type_can_be_made_and_named() -> None:
    for type_ in BLOCK_TYPES.values():
        assert type_.name
        assert type_.note
        for setting in type_.settings:
            assert not setting.choices or setting.default in dict(setting.choices)
