"""Stripe's keys, refunds by hand, and providers that were asked in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from doorstep.connectors.payments.connecting import find_stripe
from doorstep.kernel.clock import now
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.orders.tests.cast import order, record
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import RefundState
from doorstep.rooms.payments.tests.vendor import SYSTEM, charge, refund, vendor
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
BASE = "/console/fern-and-kettle"
KEYS = {"api_key": "sk_test_0123456789", "webhook_secret": ""}


@pytest.fixture
def ines(store: StoreInfo) -> Client:
    """The owner, signed in."""
    stores.add_member(email="ines@fern.example", name="Ines", role="owner", by=SYSTEM, at=now())
    client = Client()
    client.force_login(get_user_model().objects.get(email="ines@fern.example"))
    return client


def _by_hand() -> Any:
    asked = refund(charge(provider="manual"), at=now())
    payments.ask_all_due(at=now())
    return asked


def test_stripe_is_connected_key_first(ines: Client) -> None:
    page = ines.get(f"{BASE}/settings/payments/").content.decode()
    assert "Enter the secret key first" in page
    assert ines.post(f"{BASE}/settings/payments/", KEYS).status_code == 302
    page = ines.get(f"{BASE}/settings/payments/").content.decode()
    account = find_stripe()
    assert account is not None
    assert f"http://testserver{account.hook_path}" in page
    assert "sk_test" not in page
    secret = {"api_key": "", "webhook_secret": "whsec_0123456789"}
    assert ines.post(f"{BASE}/settings/payments/", secret).status_code == 302
    assert payments.can_take_payments()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("api_key", "pk_test_0123456789", "the public one"),
        ("api_key", "", "required"),
        ("webhook_secret", "0123456789ab", "begins with whsec_"),
    ],
)
def test_wrong_keys_are_refused_where_they_stand(
    ines: Client, field: str, value: str, words: str
) -> None:
    answer = ines.post(f"{BASE}/settings/payments/", {**KEYS, field: value})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert find_stripe() is None


def test_a_refund_is_settled_by_hand(ines: Client) -> None:
    asked = _by_hand()
    assert "Refunds to do by hand" in ines.get(f"{BASE}/problems/").content.decode()
    assert "€15.00" in ines.get(f"{BASE}/problems/refunds/").content.decode()
    url = f"{BASE}/problems/refunds/{asked.id}/settlement/"
    said = ines.post(url, {"do": "paid", "reference": "SEPA 77"}, follow=True)
    assert "Noted: it is paid back." in said.content.decode()
    assert payments.get_refund(asked.id).external_id == "SEPA 77"
    again = ines.post(url, {"do": "paid"}, follow=True).content.decode()
    assert "not waiting for anybody" in again


def test_a_refund_that_cannot_be_made_is_owed_again(ines: Client) -> None:
    asked = _by_hand()
    url = f"{BASE}/problems/refunds/{asked.id}/settlement/"
    ines.post(url, {"do": "failed", "words": "Account closed"})
    done = payments.get_refund(asked.id)
    assert (done.state, done.words) == (RefundState.FAILED, "Account closed")
    assert payments.get_charge(asked.charge_id).refundable_minor == 5000


def test_a_provider_is_asked_again(ines: Client) -> None:
    refund(charge(provider="stripe"), at=now())
    payments.ask_all_due(at=now())
    assert payments.list_troubles() == []  # once is no trouble yet
    payments.ask_all_due(at=now() + timedelta(minutes=1))
    [trouble] = payments.list_troubles()
    page = ines.get(f"{BASE}/problems/").content.decode()
    assert "Stripe is not connected" in page
    url = f"{BASE}/problems/payments/{trouble.id}/"
    assert "asked again" in ines.post(url, follow=True).content.decode()
    assert payments.list_troubles() == []


def test_no_second_payment_link_is_offered_while_one_is_out(ines: Client, store: StoreInfo) -> None:
    pending = order(financial_status=FinancialStatus.PENDING)
    [kept] = record(pending)
    path = f"{BASE}/orders/{kept.order_id}/money/"
    assert "Make a payment link" in ines.get(path).content.decode()
    with vendor():
        payments.request_link(
            subject=f"order:{kept.order_id}", cause="change:1", key="k", currency="EUR",
            amount_minor=500, words="More", by=SYSTEM, at=now(),
        )  # fmt: skip
    shown = ines.get(path).content.decode()
    assert "Make a payment link" not in shown
    assert "is out already" in shown
    answer = ines.post(f"{path}payment/", {"key": "k9"}, follow=True).content.decode()
    assert "out for this order already" in answer
