"""Signing up counts once it is confirmed, and proves itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.actions.second_words import confirmation_token
from doorstep.rooms.messaging.actions.sign_up import purge_sign_ups
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentState,
    Purpose,
    SignUpRequest,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import Consent, Message, SignUp, Suppression
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, Outbox, shopper
from doorstep.rooms.stores.contracts import StoreInfo

FORM = SignUpRequest("Amelie@Example.com", "fr", "sign-up form", url="https://fern.example/news")


def ask(**changes: Any) -> bool:
    from dataclasses import replace

    return api.sign_up(replace(FORM, **changes), by=SYSTEM, at=AT)


def token_of(store: StoreInfo) -> str:
    return confirmation_token(store.id, SignUp.objects.get(confirmed_at=None).id, at=AT)


def loosen(**changes: Any) -> None:
    values: dict[str, Any] = {
        "hidden_topics": [],
        "always_confirms": False,
        "keeps_network": "short",
        "counts_opens": True,
        "counts_clicks": True,
    }
    api.set_preference_rules(**(values | changes), by=INES, at=AT)


def test_nothing_holds_before_the_click(store: StoreInfo, connected: Outbox) -> None:
    assert ask() is True
    assert Consent.objects.count() == 0
    assert customers.find_customer_by_email("amelie@example.com") is None
    send_due(at=AT)
    [mail] = connected.sent
    assert mail.to_address == "Amelie@Example.com"  # type: ignore[union-attr]
    assert "/s/fern-and-kettle/newsletter/" in mail.text
    assert "List-Unsubscribe" not in dict(mail.headers)  # type: ignore[union-attr]
    assert "Oui, Fern & Kettle peut" in mail.text


def test_the_click_grants_with_the_proof_of_both_steps(store: StoreInfo) -> None:
    ask(network="192.0.2.77")
    later = AT + timedelta(hours=3)
    token = token_of(store)
    assert api.get_sign_up(token, at=later).state == "waiting"
    assert Consent.objects.count() == 0
    view, customer_id = api.confirm_sign_up(token, network="198.51.100.4", at=later)
    assert view.state == "confirmed"
    assert customer_id is not None
    [said] = api.list_consent_history(customer_id)
    assert (said.channel, said.purpose, said.state) == ("email", "marketing", "granted")
    assert said.wording is not None
    assert said.wording.text == FORM.wording or said.wording.text.startswith("Oui, Fern & Kettle")
    assert (said.wording.locale, said.wording.version) == ("fr", 1)
    assert said.proof["url"] == "https://fern.example/news"
    assert [step["step"] for step in said.proof["steps"]] == ["form", "confirmed"]
    assert "network" not in said.proof  # the store keeps none
    # a second click, or tab, changes nothing
    assert api.confirm_sign_up(token, at=later)[1] is None
    assert Consent.objects.count() == 1


def test_addresses_are_kept_as_the_store_says(store: StoreInfo) -> None:
    loosen(always_confirms=True)
    ask(network="192.0.2.77")
    _, customer_id = api.confirm_sign_up(token_of(store), network="2001:db8::1", at=AT)
    assert customer_id is not None
    [said] = api.list_consent_history(customer_id)
    assert said.proof["network"] == "192.0.0.0/16"
    assert said.proof["steps"][1]["network"] == "2001:db8::/48"


def test_topics_narrow_the_yes(store: StoreInfo) -> None:
    ask(topics=("newsletter", "tips"))
    _, customer_id = api.confirm_sign_up(token_of(store), at=AT)
    assert customer_id is not None
    said = {(row.purpose, row.topic) for row in api.list_consents(customer_id)}
    assert said == {("marketing", "newsletter"), ("service", "tips")}
    with pytest.raises(Invalid):
        ask(topics=("gossip",))


def test_an_old_link_confirms_nothing(store: StoreInfo) -> None:
    ask()
    token = token_of(store)
    view, customer_id = api.confirm_sign_up(token, at=AT + timedelta(days=7))
    assert (view.state, customer_id) == ("expired", None)
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: t[1:], lambda t: "x" + t])
def test_forged_links(store: StoreInfo, spoil: Any) -> None:
    ask()
    token = spoil(token_of(store))
    for call in (api.get_sign_up, api.confirm_sign_up):
        with pytest.raises(NotFound):
            call(token, at=AT)
    assert Consent.objects.count() == 0


def test_asking_again_renews_and_stops_mailing(store: StoreInfo) -> None:
    for minute in range(6):
        api.sign_up(FORM, by=SYSTEM, at=AT + timedelta(minutes=minute))
    assert SignUp.objects.count() == 1
    assert Message.objects.filter(kind="confirm_subscription").count() == 3


def test_one_step_only_where_law_and_store_allow(store: StoreInfo, other_store: StoreInfo) -> None:
    loosen()
    assert ask() is True  # the store is in Germany
    with store_scope(other_store.id):
        loosen()
        assert ask(email="tom@example.com", locale="en-US", country="US") is False
        [said] = Consent.objects.all()
        assert (said.state, said.proof["steps"][0]["step"]) == ("granted", "form")
        for hint in ({"locale": "de-AT"}, {"country": "DE"}, {"email": "jonas@example.de"}):
            assert ask(**({"email": "jonas@example.com", "locale": "en"} | hint)) is True


def test_who_said_no_must_confirm_and_the_answer_does_not_tell(
    store: StoreInfo, other_store: StoreInfo
) -> None:
    with store_scope(other_store.id):
        loosen()
        Suppression.objects.create(
            store_id=other_store.id, channel="email", address="tom@example.com",
            reason=SuppressionReason.UNSUBSCRIBE, source="test", since=AT,
        )  # fmt: skip
        assert ask(email="tom@example.com", locale="en-US") is False
        assert Consent.objects.count() == 0
        _, customer_id = api.confirm_sign_up(token_of(other_store), at=AT)
        assert customer_id is not None
        assert not Suppression.objects.filter(lifted_at=None).exists()


@pytest.mark.parametrize("email", ["", "x", "a@b", "a b@example.com", "a@example.com\nBcc: x@y.z"])
def test_what_is_no_address(store: StoreInfo, email: str) -> None:
    with pytest.raises(Invalid):
        ask(email=email)
    assert SignUp.objects.count() == 0


def test_what_nobody_confirmed_is_forgotten(store: StoreInfo) -> None:
    ask()
    assert purge_sign_ups(at=AT + timedelta(days=29)) == 0
    assert purge_sign_ups(at=AT + timedelta(days=31)) == 1
    assert SignUp.objects.count() == 0
    [mail] = Message.objects.all()
    assert (mail.to_address, mail.context) == ("erased", {})


CSV = """address;state;said_at;source;topic;wording
maya@example.com;granted;2025-03-01 10:00;old shop checkout;;Yes please
jonas@example.com;withdrawn;2025-04-01T10:00:00+02:00;phone call;tips;
"""


def test_import_needs_where_and_when(store: StoreInfo) -> None:
    done = api.import_consents(text=CSV, by=INES, at=AT)
    assert (done.rows, done.written, done.errors) == (2, 2, ())
    maya = customers.find_customer_by_email("maya@example.com")
    assert maya is not None
    [said] = api.list_consent_history(maya.id)
    assert said.source == "import: old shop checkout"
    assert said.at.isoformat() == "2025-03-01T09:00:00+00:00"  # Berlin
    assert said.wording is not None
    assert said.wording.text == "Yes please"
    assert api.import_consents(text=CSV, by=INES, at=AT).written == 0


def test_import_is_all_or_nothing(store: StoreInfo) -> None:
    broken = CSV + "x;granted;2025-01-01;shop;;\nrose@example.com;granted;;;gossip;\n"
    done = api.import_consents(text=broken, by=INES, at=AT)
    assert [line for line, _ in done.errors] == [4, 5]
    assert Consent.objects.count() == 0
    with pytest.raises(Invalid, match="source"):
        api.import_consents(text="address,state,said_at\n", by=INES, at=AT)


def test_an_import_does_not_undo_what_was_said_later(store: StoreInfo) -> None:
    maya = shopper()
    from doorstep.rooms.messaging.contracts import ConsentGrant

    no = ConsentGrant(
        maya, Channel.EMAIL, Purpose.MARKETING, ConsentState.WITHDRAWN, "preferences", AT
    )
    api.record_consent([no], by=SYSTEM, at=AT)
    api.import_consents(text=CSV, by=INES, at=AT)
    [said] = api.list_consents(maya)
    assert said.state == "withdrawn"
