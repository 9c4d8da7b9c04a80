"""A yes behind a link counts on the link's own channel; on another one it is asked again there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest

from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    InboundSms,
    PreferenceCenter,
    SuppressionReason,
)
from doorstep.rooms.messaging.identity import preferences_token
from doorstep.rooms.messaging.models import Consent, Message, SenderConnection, SignUp, Suppression
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import AT, SYSTEM, Outbox, confirmation, shopper

NUMBER = "+4915112345678"
SERVICE = ("sms:tips", "sms:reviews", "sms:surveys")


@pytest.fixture
def maya(connected: Outbox) -> UUID:
    """Maya, with a number; the store texts."""
    return shopper(phone=NUMBER, locale="de")


def choose(maya: UUID, ticked: Iterable[str], minutes: int = 0) -> PreferenceCenter:
    at = AT + timedelta(minutes=minutes)
    pairs = [(channel, topic) for channel, _, topic in (one.partition(":") for one in ticked)]
    token = api.center_token(maya, at=at)
    return api.choose_topics(token, pairs, locale="de", url="https://fern.example/p", at=at)


def text_in(words: str, minutes: int = 5, reference: str = "in-1") -> str:
    way = SenderConnection.objects.get(channel=Channel.SMS)
    inbound = InboundSms(NUMBER, words, reference, {"id": reference})
    return api.answer_sms(
        inbound, connection_id=way.id, by=SYSTEM, at=AT + timedelta(minutes=minutes)
    )


def granted(maya: UUID) -> set[tuple[str, str]]:
    return {(c.channel, c.topic) for c in api.list_consents(maya) if c.state == "granted"}


def test_a_text_is_asked_for_again_by_text(maya: UUID, connected: Outbox) -> None:
    center = choose(maya, ["email:newsletter", "sms:offers", *SERVICE])
    assert granted(maya) == {("email", "newsletter")}
    assert [(one.channel, one.topics) for one in center.waiting] == [("sms", ("offers",))]
    send_due(at=AT)
    [text] = connected.sent
    assert "JA" in text.text
    assert "/s/fern-and-kettle/newsletter/" in text.text
    answer = text_in("Ja")
    assert answer.startswith("Fern & Kettle: Danke")
    assert ("sms", "offers") in granted(maya)
    said = next(c for c in api.list_consents(maya) if c.channel == "sms" and c.topic == "offers")
    assert said.source == "preferences"
    assert [step["step"] for step in said.proof["steps"]] == ["preferences", "answer"]
    assert said.proof["steps"][1]["text"] == "Ja"
    assert said.wording is not None
    assert "per SMS" in said.wording.text
    assert text_in("Ja", 6, "in-2") == ""  # nothing waits any more


def test_the_link_in_the_text_is_as_good_as_a_yes(maya: UUID, connected: Outbox) -> None:
    choose(maya, ["sms:offers"])
    send_due(at=AT)
    found = re.search(r"/newsletter/(\S+)", connected.sent[0].text)
    assert found is not None
    view, customer_id = api.confirm_sign_up(found[1], at=AT + timedelta(hours=1))
    assert (view.state, view.channel, customer_id) == ("confirmed", "sms", maya)
    assert granted(maya) == {("sms", "offers")}


def test_who_unsubscribed_from_texts_says_yes_again_to_all_of_them(maya: UUID) -> None:
    choose(maya, [])
    center = choose(maya, ["sms:tips"], 1)
    assert [one.topics for one in center.waiting] == [("tips",)]
    assert Suppression.objects.filter(channel="sms", lifted_at=None).exists()
    text_in("yes")
    assert not Suppression.objects.filter(channel="sms", lifted_at=None).exists()
    assert granted(maya) == {("sms", "tips")}


@pytest.mark.parametrize("after", ["unticked", "everything ended", "stop", "undone", "too late"])
def test_what_waits_is_taken_back(maya: UUID, after: str) -> None:
    center = choose(maya, ["sms:offers", *SERVICE])
    late = 5
    if after == "unticked":
        choose(maya, SERVICE, 1)
    elif after == "everything ended":
        api.unsubscribe_all(api.center_token(maya, at=AT), locale="de", at=AT)
    elif after == "stop":
        text_in("STOP", 1, "in-0")
    elif after == "undone":
        api.undo_choice(api.center_token(maya, at=AT), center.undo, locale="de", at=AT)
    else:
        late = 7 * 24 * 60
    text_in("YES", late)
    assert ("sms", "offers") not in granted(maya)


def test_a_number_that_said_stop_is_not_written_to(maya: UUID) -> None:
    Suppression.objects.create(
        store_id=api.get_preference_center(
            api.center_token(maya, at=AT), locale="de", at=AT
        ).store_id,
        channel="sms", address=NUMBER, reason=SuppressionReason.STOP, source="test", since=AT,
    )  # fmt: skip
    center = choose(maya, ["sms:offers"])
    assert [(one.channel, one.refused) for one in center.waiting] == [("sms", "suppressed_stop")]
    assert SignUp.objects.count() == 0
    assert granted(maya) == set()


def test_saving_often_texts_three_times(maya: UUID) -> None:
    for minute in range(5):
        choose(maya, ["sms:offers"], minute)
    assert Message.objects.filter(kind="confirm_subscription").count() == 3
    assert SignUp.objects.count() == 1


def test_the_link_of_a_text_proves_the_number_and_not_the_mailbox(maya: UUID) -> None:
    request = confirmation(maya, channel=Channel.SMS)
    [decided] = api.request_messages([request], by=SYSTEM, at=AT)
    store_id = Message.objects.get(id=decided.message_id).store_id
    token = preferences_token(store_id, decided.message_id)
    ticked = [("sms", "offers"), ("email", "newsletter")]
    center = api.choose_topics(token, ticked, locale="de", at=AT)
    assert granted(maya) == {("sms", "offers")}
    assert [(one.channel, one.topics) for one in center.waiting] == [("email", ("newsletter",))]


def test_what_waits_goes_with_its_person(maya: UUID) -> None:
    choose(maya, ["sms:offers"])
    customers.erase_customer(customer_id=maya, by=SYSTEM, at=AT)
    from doorstep.rooms.messaging.actions.erase_messages import erase_messages

    erase_messages([maya], at=AT)
    assert SignUp.objects.count() == 0
    assert not Consent.objects.filter(channel="sms", state="granted").exists()
