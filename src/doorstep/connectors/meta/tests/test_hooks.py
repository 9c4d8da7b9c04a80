"""What Meta calls: its question, its reports, and what people write."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from doorstep.connectors.meta import providers
from doorstep.connectors.meta.reading import UnreadableBody, read_body
from doorstep.connectors.meta.views import signature
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.actions.answer_chats import chat_ref
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import ChatContact, DeliveryEvent, Message
from doorstep.rooms.messaging.ports import SendResult
from doorstep.rooms.messaging.sending import replies
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    NUMBER_ID,
    PAGE,
    PSID,
    SYSTEM,
    Outbox,
    agree,
    confirmation,
    shopper,
    write_in,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.urls("doorstep.connectors.meta.urls")
SECRET = "0123456789abcdef" * 2
TOM = "+14155550123"
NOW = int(datetime(2026, 11, 21, 10, 0, tzinfo=UTC).timestamp())


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Keep what is answered to people; sending itself is tested in ``test_senders``."""
    providers.bind()
    outbox = Outbox()
    monkeypatch.setattr(replies, "sender_for", lambda store, connection: ("meta", outbox))
    return outbox


@pytest.fixture
def whatsapp(store: StoreInfo) -> SenderConnectionView:
    settings = {"phone_number_id": NUMBER_ID, "token": "t", "app_secret": SECRET}
    return api.connect_sender(
        channel=Channel.WHATSAPP, provider="meta", settings=settings, by=INES, at=AT
    )


@pytest.fixture
def messenger(store: StoreInfo) -> SenderConnectionView:
    settings = {"page_id": PAGE, "token": "t", "app_secret": SECRET}
    return api.connect_sender(
        channel=Channel.MESSENGER, provider="meta", settings=settings, by=INES, at=AT
    )


@pytest.fixture
def sent(whatsapp: SenderConnectionView) -> UUID:
    """A confirmation to Tom that WhatsApp has taken as ``wamid.1``."""
    person = shopper("tom@example.com", phone=TOM, preferred_channel="whatsapp")
    agree(person, Channel.WHATSAPP)
    write_in(Channel.WHATSAPP, TOM, person)
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    assert decided.channel == "whatsapp"
    Message.objects.update(
        status="sent", sent_at=AT, due_at=None, provider="meta", provider_message_id="wamid.1"
    )
    return decided.message_id


def post(client: Client, to: SenderConnectionView, body: Any, secret: str = SECRET) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        to.hook_path,
        raw,
        content_type="application/json",
        headers={"X-Hub-Signature-256": signature(secret, raw)},
    )


def change(**value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "4930123456", "phone_number_id": NUMBER_ID}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": whole}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def status(kind: str, **more: Any) -> dict[str, Any]:
    one = {"id": "wamid.1", "status": kind, "timestamp": str(NOW), "recipient_id": TOM[1:]}
    return change(statuses=[one | more])


def text(body: str, mid: str = "wamid.in1", at: int = NOW, **more: Any) -> dict[str, Any]:
    message = {"from": TOM[1:], "id": mid, "timestamp": str(at), "type": "text",
               "text": {"body": body}}  # fmt: skip
    return change(messages=[message | more], contacts=[{"wa_id": TOM[1:]}])


def event(**parts: Any) -> dict[str, Any]:
    one = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": NOW * 1000, **parts}
    return {"object": "page", "entry": [{"id": PAGE, "time": NOW * 1000, "messaging": [one]}]}


def test_metas_question_is_answered(client: Client, whatsapp: SenderConnectionView) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    good = client.get(whatsapp.hook_path, query | {"hub.verify_token": whatsapp.hook_secret})
    assert (good.status_code, good.content) == (200, b"1158201444")
    assert client.get(whatsapp.hook_path, query | {"hub.verify_token": "x"}).status_code == 403
    assert client.get(whatsapp.hook_path).status_code == 403
    script = {"hub.verify_token": whatsapp.hook_secret, "hub.challenge": "<script>"}
    assert client.get(whatsapp.hook_path, query | script).status_code == 403


