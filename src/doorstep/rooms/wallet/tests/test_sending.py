"""Gift cards by mail on their morning, notices before the end, and codes that rest nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from doorstep.kernel.tenancy import current_store_id
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.models import Message, MessageContent
from doorstep.rooms.messaging.sending.compose import compose
from doorstep.rooms.messaging.sending.contents import unpack_content
from doorstep.rooms.messaging.sending.contexts import NothingToSay
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.templating.wallet_context import CODE_HIDDEN
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api, jobs, sending
from doorstep.rooms.wallet.books import CARD, CREDIT
from doorstep.rooms.wallet.models import GiftCard
from doorstep.rooms.wallet.rules.mornings import morning_of
from doorstep.rooms.wallet.tests.purses import AT, DAY, INES, SYSTEM, card, give, shopper

pytestmark = pytest.mark.django_db
FOR_TOM: dict[str, Any] = {
    "recipient_name": "Tom",
    "recipient_email": "tom@example.com",
    "recipient_time_zone": "America/New_York",
    "sender_name": "Maya",
    "words": "For your tea.\n<b>Enjoy</b>",
}


def mail(store: StoreInfo, message: Message, at: datetime = AT) -> Any:
    return compose(
        message, store=store, connection=None, templates=StoreTemplates([message.kind]), at=at
    )


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Europe/Berlin", 8), ("America/New_York", 14), ("Asia/Tokyo", 0), ("Asia/Kolkata", 3)],
)
def test_a_gift_comes_in_the_morning_where_its_recipient_lives(zone: str, hour: int) -> None:
    found = morning_of(date(2026, 12, 24), zone)
    assert (found.day, found.hour, found.tzinfo) == (24, hour, UTC)


def test_a_card_waits_for_its_morning_and_goes_once(store: StoreInfo) -> None:
    made = card(send_on=date(2026, 12, 24), **FOR_TOM)
    morning = datetime(2026, 12, 24, 14, tzinfo=UTC)
    assert (made.state, made.send_at) == ("waiting", morning)
    assert sending.send_due_cards(by=SYSTEM, at=morning - timedelta(minutes=1)) == 0
    assert sending.send_due_cards(by=SYSTEM, at=morning) == 1
    assert sending.send_due_cards(by=SYSTEM, at=morning) == 0
    seen = api.get_gift_card(made.id, at=morning)
    assert (seen.state, seen.sent_at) == ("active", morning)
    message = Message.objects.get()
    assert (message.to_address, message.to_name, message.kind) == (
        "tom@example.com",
        "Tom",
        "gift_card",
    )
    assert message.status == MessageStatus.QUEUED


def test_the_code_is_in_the_mail_and_in_no_row(store: StoreInfo) -> None:
    made = card(**FOR_TOM)
    sending.send_due_cards(by=SYSTEM, at=AT)
    message = Message.objects.get()
    assert made.code not in str(message.context)
    composed = mail(store, message)
    for part in composed.outgoing.whole_html(), composed.outgoing.text:
        assert made.code in part
        assert "€50.00" in part
    assert "<b>Enjoy</b>" not in composed.outgoing.whole_html()
    assert composed.outgoing.subject == "Maya sent you a gift card from Fern & Kettle"
    packed = unpack_content("", composed.content.packed())
    for part in packed.html, packed.text:
        assert made.code not in part
        assert CODE_HIDDEN in part


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es", "ar"])
def test_the_mail_speaks_the_recipients_language(store: StoreInfo, locale: str) -> None:
    made = card(**{**FOR_TOM, "recipient_locale": locale, "sender_name": ""})
    sending.send_due_cards(by=SYSTEM, at=AT)
    outgoing = mail(store, Message.objects.get()).outgoing
    assert f'lang="{locale}"' in outgoing.whole_html()
    assert made.code in outgoing.text
    assert "Maya" not in outgoing.text


def test_a_card_disabled_before_its_mail_left_is_not_sent(store: StoreInfo) -> None:
    made = card(**FOR_TOM)
    sending.send_due_cards(by=SYSTEM, at=AT)
    api.disable_gift_card(gift_card_id=made.id, reason="Stolen", by=INES, at=AT)
    with pytest.raises(NothingToSay):
        mail(store, Message.objects.get())


def test_a_disabled_card_is_not_asked_for(store: StoreInfo) -> None:
    made = card(**FOR_TOM)
    api.disable_gift_card(gift_card_id=made.id, reason="Stolen", by=INES, at=AT)
    assert sending.send_due_cards(by=SYSTEM, at=AT) == 0
    assert not Message.objects.exists()


def test_a_card_is_sent_again_to_another_address(store: StoreInfo) -> None:
    made = card(**FOR_TOM)
    sending.send_due_cards(by=SYSTEM, at=AT)
    api.resend_gift_card(
        gift_card_id=made.id, recipient_email="tom@work.example", by=INES, at=AT + DAY
    )
    assert sending.send_due_cards(by=SYSTEM, at=AT + DAY) == 1
    first, second = Message.objects.order_by("id")
    assert [first.to_address, second.to_address] == ["tom@example.com", "tom@work.example"]
    assert made.code in mail(store, second).outgoing.text


@pytest.mark.django_db(transaction=True)
def test_many_senders_ask_once(store: StoreInfo) -> None:
    from doorstep.kernel.tenancy import store_scope

    for nth in range(5):
        card(cause=f"c{nth}", **FOR_TOM)

    def send(_: int) -> int:
        with store_scope(store.id):
            return sending.send_due_cards(by=SYSTEM, at=AT)

    assert sum(at_once(4, send)) == 5
    assert Message.objects.count() == 5


def test_credit_that_ends_is_told_once_two_weeks_before(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 1000, "a", days=30)
    give(maya, 400, "b", days=300)
    assert sending.tell_ending(by=SYSTEM, at=AT + 10 * DAY) == 0
    assert sending.tell_ending(by=SYSTEM, at=AT + 20 * DAY) == 1
    assert sending.tell_ending(by=SYSTEM, at=AT + 21 * DAY) == 0
    message = Message.objects.get()
    assert (message.kind, message.purpose, message.customer_id) == (
        "credit_expiring",
        "service",
        maya,
    )
    text = mail(store, message, AT + 20 * DAY).outgoing.text
    assert "€10.00" in text
    assert "€14.00" in text
    assert "December 20, 2026" in text


def test_what_was_spent_is_not_told_of(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 1000, "a", days=10)
    api.spend_credit(
        customer_id=maya, currency="EUR", amount_minor=1000, cause="o", words="", by=SYSTEM, at=AT
    )
    assert sending.tell_ending(by=SYSTEM, at=AT) == 0


def test_ended_value_is_booked_and_told_to_the_log(store: StoreInfo) -> None:
    from doorstep.kernel.events.reading import list_events

    maya = shopper()
    give(maya, 1000, "a", days=1)
    made = card(700, expires_at=AT + DAY, buyer_id=maya)
    later = AT + 2 * DAY
    assert jobs.expire_value(CREDIT, at=later) == 1
    assert jobs.expire_value(CARD, at=later) == 1
    assert jobs.expire_value(CARD, at=later) == 0
    assert [line.kind for line in api.card_lines(made.id)] == ["expired", "issued"]
    names = [event["name"] for event in list_events(keys=[str(maya)])]
    assert names.count("wallet.value_expired") == 2
    assert api.liability(at=later) == []


def test_the_loops_serve_every_store(store: StoreInfo, other_store: StoreInfo) -> None:
    from doorstep.kernel.clock import now

    at = now()
    maya = shopper()
    api.issue_credit(
        customer_id=maya, currency="EUR", amount_minor=100, cause="a", words="",
        expires_at=at + DAY, by=INES, at=at - DAY,
    )  # fmt: skip
    card(at=at - DAY, **FOR_TOM)
    assert jobs.pass_time() == 1  # the notice
    assert jobs.pass_time() == 0
    assert jobs.send_gift_cards() == 1
    assert jobs.send_gift_cards() == 0
    assert current_store_id() == store.id
    assert {m.kind for m in Message.objects.all()} == {"credit_expiring", "gift_card"}


def test_a_sent_mail_is_kept_without_the_code(store: StoreInfo) -> None:
    from doorstep.rooms.messaging.sending.send_due import send_due

    made = card(**FOR_TOM)
    sending.send_due_cards(by=SYSTEM, at=AT)
    messaging.list_senders()
    send_due(at=AT + timedelta(minutes=1))
    for kept in MessageContent.objects.all():
        whole = unpack_content("", bytes(kept.packed))
        assert made.code not in whole.html + whole.text
    row = GiftCard.objects.get()
    assert row.sends == 1
