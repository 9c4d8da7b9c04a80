"""Stripe over real HTTP, against a server that behaves like it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dev.fakes.stripe_api import Fake
from doorstep.connectors.base.api import count_problems, get_connection
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.payments.connecting import connect_stripe, find_stripe
from doorstep.connectors.payments.stripe.signature import sign
from doorstep.connectors.payments.tests.conftest import INES, SECRET
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.payments import api
from doorstep.rooms.payments.contracts import Capture, ChargeState, LinkState, RefundState
from doorstep.rooms.payments.models import PaymentLink
from doorstep.rooms.payments.tests.vendor import charge, link, refund
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.stores.models import Store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
Hear = Callable[..., list[int]]


def paid(stripe: Fake, hear: Hear, **asked: Any) -> Any:
    """Have a shopper pay; return the charge."""
    made = link(**asked)
    api.ask_all_due(at=now())
    stripe.pay(_page(made.id))
    hear()
    done = api.get_link(made.id)
    assert done.charge_id is not None
    return api.get_charge(done.charge_id)


def _page(link_id: Any) -> str:
    return str(PaymentLink.objects.get(id=link_id).external_id)


def _ask(seconds: float = 0) -> None:
    api.ask_all_due(at=now() + timedelta(seconds=seconds))


def test_a_shopper_pays(stripe: Fake, hear: Hear) -> None:
    made = link()
    _ask()
    opened = api.get_link(made.id)
    assert (opened.state, opened.url[:7]) == (LinkState.OPEN, "http://")
    [session] = stripe.all("checkout.session")
    assert (session["amount_total"], session["currency"]) == (2500, "eur")
    [asked] = stripe.requests
    assert asked["form"]["line_items"]["0"]["price_data"]["product_data"]["name"] == "Two more cups"
    assert asked["form"]["adaptive_pricing"] == {"enabled": "false"}
    assert asked["form"]["success_url"].endswith("?back=1")
    stripe.pay(session["id"])
    assert hear() == [200, 200, 200]
    done = api.get_link(made.id)
    assert done.state == LinkState.PAID
    money = api.get_charge(done.charge_id or made.id)
    assert (money.captured_minor, money.method_label) == (2500, "Visa ending in 4242")
    assert count_problems() == {}


@pytest.mark.parametrize("backwards", [False, True])
def test_events_come_twice_and_out_of_order(stripe: Fake, hear: Hear, backwards: bool) -> None:
    made = link()
    _ask()
    stripe.pay(_page(made.id))
    hear(times=2, backwards=backwards)
    [money] = api.list_charges([made.subject])[made.subject]
    assert (money.state, money.captured_minor) == (ChargeState.CAPTURED, 2500)
    assert Delivery.objects.count() == 3


def test_a_lost_report_is_made_up_when_the_shopper_comes_back(stripe: Fake) -> None:
    made = link()
    _ask()
    stripe.pay(_page(made.id))
    page = api.open_pay_page(link_id=made.id, is_back=True, at=now())
    assert page.is_checking
    _ask()
    assert api.get_link(made.id).state == LinkState.PAID
    [money] = api.list_charges([made.subject])[made.subject]
    assert money.method_label == "Visa ending in 4242"


def test_a_page_that_is_over_is_made_anew(stripe: Fake, hear: Hear) -> None:
    made = link()
    _ask()
    first = _page(made.id)
    stripe.expire(first)
    hear()
    page = api.open_pay_page(link_id=made.id, at=now())
    assert (page.go_url, page.is_preparing) == ("", True)
    _ask()
    assert _page(made.id) != first
    assert api.open_pay_page(link_id=made.id, at=now()).go_url
    keys = [one["key"] for one in stripe.requests if one["path"] == "checkout/sessions"]
    assert keys == [f"link-{made.id}-1", f"link-{made.id}-2"]


def test_a_former_page_that_was_paid_after_all_counts(stripe: Fake, hear: Hear) -> None:
    made = link()
    _ask()
    stripe.pay(_page(made.id))  # and no report comes
    PaymentLink.objects.update(page_expires_at=now())
    api.open_pay_page(link_id=made.id, at=now())
    _ask()
    assert api.get_link(made.id).state == LinkState.PAID
    assert len(stripe.all("checkout.session")) == 1
    hear()
    assert len(api.list_charges([made.subject])[made.subject]) == 1


def test_a_canceled_link_cannot_be_paid(stripe: Fake, hear: Hear) -> None:
    made = link()
    _ask()
    api.cancel_link(link_id=made.id, by=INES, at=now())
    assert api.get_link(made.id).state == LinkState.OPEN  # until Stripe has closed it
    _ask()
    hear()
    assert api.get_link(made.id).state == LinkState.CANCELED
    assert stripe.all("checkout.session")[0]["status"] == "expired"


def test_a_link_paid_while_it_is_canceled_is_paid(stripe: Fake, hear: Hear) -> None:
    made = link()
    _ask()
    stripe.pay(_page(made.id))
    api.cancel_link(link_id=made.id, by=INES, at=now())
    _ask()
    hear()
    assert api.get_link(made.id).state == LinkState.PAID
    assert len(api.list_charges([made.subject])[made.subject]) == 1


def test_an_amount_stripe_does_not_take_ends_the_link_in_words(stripe: Fake) -> None:
    made = link(30)
    _ask()
    assert api.get_link(made.id).state == LinkState.FAILED
    assert "below what Stripe takes" in PaymentLink.objects.get().problem


def test_a_hold_is_taken_in_part(stripe: Fake, hear: Hear) -> None:
    held = paid(stripe, hear, capture=Capture.LATER)
    assert (held.state, held.captured_minor, held.amount_minor) == ("authorized", 0, 2500)
    assert held.hold_ends_at is not None
    for _ in range(2):
        api.capture_charge(charge_id=held.id, amount_minor=2000, by=INES, at=now())
    stripe.plan("capture", 500, is_done=True)
    _ask()
    assert api.get_charge(held.id).state == ChargeState.AUTHORIZED  # nobody knows
    _ask(10)  # Stripe repeats the kept error; the intent tells
    hear(times=2)
    taken = api.get_charge(held.id)
    assert (taken.state, taken.captured_minor) == (ChargeState.CAPTURED, 2000)
    assert stripe.all("payment_intent")[0]["amount_received"] == 2000


def test_a_hold_is_let_go(stripe: Fake, hear: Hear) -> None:
    held = paid(stripe, hear, capture=Capture.LATER)
    api.void_charge(charge_id=held.id, by=INES, at=now())
    _ask()
    hear()
    assert api.get_charge(held.id).state == ChargeState.VOIDED
    with pytest.raises(Conflict, match="not held"):
        api.capture_charge(charge_id=held.id, amount_minor=1, by=INES, at=now())


def test_a_hold_that_ended_by_itself_is_not_taken(stripe: Fake, hear: Hear) -> None:
    held = paid(stripe, hear, capture=Capture.LATER)
    stripe.handle("POST", f"payment_intents/{held.external_id}/cancel", {})
    stripe.events.clear()  # the report gets lost
    api.capture_charge(charge_id=held.id, amount_minor=2500, by=INES, at=now())
    _ask()
    ended = api.get_charge(held.id)
    assert (ended.state, ended.words) == (
        ChargeState.VOIDED,
        "The hold had ended before it was taken.",
    )


def test_a_refund(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    asked = refund(money, 1000)
    _ask()
    hear(times=2)
    done = api.get_refund(asked.id)
    assert (done.state, done.external_id[:3]) == (RefundState.SUCCEEDED, "re_")
    assert api.get_charge(money.id).refundable_minor == 1500
    [made] = stripe.all("refund")
    assert made["metadata"]["doorstep_refund"] == str(asked.id)
    assert count_problems() == {}


@pytest.mark.parametrize(
    ("status", "is_done"), [(0, False), (0, True), (500, False), (500, True), (409, False)]
)
def test_whatever_happens_on_the_way_a_refund_is_made_once(
    stripe: Fake, hear: Hear, status: int, is_done: bool
) -> None:
    money = paid(stripe, hear)
    stripe.plan("refunds", status, is_done=is_done)
    asked = refund(money, 1000)
    _ask()
    assert api.get_refund(asked.id).state == RefundState.SENT
    stripe.events.clear()
    if status == 500 and not is_done:
        stripe.kept.clear()  # a day later Stripe has forgotten the key and its kept error
    _ask(60)
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    assert len(stripe.all("refund")) == 1


def test_a_webhook_may_be_faster_than_the_answer(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    stripe.plan("refunds", 0, is_done=True)
    asked = refund(money, 1000)
    _ask()
    hear()
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    before = len(stripe.requests)
    _ask(100_000)
    assert len(stripe.requests) == before
    assert api.get_charge(money.id).refunded_minor == 1000


def test_too_many_requests_wait_as_long_as_stripe_says(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    stripe.plan("refunds", 429, retry_after=40)
    asked = refund(money, 1000)
    _ask()
    _ask(30)
    assert api.get_refund(asked.id).state == RefundState.SENT
    _ask(60)
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED


def test_a_wrong_key_says_what_to_do(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    connect_stripe(api_key="sk_test_of_somebody_else", by=INES, at=now())
    asked = refund(money, 1000)
    _ask()
    _ask(10)
    [trouble] = api.list_troubles()
    assert "Enter another one under Settings" in trouble.words
    connect_stripe(api_key="sk_test_fern_and_kettle", by=INES, at=now())
    _ask(100)
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED


def test_a_pending_refund_is_settled_by_its_report(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    stripe.refunds_stay = "pending"
    asked = refund(money, 1000, at=now())
    _ask()
    hear()
    assert api.get_refund(asked.id).state == RefundState.SENT
    stripe.settle_refund(stripe.all("refund")[0]["id"])
    hear()
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED


def test_yes_and_then_no(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    asked = refund(money, 1000)
    _ask()
    hear()
    stripe.fail_refund(stripe.all("refund")[0]["id"])
    hear(times=2)
    done = api.get_refund(asked.id)
    assert (done.state, done.words) == (
        RefundState.FAILED,
        "The card has expired or was canceled.",
    )
    assert api.get_charge(money.id).refundable_minor == 2500
    again = refund(money, 1000, "once more")
    _ask()
    assert api.get_refund(again.id).state == RefundState.SUCCEEDED


def test_a_refund_made_in_stripes_own_pages_is_noticed_once(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    stripe.handle("POST", "refunds", {"payment_intent": money.external_id, "amount": "700"})
    hear(times=2)
    assert api.get_charge(money.id).refundable_minor == 1800
    assert len(api.list_refunds([money.subject])[money.subject]) == 1


def test_a_chargeback_stops_refunds_on_their_way_and_new_ones(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    asked = refund(money, 1000)
    dispute = stripe.dispute(money.external_id)
    _ask()
    failed = api.get_refund(asked.id)
    assert failed.state == RefundState.FAILED
    assert "chargeback" in failed.words
    hear(times=2)
    with pytest.raises(Conflict, match="chargeback"):
        refund(money, 500, "another")
    stripe.close_dispute(dispute["id"], "won")
    hear()
    assert refund(money, 500, "another").amount_minor == 500


def test_an_inquiry_is_no_chargeback(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear)
    stripe.dispute(money.external_id, "warning_needs_response")
    hear()
    assert api.get_charge(money.id).state == ChargeState.CAPTURED


def test_a_payment_of_another_stripe_account_is_unknown(stripe: Fake) -> None:
    money = charge(provider="stripe", external_id="pi_elsewhere")
    asked = refund(money)
    _ask()
    done = api.get_refund(asked.id)
    assert done.state == RefundState.FAILED
    assert "another account" in done.words


def test_yen_and_dinars_go_out_in_stripes_units(stripe: Fake, hear: Hear) -> None:
    money = paid(stripe, hear, currency="ISK", amount_minor=4200)
    assert (money.currency, money.captured_minor) == ("ISK", 4200)
    assert stripe.all("checkout.session")[0]["amount_total"] == 420_000
    asked = refund(money, 1050)
    _ask()
    assert stripe.all("refund")[0]["amount"] == 105_000
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    with pytest.raises(Invalid, match="KWD goes in"):
        link(1234, "other", currency="KWD")


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"x"', b'{"type": "refund.updated"}', b'{"type": "refund.updated", "created": 1, '
     b'"data": {"object": {"id": "re_1", "currency": "eur", "amount": "much"}}}', b"{",
     b'{"type": ["a"], "data": {"object": 1}, "created": 1}'],
)  # fmt: skip
def test_odd_events_are_put_aside_and_nothing_moves(body: bytes, account: Any) -> None:
    header = sign(body, SECRET, at=int(now().timestamp()))
    answer = Client().post(
        f"/hooks/{account}", body, content_type="application/json", HTTP_STRIPE_SIGNATURE=header
    )
    assert answer.status_code == 200
    work_off(now())
    assert Delivery.objects.get().status in {"rejected", "ignored"}


def test_a_forged_event_is_refused_and_counted(account: Any) -> None:
    answer = Client().post(
        f"/hooks/{account}", b"{}", content_type="application/json",
        HTTP_STRIPE_SIGNATURE="t=1,v1=00",
    )  # fmt: skip
    assert answer.status_code == 401
    assert not Delivery.objects.exists()
    assert get_connection(account).bad_signature_count == 1


def test_keys_are_kept_encrypted_and_changed_one_by_one(account: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM connectors_base_connection")
        assert "sk_test" not in cursor.fetchone()[0]
    assert "sk_test" not in repr(find_stripe())
    connect_stripe(webhook_secret="whsec_the_next_one", by=INES, at=now())
    row = Connection.objects.get()
    assert row.webhook_secrets() == ["whsec_the_next_one", SECRET]
    assert row.credentials() == {"api_key": "sk_test_fern_and_kettle"}
    for bad in ({"api_key": "pk_test_public_key"}, {"webhook_secret": "not-a-secret"}):
        with pytest.raises(Invalid):
            connect_stripe(**bad, by=INES, at=now())


def test_the_demo_shop_never_calls_out(stripe: Fake, store: StoreInfo) -> None:
    Store.objects.update(is_demo=True)
    with pytest.raises(Conflict, match="demo"):
        connect_stripe(api_key="sk_test_0123456789", by=INES, at=now())
    made = link()
    assert made.provider == "practice"
    _ask()
    assert api.get_link(made.id).state == LinkState.OPEN
    assert stripe.requests == []
