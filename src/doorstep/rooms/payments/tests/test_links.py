"""Requests to pay and holds: every way they end, and money that comes when nobody expects it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.registry import Recorded
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.payments import api
from doorstep.rooms.payments.contracts import (
    Capture,
    ChargeState,
    HoldEnded,
    HoldTaken,
    LinkPageClosed,
    LinkPaid,
    LinkState,
)
from doorstep.rooms.payments.handlers import erase_customers
from doorstep.rooms.payments.models import Call, Charge, PaymentLink, Refund
from doorstep.rooms.payments.ports import MovedMoney, OpenedLink, Refused, TryAgain
from doorstep.rooms.payments.tests.vendor import (
    AT,
    SUBJECT,
    SYSTEM,
    Vendor,
    charge,
    link,
    paid,
)
from doorstep.rooms.stores.contracts import StoreInfo

Told = Callable[[], list[tuple[str, Any]]]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
SOON = AT + timedelta(minutes=1)


def _reported(of: Any, **other: Any) -> LinkPaid:
    money = paid(of, **other)
    return LinkPaid(
        of.id, money.payment_id, money.currency, money.amount_minor, money.is_captured,
        money.method_label, money.paid_at,
    )  # fmt: skip


def _report(*reports: Any, provider: str = "test") -> int:
    return api.record_reports(reports, provider=provider, by=SYSTEM, at=AT)


def test_a_link_opens_and_is_paid(shop_vendor: Vendor, told: Told) -> None:
    made = link()
    assert (made.state, made.url) == (LinkState.REQUESTED, "")
    assert "/pay/" in made.page_url
    api.ask_all_due(at=AT)
    assert api.get_link(made.id).state == LinkState.OPEN
    assert _report(_reported(made), _reported(made)) == 2
    done = api.get_link(made.id)
    assert done.state == LinkState.PAID
    assert done.charge_id is not None
    assert api.get_charge(done.charge_id).captured_minor == 2500
    assert [name for name, _ in told()] == ["payments.charge_succeeded"]
    assert api.list_links([SUBJECT])[SUBJECT] == [done]
    with pytest.raises(Conflict, match="refund the payment instead"):
        api.cancel_link(link_id=made.id, by=SYSTEM, at=AT)


def test_the_same_cause_twice_is_one_link(shop_vendor: Vendor) -> None:
    assert link().id == link().id
    with pytest.raises(Conflict, match="another amount"):
        link(2600)
    assert api.ask_all_due(at=AT) == 1


def test_what_makes_no_sense_is_refused(shop_vendor: Vendor) -> None:
    for wrong in ({"amount_minor": 0}, {"currency": "XXQ"}, {"words": " "}, {"expires_at": AT}):
        with pytest.raises(Invalid):
            link(**wrong)
    with pytest.raises(Invalid, match="steps of ten"):
        link(1234, currency="KWD")
    assert not PaymentLink.objects.exists()


def test_without_a_provider_nobody_is_asked_to_pay(shop_vendor: Vendor) -> None:
    shop_vendor.ready = False
    assert not api.can_take_payments()
    with pytest.raises(Conflict, match="Connect Stripe") as caught:
        link()
    assert caught.value.code == "no_payment_provider"


def test_a_link_that_was_never_asked_for_is_canceled_at_once(
    shop_vendor: Vendor, told: Told
) -> None:
    made = link()
    assert api.cancel_link(link_id=made.id, by=SYSTEM, at=AT).state == LinkState.CANCELED
    assert api.cancel_link(link_id=made.id, by=SYSTEM, at=AT).state == LinkState.CANCELED
    assert api.ask_all_due(at=AT) == 0
    assert shop_vendor.asked == []
    assert [name for name, _ in told()] == ["payments.link_ended"]


def test_a_link_canceled_while_it_is_made_is_closed(shop_vendor: Vendor) -> None:
    made = link()
    shop_vendor.will("open_link", TryAgain("No answer in time."))
    api.ask_all_due(at=AT)
    api.cancel_link(link_id=made.id, by=SYSTEM, at=AT)
    at = AT
    for _ in range(4):
        api.ask_all_due(at=at)
        at += timedelta(minutes=1)
    assert api.get_link(made.id).state == LinkState.CANCELED
    assert not Call.objects.exclude(state="done").exists()


def test_a_link_ends_by_itself_once_it_is_closed(shop_vendor: Vendor, told: Told) -> None:
    made = link(expires_at=SOON)
    api.ask_all_due(at=AT)
    assert api.end_due_links(at=AT) == 0
    assert api.end_due_links(at=SOON) == 1
    assert api.get_link(made.id).state == LinkState.OPEN
    page = api.open_pay_page(link_id=made.id, at=SOON)
    assert (page.go_url, page.is_closing) == ("", True)
    api.ask_all_due(at=SOON)
    assert api.get_link(made.id).state == LinkState.EXPIRED
    [(name, _)] = told()
    assert name == "payments.link_ended"


def test_money_that_comes_late_still_counts(shop_vendor: Vendor, told: Told) -> None:
    made = link(expires_at=SOON)
    api.ask_all_due(at=AT)
    api.end_due_links(at=SOON)
    api.ask_all_due(at=SOON)
    _report(_reported(made))
    assert api.get_link(made.id).state == LinkState.PAID
    assert [name for name, _ in told()] == ["payments.link_ended", "payments.charge_succeeded"]


def test_paid_while_it_is_closed(shop_vendor: Vendor) -> None:
    made = link()
    api.ask_all_due(at=AT)
    shop_vendor.will("close_link", paid(made))
    api.cancel_link(link_id=made.id, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    assert api.get_link(made.id).state == LinkState.PAID


def test_two_pages_paid_are_two_charges_and_both_are_told(shop_vendor: Vendor, told: Told) -> None:
    made = link()
    _report(_reported(made, payment_id="pi_a"), _reported(made, payment_id="pi_b"))
    assert len(api.list_charges([SUBJECT])[SUBJECT]) == 2
    assert [name for name, _ in told()] == ["payments.charge_succeeded"] * 2


def test_another_currency_than_was_asked_for_is_refused(shop_vendor: Vendor) -> None:
    made = link()
    with pytest.raises(Conflict, match="USD"):
        _report(_reported(made, currency="USD"))
    assert not Charge.objects.exists()


def test_a_report_of_another_provider_or_store_changes_nothing(
    shop_vendor: Vendor, other_store: StoreInfo
) -> None:
    made = link()
    assert _report(_reported(made), provider="another") == 0
    with store_scope(other_store.id):
        assert _report(_reported(made)) == 0
        with pytest.raises(NotFound):
            api.open_pay_page(link_id=made.id, at=AT)
    assert not Charge.all_stores.exists()


def test_a_page_that_is_over_is_made_anew_under_another_key(shop_vendor: Vendor) -> None:
    made = link()
    shop_vendor.will("open_link", OpenedLink("cs_1", "https://pay.example/1", SOON))
    api.ask_all_due(at=AT)
    assert api.open_pay_page(link_id=made.id, at=AT).go_url == "https://pay.example/1"
    assert api.open_pay_page(link_id=made.id, at=SOON).is_preparing
    api.ask_all_due(at=SOON)
    first, second = [ask for name, ask in shop_vendor.asked if name == "open_link"]
    assert (first.nth, first.former_id) == (1, "")
    assert (second.nth, second.former_id) == (2, "cs_1")
    assert _report(LinkPageClosed(made.id, "cs_1")) == 0  # about the former page: late news


def test_an_unknown_page_is_asked_for_with_the_same_words(shop_vendor: Vendor) -> None:
    shop_vendor.will("open_link", TryAgain("No answer in time."))
    link(expires_at=AT + timedelta(hours=5))
    api.ask_all_due(at=AT)
    api.ask_all_due(at=SOON)
    first, second = [ask for name, ask in shop_vendor.asked if name == "open_link"]
    assert first == second


def test_a_hold_is_taken_once(shop_vendor: Vendor, told: Told) -> None:
    held = _hold(shop_vendor)
    assert held.refundable_minor == 0
    for _ in range(2):
        api.capture_charge(charge_id=held.id, amount_minor=2000, by=SYSTEM, at=AT)
    with pytest.raises(Conflict, match="being taken"):
        api.capture_charge(charge_id=held.id, amount_minor=2100, by=SYSTEM, at=AT)
    with pytest.raises(Conflict, match="being taken"):
        api.void_charge(charge_id=held.id, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    _report(HoldTaken(held.external_id, 2000, AT), HoldEnded(held.external_id, AT))
    taken = api.get_charge(held.id)
    assert (taken.state, taken.captured_minor) == (ChargeState.CAPTURED, 2000)
    assert shop_vendor.count("capture") == 1
    assert [name for name, _ in told()] == [
        "payments.charge_succeeded",
        "payments.charge_captured",
    ]
    api.capture_charge(charge_id=held.id, amount_minor=2000, by=SYSTEM, at=AT)  # as it is


def test_a_hold_is_let_go_or_ends(shop_vendor: Vendor, told: Told) -> None:
    held = _hold(shop_vendor)
    for _ in range(2):
        api.void_charge(charge_id=held.id, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    assert api.get_charge(held.id).state == ChargeState.VOIDED
    with pytest.raises(Conflict, match="not held"):
        api.capture_charge(charge_id=held.id, amount_minor=1, by=SYSTEM, at=AT)
    other = _hold(shop_vendor, "another")
    shop_vendor.will("capture", Refused("canceled", "The hold had ended."))
    api.capture_charge(charge_id=other.id, amount_minor=1, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    assert api.get_charge(other.id).words == "The hold had ended."
    names = [name for name, _ in told()]
    assert names.count("payments.charge_voided") == 2


def test_more_than_is_held_is_refused(shop_vendor: Vendor) -> None:
    held = _hold(shop_vendor)
    with pytest.raises(Invalid, match=r"€25\.00"):
        api.capture_charge(charge_id=held.id, amount_minor=2501, by=SYSTEM, at=AT)
    assert api.ask_all_due(at=AT) == 0


def test_a_hold_taken_at_the_vendor_before_it_was_let_go_needs_a_person(
    shop_vendor: Vendor,
) -> None:
    held = _hold(shop_vendor)
    shop_vendor.will("void", Refused("captured", "The hold was taken at the vendor."))
    api.void_charge(charge_id=held.id, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    [trouble] = api.list_troubles()
    assert (trouble.state, trouble.words) == ("parked", "The hold was taken at the vendor.")
    _report(HoldTaken(held.external_id, 2500, AT))
    assert api.list_troubles() == []
    assert api.get_charge(held.id).captured_minor == 2500


@pytest.mark.django_db(transaction=True)
def test_many_workers_ask_once(store: StoreInfo, shop_vendor: Vendor) -> None:
    made = [link(cause=f"change:{nth}:pay") for nth in range(5)]

    def work(_: int) -> int:
        return api.ask_all_due(at=AT)

    assert sum(at_once(8, work)) == 5
    assert shop_vendor.count("open_link") == 5
    with store_scope(store.id):
        assert {api.get_link(one.id).state for one in made} == {LinkState.OPEN}


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (Charge, {"state": "lost"}),
        (Charge, {"currency": "eur"}),
        (Charge, {"captured_minor": 5001}),
        (Charge, {"refunded_minor": -1}),
        (Charge, {"refunded_minor": 5001}),
        (Charge, {"wish": "capture"}),
        (Charge, {"state": "voided"}),
        (Charge, {"cause": ""}),
        (Refund, {"amount_minor": 0}),
        (Refund, {"state": "succeeded"}),
        (Refund, {"state": "gone"}),
        (PaymentLink, {"state": "paid"}),
        (PaymentLink, {"state": "open"}),
        (PaymentLink, {"state": "expired"}),
        (PaymentLink, {"ending": "paid"}),
        (PaymentLink, {"capture": "never"}),
        (Call, {"state": "done"}),
        (Call, {"due_at": None}),
        (Call, {"kind": "guess"}),
    ],
)
def test_the_database_refuses(shop_vendor: Vendor, model: Any, wrong: dict[str, Any]) -> None:
    money = charge()
    api.request_refund(
        charge_id=money.id, amount_minor=1, cause="c", key="k", reason="", by=SYSTEM, at=AT
    )
    link()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**wrong)


def test_lists_cost_the_same_however_long(
    shop_vendor: Vendor, django_assert_num_queries: Any
) -> None:
    for nth in range(6):
        link(cause=f"cause-{nth}", subject=f"order:{nth}")
        charge(cause=f"paid-{nth}", subject=f"order:{nth}", external_id=f"pi_{nth}")
    shop_vendor.will("open_link", *[TryAgain("Busy")] * 12)
    api.ask_all_due(at=AT)
    api.ask_all_due(at=SOON)
    subjects = [f"order:{nth}" for nth in range(6)]
    with django_assert_num_queries(1):
        api.list_charges(subjects)
    with django_assert_num_queries(2):
        assert all(api.list_links(subjects).values())
    with django_assert_num_queries(2):
        assert len(api.list_troubles()) == 6


def _hold(shop_vendor: Vendor, cause: str = "exchange:1:hold") -> Any:
    made = link(cause=cause, capture=Capture.LATER)
    api.ask_all_due(at=AT)
    _report(_reported(made))
    done = api.get_link(made.id)
    assert done.charge_id is not None
    held = api.get_charge(done.charge_id)
    assert held.state == ChargeState.AUTHORIZED
    return held


def test_a_void_is_asked_for_once(shop_vendor: Vendor) -> None:
    held = _hold(shop_vendor)
    shop_vendor.will("void", TryAgain("Busy"), MovedMoney(held.external_id))
    api.void_charge(charge_id=held.id, by=SYSTEM, at=AT)
    api.ask_all_due(at=AT)
    api.ask_all_due(at=SOON)
    assert api.get_charge(held.id).state == ChargeState.VOIDED


def test_whoever_is_erased_is_named_in_no_link(shop_vendor: Vendor) -> None:
    maya, tom = new_id(), new_id()
    mine, other = link(key=str(maya)), link(key=str(tom), cause="change:2:pay")
    name, erased = "customers.customer_erased", CustomerErased([maya])
    scope = current_store_id()
    erase_customers([Recorded(1, new_id(), scope, name, erased, str(maya), "", AT, SYSTEM)])
    emails = dict(PaymentLink.objects.values_list("id", "email"))
    assert emails == {mine.id: "", other.id: "maya@example.com"}
    api.ask_all_due(at=AT)
    assert api.get_link(mine.id).state == LinkState.OPEN
