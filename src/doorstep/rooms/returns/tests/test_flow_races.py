"""Two tabs, sixteen shoppers: the pieces that were bought come back once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from doorstep.kernel.errors import DomainError
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api as billing
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import AskedLine, Disposition, Outcome
from doorstep.rooms.returns.models import ReturnAuthorization, ReturnLine, ReturnSettlement
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    MAYA,
    REASON,
    WANDA,
    asked,
    bought,
    inspected,
    received,
    wish,
)
from doorstep.rooms.returns.tests.policy_cast import line, lines_of

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def at_once(store, work, count=THREADS):
    """Run the work in threads that start together; return what each answered or raised."""
    ready = Barrier(count)

    def run(nth):
        try:
            ready.wait(20)
            with store_scope(store.id):
                return work(nth)
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_sixteen_returns_of_five_pieces_take_five(store):
    order_id = bought(line(quantity=5, sku="K-1"))
    [sold] = lines_of(order_id)
    one = AskedLine(sold.id, 1, REASON, Outcome.REFUND)
    answers = at_once(
        store, lambda nth: api.request_return(request=wish(order_id, one), by=MAYA, at=AT)
    )
    refused = [x for x in answers if isinstance(x, DomainError)]
    assert len(refused) == THREADS - 5
    assert {x.code for x in refused} <= {"already_returned", "more_than_bought", "invalid"}
    assert sum(ReturnLine.objects.values_list("claimed", flat=True)) == 5
    numbers = set(ReturnAuthorization.objects.values_list("number", flat=True))
    assert numbers == {f"R-{n}" for n in range(1001, 1006)}


def test_the_same_form_from_two_tabs_is_one_return(store):
    order_id = bought()
    request = wish(order_id, key="form")
    answers = at_once(store, lambda nth: api.request_return(request=request, by=MAYA, at=AT))
    assert len({x.summary.id for x in answers}) == 1
    assert ReturnAuthorization.objects.count() == 1


def test_one_parcel_scanned_by_many_pays_once(store):
    order_id = bought()
    view = received(asked(order_id))

    def inspect(nth):
        return inspected(api.get_return(view.summary.id, at=LATER), disposition=Disposition.SCRAP)

    at_once(store, inspect, 8)
    assert ReturnSettlement.objects.count() == 1
    assert billing.get_money(order_id).pending_minor == 4000


def test_a_reception_sent_twice_at_once_is_one(store):
    from doorstep.rooms.returns.contracts import ReceivedItem

    view = asked(bought())
    item = ReceivedItem(str(view.lines[0].id), 2)

    def receive(nth):
        return api.record_reception(
            return_id=view.summary.id, items=[item], key="scan", by=WANDA, at=LATER
        )

    at_once(store, receive, 8)
    assert len(api.get_return(view.summary.id, at=LATER).pieces) == 2


def test_the_database_itself_refuses_more_than_was_bought(store):
    order_id = bought()
    view = asked(order_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnLine.objects.filter(authorization=view.summary.id).update(claimed=3)
    other = bought(nth=2, email="jonas@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        foreign = lines_of(other)[0].id
        ReturnLine.objects.filter(authorization=view.summary.id).update(order_line_id=foreign)
    assert uuid4()
