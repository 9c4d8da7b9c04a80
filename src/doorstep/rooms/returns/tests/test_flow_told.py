"""What listens to returns: messages, pauses, make-goods, payments that settle."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from doorstep.kernel.events.publish import publish
from doorstep.kernel.models.events import ParkedEvent
from doorstep.rooms.billing.events import RefundSettled
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    MakeGoodRemedy,
    MakeGoodRule,
    Outcome,
)
from doorstep.rooms.returns.flow.making_good import Trouble, propose
from doorstep.rooms.returns.models import ReturnAuthorization, ReturnSettlement
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    INES,
    LATER,
    REASON,
    SAM,
    asked,
    bought,
    inspected,
    received,
    run_events,
    stocked,
)
from doorstep.rooms.returns.tests.policy_cast import lines_of
from doorstep.rooms.tracking import api as tracking


def mails():
    """Return kind and address of every message asked for, oldest first."""
    return [(one.kind, one.to_address) for one in reversed(messaging.list_messages().items)]


def pauses(customer_id):
    """Return what a customer is sold nothing for."""
    return messaging.list_pauses(customer_id=customer_id, at=LATER)


def test_a_shopper_is_told_each_step_and_sold_nothing_meanwhile(store):
    order_id = bought()
    run_events()
    customer = orders.get_customers_of([order_id])[order_id]
    view = asked(order_id)
    run_events()
    assert ("return_approved", "maya@example.com") in mails()
    assert [one.reason for one in pauses(customer)] == ["pending_return"]
    view = received(view)
    run_events()
    assert mails()[-1] == ("return_received", "maya@example.com")
    inspected(view, refuse=1, disposition=Disposition.SCRAP, note="The spout is cracked.")
    run_events()
    assert ("return_refused", "maya@example.com") in mails()
    assert not [one for one in pauses(customer) if one.is_active]


def test_a_recipients_return_is_news_for_the_recipient_alone(store):
    order_id = bought(is_gift=True)
    run_events()
    before = len(mails())
    view = asked(
        order_id, for_recipient=True, recipient_email="tom@example.com", recipient_name="Tom"
    )
    inspected(received(view), disposition=Disposition.SCRAP)
    run_events()
    told = mails()[before:]
    assert told
    assert {address for _, address in told} == {"tom@example.com"}
    sent = [one for one in messaging.list_messages().items if one.to_address == "tom@example.com"]
    assert not [one.status_words for one in sent if one.status == "dropped"]
    customer = orders.get_customers_of([order_id])[order_id]
    assert not pauses(customer)


def test_a_refund_that_arrived_or_was_refused_is_noted(store):
    order_id = bought()
    inspected(received(asked(order_id)), disposition=Disposition.SCRAP)
    row = ReturnSettlement.objects.get()
    assert row.state == "booked"
    [refund_id] = row.refund_ids
    # A bank may say no after its yes: then it is owed again.
    for is_refused, state in ((True, "refused"), (False, "settled"), (True, "refused")):
        fact = RefundSettled(
            order_id, None, UUID(refund_id), row.cause, "EUR", 4000, is_refused, "Account closed"
        )
        publish(fact, key=order_id, at=LATER, by=INES, subject=f"order:{order_id}")
        run_events()
        row.refresh_from_db()
        assert row.state == state


def test_a_late_parcel_is_made_good_within_the_budget(store):
    stocked(K_1=50)
    rule = MakeGoodRule(
        "late",
        MakeGoodRemedy.CREDIT,
        percent=10,
        auto_below_minor=1000,
        budget_minor=700,
        is_active=True,
    )
    api.set_make_good_rule(rule=rule, by=INES, at=AT)
    made = []
    for nth in (1, 2):
        order_id = bought(nth=nth)
        [parcel] = tracking.list_progress([order_id])[order_id]
        _late(parcel.tracker_id)
        trouble = Trouble(parcel.tracker_id, order_id, parcel.parcel_id, "late")
        assert propose([trouble, trouble], by=INES, at=AT) == 1
        assert propose([trouble], by=INES, at=AT) == 0  # never twice for a parcel
        made.append(order_id)
    first, second = api.list_make_goods_of(made)
    assert (first.state, first.amount_minor) == ("made", 400)
    assert second.state == "proposed"
    assert "budget" in second.words
    assert api.budget_spent(at=AT) == {"late": 400}
    run_events()
    assert [kind for kind, _ in mails()].count("made_good") == 1
    done = api.decide_make_good(make_good_id=second.id, is_approved=True, by=SAM, at=AT)
    assert done.state == "made"


def test_a_parcel_that_arrived_meanwhile_is_left_alone(store):
    from doorstep.rooms.returns.flow.making_good import look_at_due_make_goods

    rule = MakeGoodRule("late", MakeGoodRemedy.CREDIT, percent=10, after_days=2, is_active=True)
    api.set_make_good_rule(rule=rule, by=INES, at=AT)
    order_id = bought()
    [parcel] = tracking.list_progress([order_id])[order_id]
    trouble = Trouble(parcel.tracker_id, order_id, parcel.parcel_id, "late")
    propose([trouble], by=INES, at=AT)
    assert api.list_make_goods_of([order_id])[0].state == "proposed"
    look_at_due_make_goods(AT + timedelta(days=3))
    assert api.list_make_goods_of([order_id])[0].state == "declined"


def test_reasons_by_product_and_what_they_advise(store):
    stocked(K_1=50)
    order_id = bought()
    line = AskedLine(lines_of(order_id)[0].id, 1, REASON, Outcome.REFUND)
    asked(order_id, line)
    [row] = api.reasons_report(since=AT - timedelta(days=1), until=AT + timedelta(days=1))
    assert (row.product_title, row.reason_code, row.pieces, row.value_minor) == (
        "Kettle",
        REASON,
        1,
        2000,
    )
    [advice] = api.product_advice([row.product_id], at=AT + timedelta(days=1)).values()
    assert (advice.sold, advice.returned, advice.words) == (2, 1, "")


def _late(tracker_id):
    from django.apps import apps

    rows = apps.get_model("tracking", "Tracker").objects.filter(id=tracker_id)
    rows.update(late_since=AT, delivered_at=None, status="in_transit", is_open=True)


def test_whoever_is_erased_is_erased_from_returns(store):
    order_id = bought(is_gift=True)
    run_events()
    view = asked(
        order_id, for_recipient=True, recipient_email="tom@example.com", recipient_name="Tom"
    )
    customer = orders.get_customers_of([order_id])[order_id]
    customers.erase_customer(customer_id=customer, by=INES, at=LATER)
    run_events()
    row = ReturnAuthorization.objects.get(id=view.summary.id)
    assert (row.recipient_name, row.recipient_email) == ("", "")
    assert "tom" not in row.search_text
    assert not ParkedEvent.objects.exists()
