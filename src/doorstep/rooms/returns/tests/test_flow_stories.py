"""Keeping, crediting, recipients, clocks, scans, withdrawals and make-goods."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.kernel.actions import approvals
from doorstep.kernel.errors import DomainError
from doorstep.rooms.billing import api as billing
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    MakeGoodRemedy,
    Outcome,
    RefundTrigger,
    ReturnState,
)
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.models import MakeGood, ReturnAuthorization, Withdrawal
from doorstep.rooms.returns.policy.effects import LabelTerms, Offer
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    INES,
    LATER,
    MAYA,
    REASON,
    SAM,
    WANDA,
    asked,
    bought,
    inspected,
    received,
    set_offers,
    stocked,
)
from doorstep.rooms.returns.tests.policy_cast import lines_of
from doorstep.rooms.tracking.contracts import TrackingStatus
from doorstep.rooms.wallet import api as wallet


def of(order_id, quantity=1, outcome=Outcome.REFUND, **more):
    return AskedLine(lines_of(order_id)[0].id, quantity, REASON, outcome, **more)


def test_what_is_kept_is_paid_at_once(store):
    set_offers(Outcome.REFUND, keep_below_minor=5000)
    order_id = bought()
    view = asked(order_id)
    assert view.label is None
    assert view.summary.state is ReturnState.CLOSED
    assert billing.get_money(order_id).pending_minor == 4000


def test_store_credit_has_its_bonus_and_fees_are_kept(store):
    set_offers(
        Outcome.REFUND,
        offers=(
            Offer(outcome=Outcome.REFUND, fee_percent=10),
            Offer(outcome=Outcome.STORE_CREDIT, bonus_percent=10),
        ),
        label=LabelTerms(payer="shopper", fee_minor=500),
    )
    order_id = bought()
    found = api.amounts(order_id, [of(order_id, 2)], at=AT)
    assert list(found) == [Outcome.REFUND, Outcome.STORE_CREDIT]
    assert found[Outcome.REFUND].total_minor == 4000 - 400 - 500
    assert found[Outcome.STORE_CREDIT].total_minor == 3500 + 350
    view = asked(order_id, of(order_id, 2, Outcome.STORE_CREDIT))
    view = inspected(received(view), disposition=Disposition.SCRAP)
    [paid] = view.settlements
    assert (paid.amount_minor, paid.fee_minor, paid.bonus_minor) == (3500, 500, 350)
    customer = orders.get_customers_of([order_id])[order_id]
    [balance] = wallet.balances_of([customer])[customer]
    assert balance.balance_minor == 3850


def test_the_carriers_first_scan_pays_once(store):
    stocked(K_1=5)
    set_offers(Outcome.REFUND, trigger=RefundTrigger.CARRIER_SCAN)
    order_id = bought()
    view = asked(order_id)
    assert not view.settlements
    for status in (
        TrackingStatus.INFO_RECEIVED,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.DELIVERED,
    ):
        for _ in range(2):
            view = api.record_return_scan(
                return_id=view.summary.id, status=status, occurred_at=AT, by=WANDA, at=LATER
            )
    assert len(view.scans) == 3
    assert [one.amount_minor for one in view.settlements] == [4000]
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    assert len(view.settlements) == 1
    assert view.summary.state is ReturnState.CLOSED


def test_a_recipients_return_tells_and_pays_the_recipient_alone(store):
    order_id = bought(is_gift=True, gift_receipt=True)
    buyer = orders.get_customers_of([order_id])[order_id]
    view = asked(
        order_id, for_recipient=True, recipient_email="tom@example.com", recipient_name="Tom"
    )
    assert view.summary.customer_id is None
    view = inspected(received(view), disposition=Disposition.SCRAP)
    assert view.summary.state is ReturnState.CLOSED
    assert not wallet.balances_of([buyer]).get(buyer)
    assert [one.how for one in view.settlements] == ["store_credit"]
    money = billing.get_money(order_id)
    assert money.credited_minor == 4000
    assert money.pending_minor == 0


def test_nothing_came_back_it_is_reminded_of_and_ends(store):
    order_id = bought()
    view = asked(order_id)
    assert look_at_due(AT + timedelta(days=24)) == 0
    assert look_at_due(AT + timedelta(days=26)) == 1
    row = ReturnAuthorization.objects.get()
    assert row.reminded_at
    assert row.state == "approved"
    look_at_due(AT + timedelta(days=31))
    view = api.get_return(view.summary.id, at=AT)
    assert view.summary.state is ReturnState.EXPIRED
    # The parcel comes after all: the return lives again.
    view = api.record_reception(
        return_id=view.summary.id, items=[item(view)], key="k", by=WANDA, at=AT + timedelta(days=40)
    )
    assert view.summary.state is ReturnState.APPROVED


def item(view):
    from doorstep.rooms.returns.contracts import ReceivedItem

    return ReceivedItem(str(view.lines[0].id), view.lines[0].quantity)


def test_a_parcel_that_never_comes_is_looked_for(store):
    order_id = bought()
    view = asked(order_id)
    api.record_return_scan(
        return_id=view.summary.id,
        status=TrackingStatus.IN_TRANSIT,
        occurred_at=AT,
        by=WANDA,
        at=LATER,
    )
    look_at_due(LATER + timedelta(days=15))
    view = api.get_return(view.summary.id, at=LATER)
    assert view.summary.needs == "find"
    view = api.resolve_missing(
        return_id=view.summary.id, outcome="refund", reason="Receipt shown", by=SAM, at=LATER
    )
    assert view.summary.state is ReturnState.CLOSED
    assert billing.get_money(order_id).pending_minor == 4000


def test_canceling_frees_pieces_and_shelves_and_paying_stops_it(store):
    ids = stocked(K_1=5, K_2=1)
    order_id = bought()
    wish = of(order_id, 1, Outcome.EXCHANGE, exchange_variant_id=ids["K-2"])
    view = asked(order_id, wish)
    with pytest.raises(DomainError) as caught:
        asked(order_id, wish)
    assert caught.value.code == "sold_out"
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    again = asked(order_id, wish)
    assert again.new_things[0].state == "reserved"


def test_a_withdrawal_is_taken_acknowledged_and_matched(store):
    order_id = bought()

    def send(number, contact):
        return api.withdraw_from_contract(
            name="Maya", order_number=number, contact=contact, by=MAYA, at=AT
        )

    from doorstep.rooms.returns.actions.withdraw import match_by_itself
    from doorstep.rooms.returns.flow.telling import acknowledge

    known = send("#1001", "maya@example.com")
    unknown = send("#9999", "nobody@example.com")
    assert (known.number, unknown.number) == ("W-1001", "W-1002")
    for one in (known, unknown):
        acknowledge([one.id], by=INES, at=AT)
        match_by_itself(one.id, by=INES, at=AT)
    mails = messaging.list_messages().items
    assert sorted(one.to_address for one in mails if one.kind == "withdrawal_received") == [
        "maya@example.com",
        "nobody@example.com",
    ]
    found = api.get_withdrawal(known.id)
    assert found.state == "matched"
    view = api.get_return(found.return_id, at=AT)
    assert view.summary.kind == "withdrawal"
    assert view.summary.state is ReturnState.APPROVED
    assert api.get_withdrawal(unknown.id).state == "unmatched"
    with pytest.raises(Exception, match="kept as it was sent"):
        Withdrawal.objects.filter(id=known.id).update(name="Somebody else")
    assert order_id


def test_a_withdrawal_gives_back_the_shipping_too(store):
    from doorstep.rooms.orders.contracts import ChargeKind, IncomingCharge, OrderTotals
    from doorstep.rooms.returns.actions.withdraw import match_by_itself

    bought(
        charges=(IncomingCharge(ChargeKind.SHIPPING, "DHL", 490),),
        totals=OrderTotals(4000, 0, 490, 0, 4490),
    )
    sent = api.withdraw_from_contract(
        name="Maya", order_number="1001", contact="maya@example.com", by=MAYA, at=AT
    )
    match_by_itself(sent.id, by=INES, at=AT)
    return_id = api.get_withdrawal(sent.id).return_id
    view = api.record_return_scan(
        return_id=return_id,
        status=TrackingStatus.IN_TRANSIT,
        occurred_at=AT,
        by=WANDA,
        at=LATER,
    )
    assert [one.amount_minor for one in view.settlements] == [4490]


def test_parcels_are_made_good_once_by_hand(store):
    order_id = bought()
    tracker = api_tracker(order_id)
    made = api.make_good(
        order_id=order_id,
        remedy=MakeGoodRemedy.CREDIT,
        tracker_id=tracker,
        amount_minor=500,
        by=SAM,
        at=AT,
    )
    assert made.state == "made"
    with pytest.raises(DomainError) as caught:
        api.make_good(
            order_id=order_id,
            remedy=MakeGoodRemedy.REFUND,
            tracker_id=tracker,
            amount_minor=500,
            by=SAM,
            at=AT,
        )
    assert caught.value.code == "made_good_already"
    assert billing.get_money(order_id).credited_minor == 500


def api_tracker(order_id):
    from doorstep.rooms.tracking import api as tracking

    return tracking.list_progress([order_id])[order_id][0].tracker_id


def test_a_reship_is_an_order_at_no_price(store):
    stocked(K_1=5)
    order_id = bought()
    line = lines_of(order_id)[0]
    made = api.reship(order_id=order_id, lines=[(line.id, 1)], reason="Lost", by=SAM, at=AT)
    new = orders.get_order(made.new_order_id)
    assert new.summary.total_minor == 0
    assert new.summary.state == "ready"
    assert billing.get_money(order_id).outstanding_minor == 0


def test_sending_again_has_limits_by_the_worth_of_the_goods(store):
    stocked(K_1=5)
    order_id = bought()
    line = lines_of(order_id)[0]
    below = line.total_minor // line.quantity - 1
    for name in ("returns.reship", "returns.make_good"):
        approvals.set_limit(
            action=name, role="support", currency="EUR", amount_minor=below, by=INES, at=AT
        )
    again = {"order_id": order_id, "lines": [(line.id, 1)], "reason": "Lost", "by": SAM, "at": AT}
    with pytest.raises(approvals.AskedForApproval) as asked:
        api.reship(**again)
    with pytest.raises(approvals.AskedForApproval):
        api.make_good(remedy=MakeGoodRemedy.RESHIP, **again)
    assert not MakeGood.objects.exists()
    approvals.decide(approval_id=asked.value.approval_id, is_approved=True, by=INES, at=AT)
    assert MakeGood.objects.get().new_order_id is not None


def test_what_seems_odd_goes_to_a_person_with_the_reason(store):
    api.save_review_rule(
        name="Often",
        condition={
            "version": 1,
            "subject": "customer",
            "where": {"fact": "customer.returns", "op": "gte", "value": 1},
        },
        words="Many returns in a year.",
        by=INES,
        at=AT,
    )
    first, second = bought(), bought(nth=2)
    assert asked(first).summary.state is ReturnState.APPROVED
    view = asked(second)
    assert view.summary.state is ReturnState.REQUESTED
    assert view.summary.review_reasons == ("Many returns in a year.",)
    view = api.decline_return(return_id=view.summary.id, reason="Worn", by=SAM, at=AT)
    assert view.summary.state is ReturnState.DECLINED
    assert asked(second).summary.state is ReturnState.REQUESTED  # the pieces are free again
