"""Store credit: given once, spent soonest end first, given back to its lots, never below zero."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actions import approvals
from doorstep.kernel.audit import list_entries
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger.api import CauseReused, find_discrepancies
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.customers import api as customers
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api
from doorstep.rooms.wallet.books import NotEnoughValue
from doorstep.rooms.wallet.tests.purses import (
    AT,
    DAY,
    INES,
    SAM,
    SYSTEM,
    WANDA,
    card,
    give,
    pay,
    pay_by_card,
    shopper,
)

pytestmark = pytest.mark.django_db


def left(customer: UUID) -> int:
    return sum(b.balance_minor for b in api.balances_of([customer]).get(customer, []))


def test_credit_is_given_once_and_spent_soonest_end_first(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 1000, "return-1")
    give(maya, 500, "sorry-1", days=30)
    balance = give(maya, 500, "sorry-1", days=30)
    assert (balance.balance_minor, balance.next_expiry_minor) == (1500, 500)
    assert balance.next_expiry_at == AT + 30 * DAY
    assert pay(maya, 700, "order-1").balance_minor == 800
    assert pay(maya, 700, "order-1").balance_minor == 800
    assert pay(maya, 800, "order-2").next_expiry_at is None
    lines = api.statement(maya, "EUR").lines
    assert [(line.kind, line.amount_minor, line.balance_minor) for line in lines] == [
        ("spent", -800, 0), ("spent", -700, 800), ("issued", 500, 1500), ("issued", 1000, 1000),
    ]  # fmt: skip


def test_more_than_there_is_takes_nothing_and_says_how_much_there_is(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 1000, "return-1")
    with pytest.raises(NotEnoughValue, match=r"€10\.00 left"):
        pay(maya, 1001, "order-1")
    with pytest.raises(NotEnoughValue):
        api.take_back_credit(
            customer_id=maya, currency="EUR", amount_minor=2000, cause="x", words="", by=INES, at=AT
        )
    with pytest.raises(NotEnoughValue, match="nothing left"):
        api.spend_credit(customer_id=maya, currency="USD", amount_minor=1, cause="y", words="",
                         by=SYSTEM, at=AT)  # fmt: skip
    assert left(maya) == 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"amount_minor": 10**15},
        {"currency": "euro"},
        {"cause": " "},
        {"expires_at": AT},
    ],
)
def test_what_can_not_be_is_refused(store: StoreInfo, wrong: dict[str, object]) -> None:
    maya = shopper()
    fit = {"customer_id": maya, "currency": "EUR", "amount_minor": 5, "cause": "c", "words": ""}
    with pytest.raises(Invalid):
        api.issue_credit(**{**fit, **wrong}, by=INES, at=AT)  # type: ignore[arg-type]
    assert api.balances_of([maya]) == {}


def test_only_who_may_issues(store: StoreInfo) -> None:
    maya = shopper()
    for act in (api.issue_credit, api.take_back_credit):
        with pytest.raises(PermissionDenied):
            act(customer_id=maya, currency="EUR", amount_minor=5, cause="c", words="", by=WANDA,
                at=AT)  # fmt: skip
    assert api.balances_of([maya]) == {}
    api.issue_credit(
        customer_id=maya, currency="EUR", amount_minor=5, cause="c", words="Sorry", by=SAM, at=AT
    )
    (entry,) = list_entries(store.id, subject=f"customer:{maya}")
    assert (entry.action, entry.actor) == ("wallet.issue_credit", "user:sam")


def test_a_customer_who_is_not_there_gets_nothing(store: StoreInfo) -> None:
    with pytest.raises(NotFound):
        give(new_id(), 5, "c")


def test_a_spend_goes_back_to_its_lots(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 500, "soon", days=10)
    give(maya, 500, "late", days=90)
    order = f"order:{new_id()}:credit"
    pay(maya, 800, order)
    back = api.give_back_spend(
        cause=order, amount_minor=400, give_back_cause="return-1", by=SYSTEM, at=AT
    )
    assert (back.amount_minor, back.balance_minor) == (400, 600)
    account = api.balances_of([maya])[maya][0].account_id
    assert api.list_lots(account, at=AT) == [(100, AT + 10 * DAY), (500, AT + 90 * DAY)]
    with pytest.raises(Conflict):
        api.give_back_spend(
            cause=order, amount_minor=401, give_back_cause="return-2", by=SYSTEM, at=AT
        )
    after = AT + 50 * DAY
    api.give_back_spend(
        cause=order, amount_minor=400, give_back_cause="return-3", by=SYSTEM, at=after
    )
    (kept, renewed) = api.list_lots(account, at=after)
    assert kept == (500, AT + 90 * DAY)[:0] + kept
    assert renewed in [(400, after + 30 * DAY), (500, AT + 90 * DAY)]


def test_events_tell_the_order_and_the_customer(store: StoreInfo) -> None:
    ensure_cursors()
    maya, order = shopper(), new_id()
    give(maya, 500, "return-1")
    pay(maya, 100, f"order:{order}:credit")
    run_until_idle()
    assert [one["name"] for one in list_events(subjects=[f"order:{order}"])] == [
        "wallet.value_spent"
    ]


def test_balances_of_many_take_two_queries(store: StoreInfo) -> None:
    people = [shopper(f"p{n}") for n in range(20)]
    for nth, person in enumerate(people):
        give(person, 100, f"gift-{nth}")
    with CaptureQueriesContext(connection) as queries:
        found = api.balances_of(people)
    assert len(found) == 20
    assert len(queries) == 2


def test_credit_follows_a_merge_and_comes_back(store: StoreInfo) -> None:
    ensure_cursors()
    maya, amelie = shopper("maya"), shopper("amelie")
    give(maya, 1000, "m")
    give(amelie, 500, "a", days=20)
    pay(amelie, 200, "order-a")
    bought = card(buyer_id=amelie)
    merge = customers.merge_customers(survivor_id=maya, absorbed_id=amelie, by=INES, at=AT)
    run_until_idle()
    assert left(maya) == left(amelie) == 1300
    assert give(amelie, 500, "a", days=20).balance_minor == 1300  # a repeat finds its way
    assert pay(maya, 200, "order-a").balance_minor == 1300
    api.give_back_spend(cause="order-a", amount_minor=200, give_back_cause="r", by=SYSTEM, at=AT)
    pay(maya, 100, "order-b")
    customers.undo_merge(merge_id=merge.id, by=INES, at=AT)
    run_until_idle()
    assert (left(maya), left(amelie)) == (1000, 400)
    assert api.get_gift_card(bought.id, at=AT).buyer_id == amelie
    assert find_discrepancies() == []


def test_merges_in_a_row_arrive_in_any_order(store: StoreInfo) -> None:
    from doorstep.rooms.customers.events import CustomersMerged
    from doorstep.rooms.wallet import following

    ensure_cursors()
    a, b, c = shopper("a"), shopper("b"), shopper("c")
    give(b, 20, "b")
    give(c, 3, "c")
    inner = customers.merge_customers(survivor_id=b, absorbed_id=c, by=INES, at=AT)
    outer = customers.merge_customers(survivor_id=a, absorbed_id=b, by=INES, at=AT)
    following.merge(CustomersMerged(outer.id, a, b), by=SYSTEM, at=AT)
    following.merge(CustomersMerged(inner.id, b, c), by=SYSTEM, at=AT)
    run_until_idle()
    assert left(a) == 23
    customers.undo_merge(merge_id=outer.id, by=INES, at=AT)
    run_until_idle()
    assert (left(a), left(b)) == (0, 23)
    customers.undo_merge(merge_id=inner.id, by=INES, at=AT)
    run_until_idle()
    assert (left(b), left(c)) == (20, 3)
    assert find_discrepancies() == []


def test_an_erased_buyer_leaves_figures_only(store: StoreInfo) -> None:
    ensure_cursors()
    maya = shopper()
    give(maya, 1000, "m")
    mine = card(buyer_id=maya, sender_name="Maya", words="Love", recipient_name="Tom")
    customers.erase_customer(customer_id=maya, by=INES, at=AT)
    run_until_idle()
    seen = api.get_gift_card(mine.id, at=AT)
    assert (seen.sender_name, seen.words, seen.recipient_name) == ("", "", "")
    assert seen.balance_minor == 5000
    with pytest.raises(NotFound):
        pay(maya, 10, "order")
    credit = next(row for row in api.liability(at=AT) if row.kind == "store_credit")
    assert credit.total_minor == 1000


def test_liability_by_currency_age_and_end(store: StoreInfo) -> None:
    maya = shopper()
    give(maya, 1000, "a", days=20)
    give(maya, 500, "b")
    card(7000, expires_at=AT + 1000 * DAY)
    spent = card(300, "other")
    pay_by_card(spent.code, 300, "order")
    later = AT + timedelta(days=40)
    with CaptureQueriesContext(connection) as queries:
        credit, cards = api.liability(at=later)
    assert len(queries) == 4
    assert (credit.total_minor, dict(credit.ending)[None]) == (500, 500)
    assert [amount for _, _, amount in credit.by_age] == [0, 500, 0, 0, 0]
    assert (cards.currency, cards.total_minor, cards.holders) == ("EUR", 7000, 1)
    assert dict(cards.ending)[0] == 7000


def test_another_stores_wallet_is_not_there(store: StoreInfo, other_store: StoreInfo) -> None:
    maya, mine = shopper(), card()
    give(maya, 1000, "m")
    with store_scope(other_store.id):
        assert api.balances_of([maya]) == {}
        assert api.liability(at=AT) == []
        with pytest.raises(NotFound):
            pay_by_card(mine.code, 10, "order")
        with pytest.raises(NotFound):
            api.get_gift_card(mine.id, at=AT)


def test_the_statement_goes_on_page_by_page(store: StoreInfo) -> None:
    maya = shopper()
    for nth in range(5):
        give(maya, 100, f"gift-{nth}")
    first = api.statement(maya, "EUR", limit=3)
    rest = api.statement(maya, "EUR", first.next_cursor, limit=3)
    assert [len(first.lines), len(rest.lines), rest.next_cursor] == [3, 2, ""]
    with pytest.raises(Invalid):
        api.statement(maya, "EUR", "x")
    with pytest.raises(NotFound):
        api.statement(maya, "USD")


@pytest.mark.django_db(transaction=True)
def test_64_checkouts_at_once_never_overspend(store: StoreInfo) -> None:
    maya, mine = shopper(), card(1000)
    give(maya, 1000, "m")

    def checkout(nth: int) -> int:
        with store_scope(store.id):
            try:
                if nth % 2:
                    pay(maya, 100, f"order-{nth}")
                else:
                    pay_by_card(mine.code, 100, f"order-{nth}")
            except NotEnoughValue:
                return 0
            return 1

    assert sum(at_once(64, checkout)) == 20
    assert left(maya) == 0
    assert find_discrepancies() == []


def test_one_reference_pays_once_whatever_with(store: StoreInfo) -> None:
    maya, jonas = shopper(), shopper("jonas")
    give(maya, 1000, "m")
    give(jonas, 1000, "j")
    pay(maya, 100, "order-1")
    with pytest.raises(CauseReused):
        pay(jonas, 100, "order-1")
    with pytest.raises(CauseReused):
        pay(maya, 200, "order-1")
    assert (left(maya), left(jonas)) == (900, 1000)


def test_giving_credit_and_cards_has_limits_like_refunds(store: StoreInfo) -> None:
    maya = shopper()
    for name in ("wallet.issue_credit", "wallet.issue_gift_card"):
        approvals.set_limit(
            action=name, role="support", currency="EUR", amount_minor=500, by=INES, at=AT
        )
    given = {"currency": "EUR", "words": "Sorry", "by": SAM, "at": AT}
    api.issue_credit(customer_id=maya, amount_minor=500, cause="a", **given)
    with pytest.raises(approvals.AskedForApproval):
        api.issue_credit(customer_id=maya, amount_minor=501, cause="b", **given)
    with pytest.raises(approvals.AskedForApproval):
        api.issue_gift_card(amount_minor=501, cause="c", **given)
    assert left(maya) == 500
    # What another action judged is not judged twice.
    api.give_credit(customer_id=maya, amount_minor=900, cause="d", **given)
    assert left(maya) == 1400
