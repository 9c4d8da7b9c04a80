"""What readers decide, what is suppressed, and messages that follow merged or erased customers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, transaction

from doorstep.kernel.errors import DomainError, Invalid, NotFound
from doorstep.kernel.events.registry import Recorded
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.messaging import api, identity
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    Purpose,
    SuppressionReason,
)
from doorstep.rooms.messaging.handlers import follow_customers
from doorstep.rooms.messaging.models import Consent, DeliveryEvent, Message, Suppression
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    SYSTEM,
    WANDA,
    Outbox,
    confirmation,
    shopper,
)
from doorstep.rooms.stores.contracts import StoreInfo

LATER = AT + timedelta(hours=1)


def token_of(cause: str = "a", purpose: Purpose = Purpose.SERVICE) -> str:
    [decided] = api.request_messages(
        [confirmation(shopper(), cause, purpose=purpose)], by=SYSTEM, at=AT
    )
    row = Message.objects.get(id=decided.message_id)
    return identity.preferences_token(row.store_id, row.id)


def test_one_click_ends_service_and_marketing_but_not_the_purchase(
    connected: Outbox, store: StoreInfo
) -> None:
    token = token_of()
    assert dict(api.get_preferences(token).allowed) == {"service": True, "marketing": False}
    done = api.unsubscribe(token, source="one_click", at=LATER)
    assert dict(done.allowed) == {"service": False, "marketing": False}
    assert done.address_masked == "m•••@example.com"
    api.unsubscribe(token, source="one_click", at=LATER)
    assert Consent.objects.count() == 2
    person = shopper()
    service, purchase = api.request_messages(
        [confirmation(person, "b", purpose=Purpose.SERVICE), confirmation(person, "c")],
        by=SYSTEM,
        at=LATER,
    )
    assert service.status == "dropped"
    assert purchase.status == "queued"


def test_the_link_works_without_any_scope_and_looking_changes_nothing(
    connected: Outbox, store: StoreInfo
) -> None:
    token = token_of()
    from django_scopes import scopes_disabled  # a shopper's request has no store's scope

    with scopes_disabled():
        api.get_preferences(token)
    assert Consent.objects.count() == Suppression.objects.count() == 0


def test_choices_can_be_taken_back(connected: Outbox) -> None:
    token = token_of()
    api.unsubscribe(token, source="one_click", at=AT)
    choices = {Purpose.SERVICE: False, Purpose.MARKETING: True}
    after = api.change_preferences(token, choices, source="preferences", at=LATER)
    assert dict(after.allowed) == {"service": False, "marketing": True}
    assert api.list_suppressions() == []


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "a:b"]
)
def test_a_forged_link_changes_nothing(connected: Outbox, spoil: object) -> None:
    token = spoil(token_of())  # type: ignore[operator]
    with pytest.raises(NotFound):
        api.unsubscribe(token, source="one_click", at=LATER)
    assert Consent.objects.count() == Suppression.objects.count() == 0


def test_a_link_signed_for_something_else_is_forged(connected: Outbox, store: StoreInfo) -> None:
    token_of()
    row = Message.objects.get()
    other = signing.Signer(salt="other").sign(f"{row.store_id.hex}{row.id.hex}")
    with pytest.raises(NotFound):
        api.get_preferences(other)


def test_consent_is_logged_once_per_change_in_few_queries(
    connected: Outbox, django_assert_max_num_queries: object
) -> None:
    people = [shopper(f"p{n}@example.com") for n in range(100)]
    grants = [
        ConsentGrant(
            p, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "checkout", AT,
            proof={"order": "#1042"},
        )
        for p in people
    ]  # fmt: skip
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert api.record_consent(grants, by=SYSTEM, at=AT) == 100
    assert api.record_consent(grants, by=SYSTEM, at=LATER) == 0
    [consent] = api.list_consents(people[0])
    assert (consent.state, consent.source, consent.at) == ("granted", "checkout", AT)


def test_suppressing_lifting_and_who_may(connected: Outbox) -> None:
    view = api.suppress_address(channel=Channel.EMAIL, address="Maya@Example.com", by=INES, at=AT)
    api.suppress_address(channel=Channel.EMAIL, address="maya@example.com", by=INES, at=AT)
    assert Suppression.objects.count() == 1
    with pytest.raises(DomainError):
        api.lift_suppression(suppression_id=view.id, by=WANDA, at=LATER)
    assert len(api.list_suppressions()) == 1
    api.lift_suppression(suppression_id=view.id, by=INES, at=LATER)
    assert api.list_suppressions() == []
    assert len(api.list_suppressions(lifted=True)) == 1


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.STOP])
def test_a_persons_own_word_is_not_lifted_by_the_merchant(
    connected: Outbox, store: StoreInfo, reason: SuppressionReason
) -> None:
    row = Suppression.objects.create(
        store_id=store.id, channel="email", address="a@b.example", reason=reason, source="x",
        since=AT,
    )  # fmt: skip
    with pytest.raises(Invalid):
        api.lift_suppression(suppression_id=row.id, by=INES, at=LATER)
    assert len(api.list_suppressions()) == 1


@pytest.mark.parametrize(
    "change", [{"reason": "mood"}, {"address": ""}, {"lifted_at": AT}, {"channel": "fax"}]
)
def test_the_database_refuses_impossible_suppressions(
    connected: Outbox, change: dict[str, object]
) -> None:
    api.suppress_address(channel=Channel.EMAIL, address="a@b.example", by=INES, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.update(**change)


def happened(event: object, store: StoreInfo) -> Recorded:
    return Recorded(1, new_id(), store.id, "x", event, "k", "", LATER, SYSTEM)


def test_messages_and_consents_follow_a_merge_and_its_undoing(
    connected: Outbox, store: StoreInfo
) -> None:
    old, new = shopper("old@example.com"), shopper("new@example.com")
    api.request_messages([confirmation(old, "a"), confirmation(new, "b")], by=SYSTEM, at=AT)
    grant = ConsentGrant(old, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "shop", AT)
    api.record_consent([grant], by=SYSTEM, at=AT)
    merge_id = new_id()
    follow_customers([happened(CustomersMerged(merge_id, new, old), store)])
    assert len(api.list_messages(customer_id=new).items) == 2
    assert len(api.list_consents(new)) == 1
    follow_customers([happened(CustomersUnmerged(merge_id, new, old), store)])
    assert [m.to_address for m in api.list_messages(customer_id=old).items] == ["old@example.com"]
    assert [m.to_address for m in api.list_messages(customer_id=new).items] == ["new@example.com"]
    assert len(api.list_consents(old)) == 1


def test_erasing_leaves_that_something_was_sent_but_not_to_whom(
    connected: Outbox, store: StoreInfo
) -> None:
    person = shopper()
    [sent] = api.request_messages([confirmation(person, "a")], by=SYSTEM, at=AT)
    send_due(at=AT)
    later = confirmation(person, "b", not_before=LATER)
    api.request_messages([later], by=SYSTEM, at=AT)
    follow_customers([happened(CustomerErased([person]), store)])
    shown = api.get_message(sent.message_id, at=LATER)
    assert shown.summary.status == "sent"
    assert "maya" not in f"{shown} {DeliveryEvent.objects.values_list('raw')}".lower()
    assert send_due(at=LATER) == 0
    assert len(connected.sent) == 1


def test_another_stores_preferences_are_not_touched(
    connected: Outbox, other_store: StoreInfo
) -> None:
    token = token_of()
    with store_scope(other_store.id):
        api.unsubscribe(token, source="one_click", at=LATER)
        assert Consent.objects.count() == 0
    assert Consent.objects.count() == 2
