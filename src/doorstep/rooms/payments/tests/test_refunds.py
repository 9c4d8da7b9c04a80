"""Refunds: never more than was paid, once per cause, and every answer a vendor can give."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.payments import api
from doorstep.rooms.payments.contracts import (
    ChargeState,
    DisputeReported,
    RefundReported,
    RefundState,
)
from doorstep.rooms.payments.models import Call, Charge, Refund
from doorstep.rooms.payments.ports import Accepted, ByHand, MovedMoney, Refused, TryAgain
from doorstep.rooms.payments.tests.vendor import (
    AT,
    INES,
    SUBJECT,
    SYSTEM,
    Vendor,
    charge,
    refund,
)
from doorstep.rooms.stores.contracts import StoreInfo

Told = Callable[[], list[tuple[str, Any]]]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
LATER = AT + timedelta(days=3)


def test_a_refund_goes_through(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    asked = refund(money)
    assert (asked.state, api.get_charge(money.id).refundable_minor) == (RefundState.REQUESTED, 3500)
    assert api.ask_all_due(at=AT) == 1
    done = api.get_refund(asked.id)
    assert (done.state, done.settled_at) == (RefundState.SUCCEEDED, AT)
    assert [name for name, _ in told()] == ["payments.refund_succeeded"]
    assert api.ask_all_due(at=LATER) == 0
    [(_, ask)] = shop_vendor.asked
    assert (ask.refund_id, ask.amount_minor, ask.is_repeat) == (asked.id, 1500, False)


def test_the_same_cause_twice_is_once(shop_vendor: Vendor) -> None:
    money = charge()
    assert refund(money).id == refund(money).id
    with pytest.raises(Conflict, match="another amount"):
        refund(money, 1600)
    api.ask_all_due(at=AT)
    assert refund(money).state == RefundState.SUCCEEDED
    assert shop_vendor.count("refund") == 1
    assert api.get_charge(money.id).refunded_minor == 1500


def test_more_than_is_left_is_refused_in_words(shop_vendor: Vendor) -> None:
    money = charge()
    refund(money, 4000)
    with pytest.raises(Conflict, match=r"Only €10\.00 of this payment") as caught:
        refund(money, 1001, "other")
    assert caught.value.code == "more_than_left"
    with pytest.raises(Invalid, match="more than nothing"):
        refund(money, 0, "other")
    assert Refund.objects.count() == 1
    assert refund(money, 1000, "other").amount_minor == 1000
    with pytest.raises(IntegrityError, match="never_over_refunded"), transaction.atomic():
        Charge.objects.update(refunded_minor=F("refunded_minor") + 1)


def test_a_refund_of_another_stores_charge_is_not_found(
    shop_vendor: Vendor, other_store: StoreInfo
) -> None:
    money = charge()
    with store_scope(other_store.id), pytest.raises(NotFound):
        refund(money)
    assert not Call.all_stores.exists()


def test_a_vendor_says_no(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    shop_vendor.will("refund", Refused("expired_card", "The card has expired."))
    asked = refund(money)
    api.ask_all_due(at=AT)
    done = api.get_refund(asked.id)
    assert (done.state, done.words) == (RefundState.FAILED, "The card has expired.")
    assert api.get_charge(money.id).refundable_minor == 5000
    [(name, payload)] = told()
    assert name == "payments.refund_failed"
    assert _read(payload)["words"] == "The card has expired."


def test_an_unknown_outcome_is_asked_again_with_the_same_key(shop_vendor: Vendor) -> None:
    money = charge()
    shop_vendor.will("refund", TryAgain("No answer in time."))
    asked = refund(money)
    api.ask_all_due(at=AT)
    assert api.get_refund(asked.id).state == RefundState.SENT
    assert api.ask_all_due(at=AT + timedelta(seconds=4)) == 0  # it waits
    assert api.ask_all_due(at=AT + timedelta(seconds=5)) == 1
    first, second = [ask for _, ask in shop_vendor.asked]
    assert (first.refund_id, first.is_repeat) == (second.refund_id, False)
    assert second.is_repeat
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    assert api.get_charge(money.id).refunded_minor == 1500


def test_the_wait_that_a_vendor_asks_for_is_kept(shop_vendor: Vendor) -> None:
    shop_vendor.will("refund", TryAgain("Too many requests.", 90))
    refund(charge())
    api.ask_all_due(at=AT)
    assert api.ask_all_due(at=AT + timedelta(seconds=89)) == 0
    assert api.ask_all_due(at=AT + timedelta(seconds=90)) == 1


def test_in_the_end_a_person_looks(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    shop_vendor.will("refund", *[TryAgain("No answer in time.")] * 20)
    asked = refund(money)
    at = AT
    for _ in range(12):
        api.ask_all_due(at=at)
        at += timedelta(days=1, seconds=1)
    [trouble] = api.list_troubles()
    assert (trouble.state, trouble.attempts, trouble.due_at) == ("parked", 11, None)
    stuck = api.get_refund(asked.id)
    assert stuck.state == RefundState.NEEDS_PERSON
    assert stuck.words.startswith("No answer in time. Look at")
    assert api.get_charge(money.id).refunded_minor == 1500  # nobody knows: it stays taken
    assert told() == []

    shop_vendor.answers.clear()
    api.retry_call(call_id=trouble.id, by=INES, at=at)
    api.ask_all_due(at=at)
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    assert api.list_troubles() == []


def test_a_bug_is_logged_and_asked_again(shop_vendor: Vendor) -> None:
    shop_vendor.will("refund", ZeroDivisionError())
    asked = refund(charge())
    api.ask_all_due(at=AT)
    api.ask_all_due(at=AT + timedelta(minutes=1))
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED


def test_a_vendor_that_is_not_connected_waits(shop_vendor: Vendor) -> None:
    shop_vendor.ready = False
    refund(charge())
    api.ask_all_due(at=AT)
    assert shop_vendor.asked == []
    assert "Connect it under Settings" in Call.objects.get().words


def test_a_manual_refund_waits_for_a_person(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    shop_vendor.will("refund", ByHand("Pay it back by bank transfer."))
    asked = refund(money)
    api.ask_all_due(at=AT)
    [waiting] = api.list_refunds_by_hand()
    assert (waiting.id, waiting.words) == (asked.id, "Pay it back by bank transfer.")
    done = api.settle_refund(refund_id=asked.id, external_id="SEPA 77", by=INES, at=AT)
    assert (done.state, done.external_id) == (RefundState.SUCCEEDED, "SEPA 77")
    assert api.list_refunds_by_hand() == []
    with pytest.raises(Conflict, match="not waiting"):
        api.settle_refund(refund_id=asked.id, failed_words="No", by=INES, at=AT)
    assert [name for name, _ in told()] == ["payments.refund_succeeded"]


def test_a_person_says_that_it_could_not_be_made(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    shop_vendor.will("refund", ByHand("Pay it back by bank transfer."))
    asked = refund(money)
    api.ask_all_due(at=AT)
    api.settle_refund(refund_id=asked.id, failed_words="Account closed", by=INES, at=AT)
    assert api.get_charge(money.id).refundable_minor == 5000
    assert [name for name, _ in told()] == ["payments.refund_failed"]


def test_only_who_may_move_money_settles(shop_vendor: Vendor) -> None:
    shop_vendor.will("refund", ByHand("By hand."))
    asked = refund(charge())
    api.ask_all_due(at=AT)
    wanda = Actor("user", "wanda", "Wanda", role="warehouse")
    with pytest.raises(PermissionDenied):
        api.settle_refund(refund_id=asked.id, by=wanda, at=AT)
    assert api.get_refund(asked.id).state == RefundState.NEEDS_PERSON


def test_a_vendor_takes_it_on_and_reports_later(shop_vendor: Vendor) -> None:
    shop_vendor.will("refund", Accepted("re_7", "The bank is asked."))
    asked = refund(charge())
    api.ask_all_due(at=AT)
    assert api.get_refund(asked.id).state == RefundState.SENT
    assert api.list_troubles() == []
    _report(_reported(asked.id, RefundState.SUCCEEDED, "re_7"))
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    assert api.ask_all_due(at=LATER) == 0


def test_a_report_that_got_lost_is_made_up_by_looking(shop_vendor: Vendor) -> None:
    shop_vendor.will("refund", Accepted("re_7"), MovedMoney("re_7"))
    asked = refund(charge())
    api.ask_all_due(at=AT)
    api.ask_all_due(at=AT + timedelta(days=1))
    assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
    _, second = shop_vendor.asked[1]
    assert (second.is_repeat, second.external_id) == (True, "re_7")


def test_yes_and_then_no_makes_the_amount_owed_again(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    asked = refund(money)
    api.ask_all_due(at=AT)
    failed = _reported(asked.id, RefundState.FAILED, words="The account is closed.")
    _report(failed, failed)
    assert api.get_refund(asked.id).state == RefundState.FAILED
    assert api.get_charge(money.id).refundable_minor == 5000
    assert [name for name, _ in told()] == [
        "payments.refund_succeeded",
        "payments.refund_failed",
    ]
    _report(_reported(asked.id, RefundState.SUCCEEDED))  # late and out of order: it stays failed
    assert api.get_refund(asked.id).state == RefundState.FAILED


def test_a_refund_made_at_the_vendor_lowers_what_is_left_once(
    shop_vendor: Vendor, told: Told
) -> None:
    money = charge()
    outside = _reported(None, RefundState.SUCCEEDED, "re_outside", 2000)
    _report(outside, outside)
    assert api.get_charge(money.id).refundable_minor == 3000
    [(name, payload)] = told()
    assert name == "payments.refund_noticed"
    assert _read(payload)["amount_minor"] == 2000
    _report(_reported(None, RefundState.FAILED, "re_outside", 2000))
    assert api.get_charge(money.id).refundable_minor == 5000


def test_a_platforms_word_about_our_refund_settles_it_and_doubles_nothing(
    shop_vendor: Vendor,
) -> None:
    money = charge()
    shop_vendor.will("refund", TryAgain("No answer in time."))
    asked = refund(money)
    api.ask_all_due(at=AT)
    for _ in range(2):
        noted = api.note_platform_refund(
            charge_id=money.id, external_id="gid://1", amount_minor=1500, currency="EUR",
            refund_id=asked.id, refunded_at=AT, by=SYSTEM, at=AT,
        )  # fmt: skip
        assert (noted.id, noted.state) == (asked.id, RefundState.SUCCEEDED)
    assert api.ask_all_due(at=LATER) == 0
    assert api.get_charge(money.id).refunded_minor == 1500


def test_a_report_in_another_currency_is_refused(shop_vendor: Vendor) -> None:
    money = charge()
    with pytest.raises(Conflict, match="USD"):
        _report(_reported(None, RefundState.SUCCEEDED, "re_1", currency="USD"))
    assert api.get_charge(money.id).refunded_minor == 0


def test_after_a_chargeback_nothing_is_refunded(shop_vendor: Vendor, told: Told) -> None:
    money = charge()
    opened = DisputeReported("pi_1", "EUR", 5000, None, "Fraudulent", AT)
    _report(opened, opened)
    assert api.get_charge(money.id).state == ChargeState.DISPUTED
    with pytest.raises(Conflict, match="chargeback") as caught:
        refund(money)
    assert caught.value.code == "charge_disputed"
    assert not Refund.objects.exists()
    _report(DisputeReported("pi_1", "EUR", 5000, True, "Won", AT))
    assert refund(money).state == RefundState.REQUESTED
    assert [_read(payload)["is_won"] for _, payload in told()] == [False, True]


def test_what_the_vendor_cannot_pay_is_refused_at_once(shop_vendor: Vendor) -> None:
    money = charge(5000, currency="KWD")
    with pytest.raises(Invalid, match="steps of ten"):
        refund(money, 1234)
    assert refund(money, 1230).amount_minor == 1230


def test_a_charge_is_recorded_once(shop_vendor: Vendor) -> None:
    assert charge().id == charge().id
    with pytest.raises(Conflict, match="recorded with"):
        charge(4000)
    with pytest.raises(Invalid):
        charge(0, cause="other")
    assert set(api.list_charges([SUBJECT, "order:none"])) == {SUBJECT, "order:none"}
    assert len(api.list_charges([SUBJECT])[SUBJECT]) == 1


@pytest.mark.django_db(transaction=True)
def test_32_at_once_never_refund_more_than_was_paid(store: StoreInfo, shop_vendor: Vendor) -> None:
    money = charge(5000)

    def ask(nth: int) -> bool:
        with store_scope(store.id):
            try:
                refund(money, 700, f"return:{nth}:refund")
            except Conflict:
                return False
            return True

    assert sum(at_once(32, ask)) == 7
    assert api.get_charge(money.id).refunded_minor == 4900


@pytest.mark.django_db(transaction=True)
def test_32_of_one_cause_at_once_are_one(store: StoreInfo, shop_vendor: Vendor) -> None:
    money = charge(5000)

    def ask(_: int) -> Any:
        with store_scope(store.id):
            return refund(money, 700).id

    assert len(set(at_once(32, ask))) == 1
    assert api.get_charge(money.id).refunded_minor == 700
    assert sum(at_once(8, lambda _: api.ask_all_due(at=AT))) == 1
    assert shop_vendor.count("refund") == 1


def _reported(
    refund_id: Any,
    state: RefundState,
    external_id: str = "",
    amount_minor: int = 1500,
    *,
    currency: str = "EUR",
    words: str = "",
) -> RefundReported:
    given = external_id or f"re_{refund_id.hex[-8:]}"
    return RefundReported(refund_id, given, "pi_1", currency, amount_minor, state, words, AT)


def _report(*reports: Any) -> None:
    api.record_reports(reports, provider="test", by=SYSTEM, at=AT)


def _read(payload: Any) -> Any:
    return json.loads(payload) if isinstance(payload, str) else payload


def test_nothing_is_found_of_what_is_not_there() -> None:
    for find in (api.get_charge, api.get_refund, api.get_link):
        with pytest.raises(NotFound):
            find(new_id())
