"""A store's own texts: drafts, publishing, going back, previews and tests."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.kernel.errors import Conflict, DomainError, Invalid, NotFound
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import SenderConnection, TemplateVersion
from doorstep.rooms.messaging.ports import Provider, SettingField, bind_provider
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    MIA,
    SYSTEM,
    WANDA,
    Outbox,
    confirmation,
    shopper,
)
from doorstep.rooms.stores.contracts import StoreInfo

KIND = "order_confirmation"


def mail(words: str) -> dict[str, str]:
    body = (
        "<mjml><mj-body><mj-section><mj-column>"
        f"<mj-text>{words}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    return {"subject": f"{words} {{{{ order.number }}}}", "body": body}


def publish(words: str, locale: str = "") -> None:
    api.publish_version(
        kind=KIND, channel=Channel.EMAIL, locale=locale, source=mail(words), by=MIA, at=AT
    )


def subject(locale: str) -> str:
    return api.preview(KIND, Channel.EMAIL, locale).subject


def test_the_built_in_text_needs_no_row(store: StoreInfo) -> None:
    listed = {(t.kind, t.channel): t for t in api.list_templates()}
    assert not listed[KIND, "email"].is_own
    view = api.get_template(KIND, Channel.EMAIL)
    assert view.source == view.default
    assert "mjml" in view.source["body"]
    assert "#1042" in api.preview(KIND, Channel.EMAIL, "de").subject


def test_a_draft_changes_nothing_until_it_is_published(store: StoreInfo) -> None:
    before = subject("en")
    api.save_draft(kind=KIND, channel=Channel.EMAIL, source=mail("Merci {{"), by=MIA, at=AT)
    assert subject("en") == before
    with pytest.raises(TemplateError):
        api.publish_version(kind=KIND, channel=Channel.EMAIL, by=MIA, at=AT)
    assert subject("en") == before
    assert TemplateVersion.objects.count() == 0
    api.save_draft(kind=KIND, channel=Channel.EMAIL, source=mail("Merci"), by=MIA, at=AT)
    view = api.publish_version(kind=KIND, channel=Channel.EMAIL, by=MIA, at=AT)
    assert view.draft is None
    assert view.summary.is_own
    assert subject("en").startswith("Merci")


def test_an_error_names_part_and_line_and_publishes_nothing(store: StoreInfo) -> None:
    source = mail("Hello") | {"subject": "Order\n{{ ordr.number }}"}
    with pytest.raises(TemplateError) as caught:
        api.publish_version(kind=KIND, channel=Channel.EMAIL, source=source, by=MIA, at=AT)
    assert (caught.value.part, caught.value.line) == ("subject", 2)
    assert TemplateVersion.objects.count() == 0


def test_a_text_that_fails_with_some_orders_is_not_published(store: StoreInfo) -> None:
    source = mail("{{ delivery.address.name | upcase }} {{ 5 | divided_by: order.tip.minor }}")
    assert api.check_template(KIND, Channel.EMAIL, source)
    with pytest.raises(TemplateError):
        api.publish_version(kind=KIND, channel=Channel.EMAIL, source=source, by=MIA, at=AT)
    assert TemplateVersion.objects.count() == 0


def test_the_nearest_language_is_taken(store: StoreInfo) -> None:
    publish("Hello")
    publish("Hallo", "de")
    assert subject("de-AT").startswith("Hallo")
    assert subject("fr").startswith("Hello")


def test_going_back(store: StoreInfo) -> None:
    built_in = subject("en")
    publish("One")
    publish("Two")
    first = api.list_versions(KIND, Channel.EMAIL)[-1]
    assert (first.number, first.by) == (1, MIA.key)
    api.revert_template(kind=KIND, channel=Channel.EMAIL, version_id=first.id, by=MIA, at=AT)
    assert subject("en").startswith("One")
    api.revert_template(kind=KIND, channel=Channel.EMAIL, by=MIA, at=AT)
    assert subject("en") == built_in
    assert TemplateVersion.objects.count() == 2


def test_what_does_not_exist_is_said(store: StoreInfo) -> None:
    with pytest.raises(NotFound):
        api.get_template("love_letter", Channel.EMAIL)
    with pytest.raises(Conflict):
        api.publish_version(kind=KIND, channel=Channel.EMAIL, by=MIA, at=AT)
    with pytest.raises(Invalid):
        api.save_draft(kind=KIND, channel=Channel.SMS, source={"body": "x"}, by=MIA, at=AT)


def test_who_may_not_edit_changes_nothing(store: StoreInfo) -> None:
    before = subject("en")
    with pytest.raises(DomainError):
        api.publish_version(kind=KIND, channel=Channel.EMAIL, source=mail("Mine"), by=WANDA, at=AT)
    assert subject("en") == before


def test_a_test_goes_to_the_team_and_is_marked(connected: Outbox) -> None:
    api.send_test(kind=KIND, channel=Channel.EMAIL, address="mia@example.com", by=MIA, at=AT)
    send_due(at=AT)
    assert connected.sent[0].to_address == "mia@example.com"
    assert api.list_messages().items[0].is_test
    with pytest.raises(Invalid):
        api.send_test(kind=KIND, channel=Channel.EMAIL, address="mia", by=MIA, at=AT)


def test_a_test_of_a_draft_sends_the_draft_and_nobody_else_gets_it(connected: Outbox) -> None:
    test = {"kind": KIND, "address": "mia@example.com", "by": MIA, "at": AT}
    api.send_test(channel=Channel.EMAIL, source=mail("Draft"), **test)
    draft = {"text": "Draft {{ order.number }}"}
    api.send_test(channel=Channel.SMS, source=draft, **test | {"address": "+4915112345678"})
    [waiting] = [m for m in api.list_messages().items if m.channel == "email"]
    assert api.get_message(waiting.id, at=AT).subject_line.startswith("Draft")
    api.request_messages([confirmation(shopper())], by=SYSTEM, at=AT)
    send_due(at=AT)
    said: dict[str, Any] = {
        getattr(one, "to_address", "") or one.to_number: one  # type: ignore[union-attr]
        for one in connected.sent
    }
    assert set(said) == {"mia@example.com", "+4915112345678", "maya@example.com"}
    assert said["mia@example.com"].subject.startswith("Draft")
    assert said["+4915112345678"].text == "Draft #1042"
    assert "Draft" not in said["maya@example.com"].subject + said["maya@example.com"].html


def test_a_draft_that_does_not_work_is_not_sent(connected: Outbox) -> None:
    broken = mail("{{ order.nmber }}")
    with pytest.raises(Invalid, match="nmber"):
        api.send_test(
            kind=KIND,
            channel=Channel.EMAIL,
            address="mia@example.com",
            source=broken,
            by=MIA,
            at=AT,
        )
    assert api.list_messages().items == ()


def test_a_message_without_any_text_is_dropped_and_says_why(connected: Outbox) -> None:
    [decided] = api.request_messages(
        [confirmation(shopper(), kind="love_letter")], by=SYSTEM, at=AT
    )
    assert (decided.status, decided.reason) == ("dropped", "no_template")
    assert "no text for e-mail" in decided.words


@pytest.fixture
def provider() -> None:
    fields = (
        SettingField("host", "Server"),
        SettingField("password", "Password", is_secret=True),
        SettingField("mode", "Mode", default="a", choices=("a", "b")),
    )

    def check(settings: object) -> None:
        if settings["host"] == "nowhere":  # type: ignore[index]
            raise ValueError("This host can not work.")

    bind_provider(Provider("formtest", "email", "Form", fields, lambda s: Outbox(), check))


def connect(by: object = INES, **settings: str) -> SenderConnectionView:
    return api.connect_sender(  # type: ignore[misc]
        channel=Channel.EMAIL, provider="formtest", settings=settings,
        from_address="hello@fern.example", by=by, at=AT,
    )  # fmt: skip


def test_a_connection_keeps_its_secrets_to_itself(store: StoreInfo, provider: None) -> None:
    view = connect(host="mail.example", password="hush")
    assert dict(view.settings) == {"host": "mail.example", "password": "••••••", "mode": "a"}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT settings FROM messaging_senderconnection")
        assert "hush" not in cursor.fetchone()[0]
    connect(host="other.example", password="")
    row = SenderConnection.objects.get()
    assert (row.settings["host"], row.settings["password"]) == ("other.example", "hush")


def test_a_secret_does_not_move_to_another_server_by_itself(store: StoreInfo) -> None:
    fields = (
        SettingField("host", "Server", is_place=True),
        SettingField("password", "Password", is_secret=True, is_required=False),
    )
    bind_provider(Provider("formtest", "email", "Form", fields, lambda s: Outbox()))
    connect(host="mail.example", password="hush")
    connect(host="mail.example", password="")
    with pytest.raises(Invalid) as caught:
        connect(host="thief.example", password="")
    assert caught.value.field == "password"
    assert SenderConnection.objects.get().settings["host"] == "mail.example"
    connect(host="other.example", password="hush")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"host": "x"}, "password"),
        ({"password": "x"}, "host"),
        ({"host": "x", "password": "x", "mode": "c"}, "mode"),
        ({"host": "x", "password": "x", "port": "1"}, "port"),
        ({"host": "nowhere", "password": "x"}, "settings"),
        ({"host": "a\r\nb", "password": "x"}, "host"),
    ],
)
def test_settings_that_do_not_work_name_the_field(
    store: StoreInfo, provider: None, settings: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        connect(**settings)
    assert caught.value.field == field
    assert SenderConnection.objects.count() == 0


def test_one_connection_per_channel_is_active(store: StoreInfo, provider: None) -> None:
    connect(host="x", password="x")
    api.connect_sender(channel=Channel.EMAIL, provider="mailbox", by=INES, at=AT)
    assert [(c.provider, c.is_active) for c in api.list_senders()] == [
        ("mailbox", True),
        ("formtest", False),
    ]


def test_who_may_not_connect_changes_nothing(store: StoreInfo, provider: None) -> None:
    with pytest.raises(DomainError):
        connect(by=MIA, host="x", password="x")
    assert api.list_senders() == []


def blocks(**heading: str) -> dict[str, str]:
    made = api.BlockDocument().add("heading", 0, heading).add("order_lines", 1)
    return {"subject": "Placed", "body": "<mjml>mine</mjml>", "blocks": made.dump()}


def test_a_mail_of_blocks_is_kept_with_the_body_made_of_it(store: StoreInfo) -> None:
    key: dict[str, Any] = {"kind": KIND, "channel": Channel.EMAIL}
    draft = api.save_draft(
        **key, source=blocks(text="Hello {{ order.number }}"), by=MIA, at=AT
    ).draft
    assert draft
    assert "mine" not in draft["body"]
    assert "{{ order.number }}" in draft["body"]
    seen = api.preview(KIND, Channel.EMAIL, "en", source=draft)
    assert "Hello <bdi>#1042</bdi>" in seen.html
    assert 'id="block-1"' in seen.html
    assert "Darjeeling First Flush" in seen.text
    used = api.publish_version(**key, by=MIA, at=AT)
    assert api.blocks_of(used.source)
    assert 'id="block-1"' not in api.preview(KIND, Channel.EMAIL, "en").html
    # As code it is what was made of the blocks, and no longer blocks.
    code = {**used.source, "blocks": ""}
    assert api.blocks_of(api.save_draft(**key, source=code, by=MIA, at=AT).draft or {}) is None


def test_unfinished_blocks_are_kept_and_never_sent(store: StoreInfo) -> None:
    key: dict[str, Any] = {"kind": KIND, "channel": Channel.EMAIL}
    typed = blocks(text="Hello {{ order.nmber }}")
    api.save_draft(**key, source=typed, by=MIA, at=AT)
    with pytest.raises(TemplateError, match=r"Block 1, Heading: .*order\.number"):
        api.publish_version(**key, by=MIA, at=AT)
    with pytest.raises(TemplateError, match="Block 1"):
        api.send_test(**key, address="mia@example.com", source=typed, by=MIA, at=AT)
    with pytest.raises(TemplateError, match="no blocks yet"):
        api.publish_version(
            **key, source=typed | {"blocks": api.BlockDocument().dump()}, by=MIA, at=AT
        )
    with pytest.raises(Invalid, match="not JSON"):
        api.save_draft(**key, source=typed | {"blocks": "{"}, by=MIA, at=AT)
    assert TemplateVersion.objects.count() == 0
    api.send_test(**key, address="mia@example.com", source=blocks(text="Tested"), by=MIA, at=AT)
    [message] = api.list_messages().items
    assert "Tested" in api.get_message(message.id, at=AT).html


def test_a_message_of_the_stores_own_begins_with_blocks(store: StoreInfo) -> None:
    made = api.create_own_message(name="Spring", by=MIA, at=AT)
    api.publish_version(kind=made.kind, channel=Channel.EMAIL, by=MIA, at=AT)
    assert api.blocks_of(api.get_template(made.kind, Channel.EMAIL).source)
    copied = api.create_own_message(name="News", copy_of="newsletter", by=MIA, at=AT)
    assert api.blocks_of(api.get_template(copied.kind, Channel.EMAIL).draft or {}) is None