def test_the_signature_is_metas() -> None:
    # RFC 4231-style check against an independent run of `openssl dgst -sha256 -hmac`
    assert signature("key", b"The quick brown fox jumps over the lazy dog") == (
        "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )


@pytest.mark.parametrize("given", ["", "sha256=", "sha256=00", "nonsense", "ä"])
def test_a_forged_call_does_nothing(
    client: Client, sent: UUID, whatsapp: SenderConnectionView, given: str
) -> None:
    body = json.dumps(text("STOP")).encode()
    answer = client.post(
        whatsapp.hook_path, body, content_type="application/json",
        headers={"X-Hub-Signature-256": given},
    )  # fmt: skip
    assert answer.status_code == 403
    assert post(client, whatsapp, text("STOP"), "another" * 4).status_code == 403
    assert DeliveryEvent.objects.count() == 0
    assert api.list_suppressions() == []


def test_a_signature_of_other_bytes_is_refused(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    raw = json.dumps(text("hello")).encode()
    answer = client.post(
        whatsapp.hook_path, raw.replace(b"hello", b"STOP!"), content_type="application/json",
        headers={"X-Hub-Signature-256": signature(SECRET, raw)},
    )  # fmt: skip
    assert answer.status_code == 403
    assert DeliveryEvent.objects.count() == 0


def test_reports_settle_the_message(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    assert post(client, whatsapp, status("sent")).status_code == 200
    assert Message.objects.get().status == "sent"
    post(client, whatsapp, status("delivered"))
    assert Message.objects.get().status == "delivered"
    post(client, whatsapp, status("read"))
    assert [d.kind for d in DeliveryEvent.objects.order_by("id")] == ["sent", "delivered", "opened"]


def test_a_report_that_overtakes_our_own_note_finds_the_message_by_our_id(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    Message.objects.update(provider_message_id="")
    post(client, whatsapp, status("delivered", biz_opaque_callback_data=str(sent)))
    assert Message.objects.get().status == "delivered"


def test_a_failure_says_why(client: Client, sent: UUID, whatsapp: SenderConnectionView) -> None:
    errors = [{"code": 131047, "title": "Re-engagement message"}]
    post(client, whatsapp, status("failed", errors=errors))
    row = Message.objects.get()
    assert row.status == "bounced"
    assert "More than 24 hours" in row.status_words
    assert api.list_suppressions() == []


def test_a_number_that_is_not_there_is_written_to_no_more_until_it_writes(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    post(client, whatsapp, status("failed", errors=[{"code": 131026}]))
    assert [(s.channel, s.reason) for s in api.list_suppressions()] == [("whatsapp", "hard_bounce")]
    post(client, whatsapp, text("Hello?"))
    assert api.list_suppressions() == []


def test_who_stopped_advertising_at_whatsapp_has_withdrawn(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    post(client, whatsapp, status("failed", errors=[{"code": 131050}]))
    person = Message.objects.get().customer_id
    assert person is not None
    assert {c.state for c in api.list_consents(person)} == {"withdrawn"}


def test_the_same_report_twice_counts_once(
    client: Client, sent: UUID, whatsapp: SenderConnectionView, answers: Outbox
) -> None:
    for _ in range(2):
        assert post(client, whatsapp, status("delivered")).status_code == 200
        assert post(client, whatsapp, text("STOP")).status_code == 200
    assert DeliveryEvent.objects.count() == 2
    assert len(answers.sent) == 1


@pytest.mark.parametrize("words", ["STOP", "please stop messaging me", "keine Nachrichten"])
def test_stop_in_any_words_ends_everything_on_the_channel(
    client: Client, sent: UUID, whatsapp: SenderConnectionView, answers: Outbox, words: str
) -> None:
    post(client, whatsapp, text(words))
    assert [(s.channel, s.address, s.reason) for s in api.list_suppressions()] == [
        ("whatsapp", TOM, "stop")
    ]
    person = Message.objects.get().customer_id
    assert person is not None
    assert {(c.channel, c.state) for c in api.list_consents(person)} == {("whatsapp", "withdrawn")}
    [said] = answers.sent
    assert said.to == TOM  # type: ignore[union-attr]
    assert "no more messages from us on WhatsApp" in said.text
    forced = confirmation(person, "next", channel=Channel.WHATSAPP)
    [decided] = api.request_messages([forced], by=SYSTEM, at=AT)
    assert decided.status == "dropped"
    post(client, whatsapp, text("START", "wamid.in2"))
    assert api.list_suppressions() == []


@pytest.mark.parametrize(
    ("locale", "stopped", "helped", "started"),
    [
        ("de", "Du bekommst auf WhatsApp keine", "Nachrichten zu deinen", "auf WhatsApp wieder"),
        ("ar", "لن تصلك رسائل منا على WhatsApp", "رسائل عن طلباتك", "على WhatsApp من جديد"),
        ("fr-CA", "de notre part sur WhatsApp", "messages sur vos", "commandes sur WhatsApp"),
        ("sv", "no more messages from us on", "messages about your", "orders on WhatsApp again"),
    ],
)
def test_the_answer_is_in_the_persons_language(
    client: Client, sent: UUID, whatsapp: SenderConnectionView, answers: Outbox,
    locale: str, stopped: str, helped: str, started: str,
) -> None:  # fmt: skip
    Customer.objects.update(locale=locale)
    for nth, word in enumerate(("HELP", "STOP", "START")):
        post(client, whatsapp, text(word, f"wamid.in{nth}"))
    said = [one.text for one in answers.sent]
    assert [words in text for words, text in zip((helped, stopped, started), said, strict=True)] == [
        True, True, True,
    ]  # fmt: skip


def test_who_is_not_known_is_answered_in_the_stores_language(
    client: Client, whatsapp: SenderConnectionView, answers: Outbox
) -> None:
    stores.change_settings(settings={"default_locale": "es"}, by=INES, at=AT)
    post(client, whatsapp, text("HELP"))
    [said] = answers.sent
    assert "mensajes sobre tus pedidos" in said.text


def test_a_tapped_button_is_a_word_too(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    button = {"type": "button", "button": {"text": "Stop", "payload": "x"}}
    post(client, whatsapp, text("", **button))
    assert [s.reason for s in api.list_suppressions()] == ["stop"]


def test_writing_opens_the_window_and_older_news_do_not_close_it(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    ChatContact.objects.all().delete()
    post(client, whatsapp, text("When does it come?", at=NOW))
    post(client, whatsapp, text("Hello", "wamid.in0", at=NOW - 3600))
    row = ChatContact.objects.get()
    assert (row.address, row.account) == (TOM, NUMBER_ID)
    assert row.customer_id == Message.objects.get().customer_id
    assert row.last_inbound_at == datetime.fromtimestamp(NOW, UTC)
    assert row.first_inbound_at == row.last_inbound_at - timedelta(hours=1)
    assert api.list_suppressions() == []


def test_what_the_system_says_about_a_number_is_nobody_writing(
    client: Client, store: StoreInfo, whatsapp: SenderConnectionView
) -> None:
    note = {"type": "system", "system": {"body": "NAME changed from A to B"}}
    post(client, whatsapp, text("", **note))
    assert ChatContact.objects.count() == 0


def test_another_numbers_reports_are_left_alone(
    client: Client, sent: UUID, whatsapp: SenderConnectionView
) -> None:
    body = status("delivered")
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999999999"
    assert post(client, whatsapp, body).status_code == 200
    assert Message.objects.get().status == "sent"
    assert DeliveryEvent.objects.count() == 0


def test_one_channels_address_is_not_the_others(
    client: Client, whatsapp: SenderConnectionView, messenger: SenderConnectionView
) -> None:
    wrong = messenger.hook_path.replace("messenger", "whatsapp")
    assert client.post(wrong, b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 20_000,
        b"[]",
        b'{"object": "page", "entry": []}',
        b'{"object": "whatsapp_business_account"}',
        b'{"object": "whatsapp_business_account", "entry": [5]}',
        json.dumps(change(statuses=[{"id": "x", "status": "sent", "timestamp": "later"}])).encode(),
        json.dumps(change(messages=[{"from": "1", "timestamp": "9" * 30}])).encode(),
    ],
)
def test_what_can_not_be_read_is_refused_and_changes_nothing(
    client: Client, store: StoreInfo, whatsapp: SenderConnectionView, body: bytes
) -> None:
    answer = post(client, whatsapp, body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("The report can't be read")
    assert DeliveryEvent.objects.count() == 0


def test_an_oversize_body_is_refused(
    client: Client, store: StoreInfo, whatsapp: SenderConnectionView, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    answer = post(client, whatsapp, text("x" * 20_000))
    assert answer.status_code == 413
    assert DeliveryEvent.objects.count() == 0


def test_odd_signs_in_a_text_are_kept_as_far_as_they_can_be(
    client: Client, store: StoreInfo, whatsapp: SenderConnectionView
) -> None:
    raw = json.dumps(text("nul \x00 and half a sign \ud83d")).encode()
    assert post(client, whatsapp, raw).status_code == 200
    assert DeliveryEvent.objects.get().kind == "inbound"


# -- Messenger -----------------------------------------------------------------------------------


def test_our_link_says_who_writes(client: Client, messenger: SenderConnectionView) -> None:
    maya = shopper()
    link = api.messenger_link(maya)
    assert link is not None
    assert not link.is_linked
    ref = link.url.partition("?ref=")[2]
    post(client, messenger, event(postback={"title": "Get started", "payload": "x",
                                            "referral": {"ref": ref, "source": "SHORTLINK"}}))  # fmt: skip
    row = ChatContact.objects.get()
    assert (row.customer_id, row.address, row.account) == (maya, PSID, PAGE)
    [consent] = api.list_consents(maya)
    assert (consent.channel, consent.state, consent.source) == ("messenger", "granted", "chat link")
    assert api.messenger_link(maya).is_linked  # type: ignore[union-attr]


def test_a_forged_link_says_nothing(client: Client, messenger: SenderConnectionView) -> None:
    maya, tom = shopper(), shopper("tom@example.com")
    forged = tom.hex + chat_ref(maya)[32:]
    for number, ref in enumerate((forged, chat_ref(maya)[:-1], "x", "é" * 40)):
        post(client, messenger, event(referral={"ref": ref}, timestamp=NOW * 1000 + number))
    assert ChatContact.objects.get().customer_id is None
    assert api.list_consents(maya) == api.list_consents(tom) == []


def test_messenger_reports_by_id_and_by_moment(
    client: Client, messenger: SenderConnectionView
) -> None:
    maya = shopper()
    write_in(Channel.MESSENGER, PSID, maya)
    request = confirmation(maya, channel=Channel.MESSENGER)
    api.request_messages([request], by=SYSTEM, at=AT)
    Message.objects.update(
        status="sent", sent_at=AT, due_at=None, provider="meta", provider_message_id="m_1"
    )
    post(client, messenger, event(delivery={"mids": ["m_1"], "watermark": NOW * 1000}))
    assert Message.objects.get().status == "delivered"
    for later in (1, 2):  # two watermarks pass the same message: read once
        post(client, messenger, event(read={"watermark": (NOW + later) * 1000}))
    assert [d.kind for d in DeliveryEvent.objects.order_by("id")] == ["delivered", "opened"]


def test_what_the_page_says_itself_opens_nothing(
    client: Client, messenger: SenderConnectionView
) -> None:
    echo = event(message={"mid": "m_2", "text": "STOP", "is_echo": True})
    own = event(message={"mid": "m_3", "text": "STOP"})
    own["entry"][0]["messaging"][0]["sender"]["id"] = PAGE
    other = copy.deepcopy(echo)
    other["entry"][0]["id"] = "999999"
    for body in (echo, own, other):
        assert post(client, messenger, body).status_code == 200
    assert ChatContact.objects.count() == DeliveryEvent.objects.count() == 0


def test_stop_on_messenger(
    client: Client, messenger: SenderConnectionView, answers: Outbox
) -> None:
    post(client, messenger, event(message={"mid": "m_2", "text": "Stop!"}))
    assert [(s.channel, s.address) for s in api.list_suppressions()] == [("messenger", PSID)]
    assert answers.sent[0].to == PSID  # type: ignore[union-attr]


def test_an_answer_that_fails_takes_nothing_back(
    client: Client, messenger: SenderConnectionView, answers: Outbox
) -> None:
    answers.answer = lambda chat: SendResult(chat.message_id, "refused", words="no")
    assert post(client, messenger, event(message={"mid": "m", "text": "stop"})).status_code == 200
    assert [s.reason for s in api.list_suppressions()] == ["stop"]


def test_a_body_is_of_one_product() -> None:
    with pytest.raises(UnreadableBody):
        read_body(Channel.MESSENGER, change(), PAGE)
