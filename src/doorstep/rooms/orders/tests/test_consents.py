"""What a shopper ticked at checkout is kept as a consent, once, and never taken back by silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api
from doorstep.rooms.orders.tests.cast import CHANNEL, JONAS, LATER, MAYA, SHOP, order, record
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
WILLING = replace(MAYA, accepts_marketing=True)


def test_a_ticked_box_becomes_a_consent_with_its_proof(store: StoreInfo) -> None:
    [answer] = record(order(person=WILLING))
    customer_id = api.get_order(answer.order_id).summary.customer_id
    assert customer_id is not None
    [consent] = messaging.list_consents(customer_id)
    assert (consent.channel, consent.purpose, consent.state, consent.source) == (
        "email",
        "marketing",
        "granted",
        "checkout",
    )


@pytest.mark.parametrize("said", [False, None])
def test_an_empty_box_says_nothing(store: StoreInfo, said: bool | None) -> None:
    [first] = record(order(person=WILLING))
    record(order(2, person=replace(MAYA, accepts_marketing=said)))
    customer_id = api.get_order(first.order_id).summary.customer_id
    assert customer_id is not None
    assert [c.state for c in messaging.list_consents(customer_id)] == ["granted"]


def test_imported_orders_bring_their_consents_too(store: StoreInfo) -> None:
    api.import_history(
        [order(person=replace(JONAS, accepts_marketing=True))],
        sales_channel=CHANNEL,
        import_id="past",
        by=SHOP,
        at=LATER,
    )
    [found] = api.list_orders().items
    assert found.customer_id is not None
    assert [c.at for c in messaging.list_consents(found.customer_id)] == [found.placed_at]
