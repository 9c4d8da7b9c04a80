"""The block editor as forms: nothing typed is lost, every mistake stands at its block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doorstep.console.tests.html_forms import sent_by
from doorstep.console.tests.shop import Shop
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel

KIND = "thank_you"


class Editor:
    """One person at the editor: every button sends the form as it stands on the page."""

    def __init__(self, client: Client, shop: Shop) -> None:
        self.client, self.store = client, shop.ours.store
        self.url = f"/console/{self.store.slug}/templates/{KIND}/email/all/"
        self.html = client.get(self.url).content.decode()

    def press(self, do: str, **typed: str) -> str:
        form = self.html.partition('id="mail-form"')[2].partition("</form>")[0]
        data: dict[str, Any] = dict(sent_by(form).items())
        for name, value in typed.items():
            data[name.replace("b_", "b-", 1).replace("name_", "name-", 1)] = value
        answer = self.client.post(self.url, {**data, "do": do}, follow=True)
        self.html = answer.content.decode()
        return self.html

    def blocks(self) -> list[messaging.Block]:
        with store_scope(self.store.id):
            found = messaging.blocks_of(messaging.get_template(KIND, Channel.EMAIL).draft or {})
        assert found is not None
        return list(found.blocks)

    def types(self) -> list[str]:
        return [block.type for block in self.blocks()]


@pytest.fixture
def editor(shop: Shop, sign_in: Callable[..., Client]) -> Iterator[Editor]:
    with transaction.atomic():
        opened = Editor(sign_in("marketer"), shop)
        opened.client.post(opened.url, {"do": "blocks"})
        opened.html = opened.client.get(opened.url).content.decode()
        yield opened
        transaction.set_rollback(True)


def test_a_code_mail_can_begin_anew_with_blocks(editor: Editor) -> None:
    assert editor.types()[:3] == ["heading", "greeting", "text"]
    assert "MJML and Liquid" not in editor.html
    # What was a phrase in code stands in words.
    assert 'value="Thank you from all of us at {{ brand.name }}"' in editor.html


def test_every_button_keeps_what_is_typed_and_the_cursor(editor: Editor) -> None:
    page = editor.press("open:3")
    assert "Write here what you want to say." in page
    assert "autofocus" in page.partition('id="b-text"')[2][:300]
    page = editor.press("down:1", b_text="Typed before moving", subject="My subject")
    assert editor.types()[:2] == ["greeting", "heading"]
    assert editor.blocks()[2].get("text") == "Typed before moving"
    assert 'value="My subject"' in page
    assert "autofocus" in page.partition('value="down:1"')[2][:30]
    editor.press("up:1")
    page = editor.press("copy:1")
    assert editor.types()[:2] == ["heading", "heading"]
    page = editor.press(f"remove:{editor.blocks()[1].id}")
    assert "The block is taken out." in page
    assert editor.types()[:2] == ["heading", "greeting"]
    page = editor.press("restore")
    assert editor.types()[:2] == ["heading", "heading"]
    assert "The block is taken out." not in page


def test_adding_a_block_opens_it_without_blame(editor: Editor) -> None:
    page = editor.press("pick:1")
    assert "Which block?" in page
    assert 'value="add:1:order_lines"' in page
    assert "add:1:parcel" not in page
    page = editor.press("add:1:image")
    assert editor.types()[1] == "image"
    assert "to mend before" not in page
    page = editor.press("save", b_url="http://shop.example/a.png")
    assert "2 things to mend before it can be published" in page
    assert "many inboxes hide such pictures" in page.partition('id="b-url-error"')[2][:400]
    assert "for those who can’t see it" in page.partition('id="b-alt-error"')[2][:400]
    page = editor.press("publish")
    assert "Block 2, Picture:" in page
    with store_scope(editor.store.id):
        assert not messaging.get_template(KIND, Channel.EMAIL).summary.is_own
    editor.press("save", b_url="https://shop.example/a.png", b_decorative="yes")
    page = editor.press("publish")
    assert "In use from now on." in page
    with store_scope(editor.store.id):
        view = messaging.get_template(KIND, Channel.EMAIL)
        assert view.summary.is_own
        assert "https://shop.example/a.png" in view.source["body"]


def test_a_name_is_put_in_without_a_script(editor: Editor) -> None:
    editor.press("open:3")
    page = editor.press("name:text", name_text="customer.first_name", b_text="Dear")
    assert editor.blocks()[2].get("text") == "Dear {{ customer.first_name }}"
    page = editor.press("name:subject", name_subject="order.placed_at", subject="Of")
    assert 'value="Of {{ order.placed_at | datetime }}"' in page
    assert "Choose a name to put in first." in editor.press("name:text", name_text="brand.secret")


def test_what_is_too_long_is_said_and_stays_on_the_page(editor: Editor) -> None:
    editor.press("open:1")
    page = editor.press("save", b_text="long " * 60)
    assert "Make it shorter." in page
    assert "long long long" in page
    assert editor.blocks()[0].get("text") == "Your headline"


def test_the_look_shows_what_is_typed_and_keeps_nothing(editor: Editor) -> None:
    editor.press("open:1")
    look = f"{editor.url}look/"
    data = {"open": "1", "form": "1", "b-text": "<i>Typed</i> {{ brand.name }}", "editor": "blocks"}
    answer = editor.client.post(look, data)
    html = answer.content.decode()
    assert "&lt;i&gt;Typed&lt;/i&gt; <bdi>Fern &amp; Kettle</bdi>" in html
    assert 'id="block-1"' in html
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert editor.blocks()[0].get("text") == "Your headline"


def test_turning_into_code_is_one_way(editor: Editor) -> None:
    editor.press("open:1")
    page = editor.press("code", b_text="As code")
    assert "MJML and Liquid" in page
    assert "As code" in page
    with store_scope(editor.store.id):
        draft = messaging.get_template(KIND, Channel.EMAIL).draft or {}
    assert messaging.blocks_of(draft) is None
    late = editor.client.post(editor.url, {"editor": "blocks", "do": "up:2"}, follow=True)
    assert "turned into code in the meantime" in late.content.decode()


def test_what_is_gone_or_makes_no_sense_is_said(editor: Editor) -> None:
    before = editor.types()
    for do in (
        "up:99",
        "open:99",
        "remove:x",
        "copy:",
        "restore",
        "add:0:iframe",
        "add:x:text",
        "nonsense",
    ):
        assert editor.client.post(
            editor.url, {"editor": "blocks", "do": do, "open": "77"}
        ).status_code in (302, 422), do
    assert editor.types() == before


def test_who_may_only_look_gets_no_buttons(
    editor: Editor, shop: Shop, sign_in: Callable[..., Client]
) -> None:
    client = sign_in("support")
    page = client.get(editor.url)
    if page.status_code == 200:
        assert 'value="publish"' not in page.content.decode()
        assert 'name="do" value="up:' not in page.content.decode()
    refused = client.post(editor.url, {"editor": "blocks", "do": "remove:1"})
    assert refused.status_code == 403
    assert len(editor.blocks()) >= 5
