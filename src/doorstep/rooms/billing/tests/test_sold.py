"""What lines were sold for, of many orders at once: the same figures as the books have one by one."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine
from doorstep.rooms.orders.contracts import LineAmounts, OrderTotals
from doorstep.rooms.orders.tests.cast import AT, LATER, line, order, record
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
BY = Actor.system("billing.tests")


def place(nth: int, **more: object) -> UUID:
    """Record an order of three teas at 3.33 with 1.00 off and a kettle; tax within or on top."""
    tea = line("tea", quantity=3, amounts=LineAmounts(333, 100, 57, 899))
    kettle = line("kettle", quantity=1, amounts=LineAmounts(4990, 0, 797, 4990))
    on_top = 0 if more.get("taxes_included", True) else 854
    totals = OrderTotals(5989, 100, 0, 854, 5889 + on_top)
    given = {"lines": [tea, kettle], "totals": totals, "charges": (), **more}
    return record(order(nth, **given))[0].order_id


def test_the_same_as_the_books_one_by_one(store: StoreInfo, other_store: StoreInfo) -> None:
    within, on_top, opened = place(1), place(2, taxes_included=False), place(3)
    changed = place(4, taxes_included=False)
    for order_id in (opened, changed):
        api.ensure_open(order_id, by=BY, at=LATER)
    some = record(
        order(
            4,
            lines=[line("tea", quantity=2, amounts=LineAmounts(333, 0, 38, 666))],
            totals=OrderTotals(666, 0, 0, 38, 704),
            charges=(),
            taxes_included=False,
            version_at=LATER,
        )
    )
    assert some[0].order_id == changed
    api.sync(changed, cause="change:1", words="Fewer", by=BY, at=LATER)
    ids = [within, on_top, opened, changed]
    found = api.sold_lines(ids)
    books = [one for money in api.get_moneys(ids).values() for one in money.lines if one.quantity]
    assert len(books) == 7
    for one in books:
        sold = found[one.line_id]
        assert (sold.quantity, sold.total_minor) == (one.quantity, one.total_minor)
    assert {one.total_minor for one in found.values()} >= {899, 956, 4990, 5787, 704}
    with store_scope(other_store.id):
        assert api.sold_lines(ids) == {}


def test_pieces_are_worth_what_giving_them_back_comes_to(store: StoreInfo) -> None:
    order_id = place(1, taxes_included=False)
    for sold in api.sold_lines([order_id]).values():
        for pieces in range(1, sold.quantity + 1):
            ask = GiveBack((GiveBackLine(sold.line_id, pieces),))
            quote = api.quote_give_back(order_id, ask)
            assert api.worth_of(sold, pieces) == quote.lines[0].total_minor


def test_one_query_for_any_number(store: StoreInfo) -> None:
    ids = [place(nth) for nth in range(1, 5)]
    api.ensure_open(ids[0], by=BY, at=AT)
    with CaptureQueriesContext(connection) as queries:
        assert len(api.sold_lines(ids)) == 8
    assert len(queries) == 1
    assert api.sold_lines([]) == {}
