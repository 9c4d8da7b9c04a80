"""The books over real orders, payments and stored value: what goes in, what goes back, never more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.events import ParkedEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api
from doorstep.rooms.billing.contracts import Account, GiveBack, GiveBackLine, PayBack
from doorstep.rooms.billing.models import Booking, Entry
from doorstep.rooms.billing.rules.quoting import MoreThanIsLeft
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus, LineAmounts, OrderTotals
from doorstep.rooms.orders.tests.cast import AT, INES, LATER, line, order, record, refund
from doorstep.rooms.payments import api as payments
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet

pytestmark = pytest.mark.django_db
BY = Actor.system("billing.tests")


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> Iterator[None]:
    ensure_cursors()
    with store_scope(store.id):
        yield


def place(**more: object) -> UUID:
    """Record a paid order: two teas for 20.00, tax of 1.31 within, shipping 4.90."""
    tea = line(quantity=2, amounts=LineAmounts(1000, 0, 131, 2000))
    totals = OrderTotals(2000, 0, 490, 131, 2490)
    return record(order(lines=[tea], **{"totals": totals, **more}))[0].order_id


def line_of(order_id: UUID) -> UUID:
    return orders.get_order(order_id).lines[0].id


def back(order_id: UUID, cause: str, *, how: PayBack = PayBack.SOURCE, **ask: object) -> object:
    return api.give_back(
        order_id=order_id, ask=GiveBack(**ask), how=how, cause=cause, by=BY, at=LATER
    )


def settle_by_hand(order_id: UUID, *, failed: str = "") -> None:
    """Say what became of refunds that a person makes."""
    payments.ask_all_due(at=LATER)
    for one in payments.list_refunds([f"order:{order_id}"])[f"order:{order_id}"]:
        if one.state == "needs_person":
            payments.settle_refund(refund_id=one.id, failed_words=failed, by=INES, at=LATER)
    run_until_idle()


def test_reading_writes_nothing_and_agrees_with_open_books() -> None:
    order_id = place()
    before = api.get_money(order_id)
    assert not Booking.objects.exists()
    assert (before.total_minor, before.paid_minor, before.outstanding_minor) == (2490, 2490, 0)
    assert before.refundable_minor == 2490
    api.ensure_open(order_id, by=BY, at=LATER)
    after = api.get_money(order_id)
    assert after.by_account == before.by_account
    assert after.lines == before.lines
    assert after.by_account[Account.TAX] == -131


def test_a_piece_goes_back_to_the_cent_and_once() -> None:
    order_id = place()
    ask = (GiveBackLine(line_of(order_id), 1),)
    given_back = back(order_id, "return:1", lines=ask)
    again = back(order_id, "return:1", lines=ask)
    assert (given_back.refund_minor, again.refund_minor, again.is_repeat) == (1000, 1000, True)
    assert again.quote == given_back.quote
    assert given_back.quote.lines[0].tax_minor == 66
    money = api.get_money(order_id)
    assert (money.pending_minor, money.outstanding_minor, money.total_minor) == (1000, 0, 1490)
    settle_by_hand(order_id)
    money = api.get_money(order_id)
    assert (money.pending_minor, money.refunded_minor, money.refundable_minor) == (0, 1000, 1490)
    rest = back(order_id, "return:2", lines=ask, shipping_minor=None)
    assert rest.refund_minor == 1490
    assert api.get_money(order_id).lines[0].tax_minor == 131
    with pytest.raises(MoreThanIsLeft, match="only 0 can still go back"):
        back(order_id, "return:3", lines=ask)
    [known] = [one.refunds for one in orders.get_orders([order_id]).values()]
    assert [one.amount_minor for one in known] == [1000]


def test_a_refused_refund_is_owed_again_and_can_be_paid_as_credit() -> None:
    order_id = place()
    back(order_id, "return:1", lines=(GiveBackLine(line_of(order_id), 1),))
    settle_by_hand(order_id, failed="The card is closed")
    money = api.get_money(order_id)
    assert (money.outstanding_minor, money.pending_minor, money.refunded_minor) == (-1000, 0, 0)
    paid = api.settle(
        order_id=order_id, cause="settle:1", how=PayBack.STORE_CREDIT, by=BY, at=LATER
    )
    assert paid
    assert paid.credit_minor == 1000
    assert api.settle(order_id=order_id, cause="settle:2", by=BY, at=LATER) is None
    repeated = api.settle(order_id=order_id, cause="settle:1", by=BY, at=LATER)
    assert repeated
    assert repeated.is_repeat
    customer_id = money.customer_id
    assert customer_id
    [balance] = wallet.balances_of([customer_id])[customer_id]
    assert (balance.balance_minor, balance.currency) == (1000, "EUR")


def test_credit_with_a_bonus() -> None:
    order_id = place()
    given_back = api.give_back(
        order_id=order_id,
        ask=GiveBack((GiveBackLine(line_of(order_id), 2),)),
        how=PayBack.STORE_CREDIT,
        bonus_minor=300,
        cause="return:1",
        by=BY,
        at=LATER,
    )
    assert given_back.credit_minor == 2300
    money = api.get_money(order_id)
    assert (money.credited_minor, money.refundable_minor, money.total_minor) == (2300, 490, 490)


def test_a_refund_at_the_provider_after_store_credit_stops_nothing() -> None:
    order_id = place()
    back(order_id, "return:1", how=PayBack.STORE_CREDIT, shipping_minor=None, lines=(
        GiveBackLine(line_of(order_id), 2),
    ))  # fmt: skip
    run_until_idle()
    [charge] = payments.list_charges([f"order:{order_id}"])[f"order:{order_id}"]
    payments.note_platform_refund(
        charge_id=charge.id, external_id="re_1", amount_minor=2490, currency="EUR",
        refunded_at=LATER, by=BY, at=LATER,
    )  # fmt: skip
    run_until_idle()
    noticed = [one for one in Booking.objects.all() if one.kind == "platform_refund"]
    assert [one.data["amount_minor"] for one in noticed] == [2490]
    assert "beyond" in noticed[0].words
    assert not ParkedEvent.objects.exists()
    money = api.get_money(order_id)
    assert (money.outstanding_minor, money.refundable_minor) == (0, 0)


def test_an_unpaid_order_only_gets_cheaper() -> None:
    order_id = place(financial_status=FinancialStatus.PENDING)
    given_back = back(order_id, "return:1", lines=(GiveBackLine(line_of(order_id), 1),))
    assert (given_back.refund_minor, given_back.quote.payable_minor) == (0, 0)
    assert api.get_money(order_id).outstanding_minor == 1490


def test_what_the_platform_refunded_is_not_refunded_again() -> None:
    order_id = place(refunds=(refund(amount=1000),))
    money = api.get_money(order_id)
    assert (money.refunded_minor, money.refundable_minor) == (1000, 1490)
    assert money.lines[0].back_quantity == 1
    api.ensure_open(order_id, by=BY, at=LATER)
    orders.record_refunds(
        [refund(2, amount=500)], sales_channel="shopify", by=Actor("connector", "s", "S"), at=LATER
    )
    run_until_idle()
    money = api.get_money(order_id)
    assert (money.refunded_minor, money.refundable_minor) == (1500, 990)
    with pytest.raises(MoreThanIsLeft):
        back(order_id, "return:1", allowance_minor=991)
    assert back(order_id, "return:1", allowance_minor=990).refund_minor == 990


def test_a_refund_of_ours_that_the_platform_reports_is_one() -> None:
    order_id = place()
    given_back = back(order_id, "return:1", lines=(GiveBackLine(line_of(order_id), 1),))
    [refund_id] = given_back.refund_ids
    ours = replace(refund(7, amount=1000), reason=f"Doorstep {refund_id}")
    orders.record_refunds(
        [ours], sales_channel="shopify", by=Actor("connector", "s", "S"), at=LATER
    )
    run_until_idle()
    money = api.get_money(order_id)
    assert (money.refunded_minor, money.pending_minor, money.total_minor) == (1000, 0, 1490)
    settle_by_hand(order_id)
    assert api.get_money(order_id).refunded_minor == 1000
    assert len(orders.get_order(order_id).refunds) == 1


def test_a_canceled_order_is_owed_back_and_settled() -> None:
    order_id = place()
    api.ensure_open(order_id, by=BY, at=LATER)
    orders.cancel_from_platform(
        sales_channel="shopify", external_id="order-1", reason="changed mind", by=BY, at=LATER
    )
    run_until_idle()
    assert api.get_money(order_id).outstanding_minor == -2490
    paid = api.settle(order_id=order_id, cause="cancel", by=BY, at=LATER)
    assert paid
    assert paid.refund_minor == 2490
    assert api.get_money(order_id).outstanding_minor == 0


def test_exchange_money_moves_between_two_orders() -> None:
    first = place()
    [second] = [
        one.order_id
        for one in orders.record_orders(
            [
                order(
                    2,
                    lines=[line("POT", price=800)],
                    charges=(),
                    totals=OrderTotals(800, 0, 0, 0, 800),
                )
            ],
            sales_channel="doorstep",
            connection_id=None,
            mode="live",
            by=BY,
            at=LATER,
        )
    ]
    assert api.get_money(second).outstanding_minor == 800
    back(first, "return:1", how=PayBack.NONE, lines=(GiveBackLine(line_of(first), 1),))
    moved = {"from_order_id": first, "to_order_id": second, "amount_minor": 800}
    api.transfer(**moved, cause="return:1:exchange", by=BY, at=LATER)
    api.transfer(**moved, cause="return:1:exchange", by=BY, at=LATER)
    assert api.get_money(second).outstanding_minor == 0
    assert api.get_money(first).outstanding_minor == -200
    with pytest.raises(api.NothingToPay):
        api.transfer(**moved, cause="return:1:more", by=BY, at=LATER)
    assert sum(Entry.objects.values_list("amount_minor", flat=True)) == 0


def test_stored_value_that_paid_goes_back_where_it_came_from() -> None:
    order_id = place(financial_status=FinancialStatus.PENDING)
    customer_id = api.get_money(order_id).customer_id
    assert customer_id
    wallet.issue_credit(
        customer_id=customer_id,
        currency="EUR",
        amount_minor=3000,
        cause="gift",
        words="Sorry",
        by=INES,
        at=LATER,
    )
    assert api.pay_with_credit(order_id=order_id, cause="pay:1", by=BY, at=LATER) == 2490
    assert api.pay_with_credit(order_id=order_id, cause="pay:1", by=BY, at=LATER) == 2490
    given_back = back(order_id, "return:1", lines=(GiveBackLine(line_of(order_id), 1),))
    assert (given_back.credit_minor, given_back.refund_minor) == (1000, 0)
    [balance] = wallet.balances_of([customer_id])[customer_id]
    assert balance.balance_minor == 1510
    money = api.get_money(order_id)
    assert (money.outstanding_minor, money.refundable_minor) == (0, 1490)


def test_another_stores_order_is_not_there() -> None:
    order_id = place()
    with store_scope(new_id()), pytest.raises(DomainError, match="no such order"):
        api.get_money(order_id)


def test_many_orders_are_read_in_as_few_queries_as_one(store: StoreInfo) -> None:
    ids = [one.order_id for one in record(*(order(nth) for nth in range(1, 9)))]
    for order_id in ids[:5]:
        api.ensure_open(order_id, by=BY, at=LATER)
    with CaptureQueriesContext(
        connection,
    ) as few:
        api.get_moneys(ids[:1])
    with CaptureQueriesContext(connection) as many:
        api.get_moneys(ids)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("legs", "guard"),
    [
        ([("paid", "order", 5)], "booking_adds_up"),
        ([("paid", "order", -3000), ("receivable", "order", 3000)], "never_more_than_paid"),
        ([("goods", "line", 3000), ("receivable", "order", -3000)], "never_more_than_sold"),
    ],
)
def test_the_database_refuses_wrong_books(legs: list, guard: str, store: StoreInfo) -> None:
    order_id = place()
    api.ensure_open(order_id, by=BY, at=LATER)
    booking = Booking.objects.first()
    assert booking
    fresh = Booking.objects.create(
        store_id=store.id,
        book_id=booking.book_id,
        kind="give_back",
        cause="wrong",
        booked_at=AT,
        booked_by="x",
    )
    rows = [
        Entry(
            store_id=store.id,
            book_id=booking.book_id,
            booking=fresh,
            account=account,
            part=part,
            line_id=line_of(order_id) if part == "line" else None,
            amount_minor=amount,
        )
        for account, part, amount in legs
    ]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Entry.objects.bulk_create(rows)
    assert refused.value.__cause__.diag.constraint_name == guard


@pytest.mark.parametrize("model", [Entry, Booking])
def test_nothing_is_changed_or_deleted(model: type, store: StoreInfo) -> None:
    api.ensure_open(place(), by=BY, at=LATER)
    for statement in (
        lambda: model.objects.all()._raw_delete("default"),
        lambda: model.objects.update(id=new_id()),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            statement()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["piece", "amount", "all", "credit", "fee", "refuse", "cancel", "settle"]),
        st.integers(0, 3000),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, is_paid=st.booleans())
def test_whatever_is_done_the_books_are_right(steps: list, is_paid: bool) -> None:
    status = FinancialStatus.PAID if is_paid else FinancialStatus.PENDING
    with transaction.atomic():
        order_id = place(financial_status=status)
        for nth, (what, amount) in enumerate(steps):
            try:
                with transaction.atomic():
                    do(order_id, what, amount, nth)
            except DomainError:
                continue
        money = api.get_money(order_id)
        paid_in = 2490 if is_paid else 0
        entries = Entry.objects.values_list("amount_minor", flat=True)
        assert sum(entries) == 0
        went_out = money.refunded_minor + money.pending_minor + money.credited_minor
        bonus = money.by_account[Account.BONUS]
        assert 0 <= went_out - bonus <= paid_in
        assert money.paid_minor == paid_in
        assert money.outstanding_minor == money.total_minor - paid_in + went_out - bonus
        assert all(0 <= one.back_minor <= one.total_minor for one in money.lines)
        assert all(sum(e.amount_minor for e in one.entries) == 0 for one in money.bookings)
        transaction.set_rollback(True)


def do(order_id: UUID, what: str, amount: int, nth: int) -> None:
    """Do one of the things that can happen to an order's money."""
    tea = line_of(order_id)
    cause = f"step:{nth}"
    match what:
        case "piece":
            back(order_id, cause, lines=(GiveBackLine(tea, 1),))
        case "amount":
            back(order_id, cause, lines=(GiveBackLine(tea, 0, amount),))
        case "all":
            back(order_id, cause, lines=(GiveBackLine(tea, 2),), shipping_minor=None)
        case "credit":
            ask = GiveBack(allowance_minor=amount)
            api.give_back(
                order_id=order_id, ask=ask, how=PayBack.STORE_CREDIT, cause=cause,
                bonus_minor=amount // 10, by=BY, at=LATER,
            )  # fmt: skip
        case "fee":
            back(order_id, cause, lines=(GiveBackLine(tea, 1),), fee_minor=amount)
        case "refuse":
            settle_by_hand(order_id, failed="No" if amount % 2 else "")
        case "cancel":
            orders.cancel_from_platform(
                sales_channel="shopify", external_id="order-1", reason="", by=BY, at=LATER
            )
            run_until_idle()
        case "settle":
            how = PayBack.STORE_CREDIT if amount % 2 else PayBack.SOURCE
            api.settle(order_id=order_id, cause=cause, how=how, by=BY, at=LATER)
