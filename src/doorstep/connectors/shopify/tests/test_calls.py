"""Telling a Shopify shop, over HTTP against a shop that behaves like one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from dev.fakes.shopify_api import CLIENT_ID, CLIENT_SECRET, Shop, shopify_api
from doorstep.connectors.base import api as connections
from doorstep.connectors.shopify.changing import SHOPIFY_SHOP
from doorstep.connectors.shopify.refunding import SHOPIFY_REFUNDS
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.ids import new_id
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell, TellLine, TryAgain
from doorstep.rooms.payments import ports as payments
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
INES = Actor("user", "ines", "Ines", role="owner")


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    with shopify_api() as fake:
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        fake.add_order("77", {"501": 2, "502": 1}, "30.00")
        yield fake


@pytest.fixture
def connection(store: StoreInfo, shop: Shop) -> UUID:
    made = connections.connect_shop(
        kind="shopify", name="Shopify", secret="s" * 20, shop_url=shop.url, by=INES, at=now()
    )
    connections.set_credentials(
        connection_id=made.id,
        credentials={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        by=INES,
        at=now(),
    )
    return made.id


def tell(connection: UUID, power: ShopPower, **more: Any) -> Tell:
    given: dict[str, Any] = {"task_id": new_id(), "note": "The shopper changed the order."}
    return Tell(
        power=power,
        connection_id=connection,
        order_external_id="77",
        currency="EUR",
        **(given | more),
    )


def test_without_access_nothing_can_be_told(store: StoreInfo, shop: Shop) -> None:
    made = connections.connect_shop(
        kind="shopify", name="Bare", secret="s" * 20, shop_url=shop.url, by=INES, at=now()
    )
    assert SHOPIFY_SHOP.powers(made.id) == frozenset()
    with pytest.raises(TryAgain, match="no app access"):
        SHOPIFY_SHOP.tell(tell(made.id, ShopPower.CANCEL))
    assert not shop.calls


def test_lines_are_changed_in_one_committed_edit(connection: UUID, shop: Shop) -> None:
    assert SHOPIFY_SHOP.powers(connection) == frozenset(ShopPower)
    ask = tell(
        connection,
        ShopPower.CHANGE_LINES,
        lines=(
            TellLine("501", 1),
            TellLine("502", 0),
            TellLine("doorstep-new", 3, variant_external_id="900"),
        ),
    )
    done = SHOPIFY_SHOP.tell(ask)
    assert isinstance(done, Done)
    [new] = done.details["lines"].values()
    assert shop.pieces("77") == {"501": 1, "502": 0, new: 3}
    again = SHOPIFY_SHOP.tell(ask)
    assert again == done
    assert len(shop.pieces("77")) == 3
    assert sum(name == "orderEditCommit" for name, _ in shop.calls) == 1


@pytest.mark.parametrize("how", ["throttled", "down", "late", "denied"])
def test_a_busy_shop_is_asked_again(connection: UUID, shop: Shop, how: str) -> None:
    shop.plan("order", how)
    ask = tell(connection, ShopPower.CANCEL)
    with pytest.raises(TryAgain) as busy:
        SHOPIFY_SHOP.tell(ask)
    assert busy.value.after_seconds == {"throttled": 2.0, "late": 7.0}.get(how)
    assert shop.order("77")["cancelledAt"] is None
    assert SHOPIFY_SHOP.tell(ask) == Done()


def test_an_answer_that_got_lost_does_nothing_twice(connection: UUID, shop: Shop) -> None:
    ask = tell(
        connection,
        ShopPower.CHANGE_LINES,
        lines=(TellLine("doorstep-new", 2, variant_external_id="900"),),
    )
    shop.plan("orderEditCommit", "lost")
    with pytest.raises(TryAgain):
        SHOPIFY_SHOP.tell(ask)
    done = SHOPIFY_SHOP.tell(ask)
    assert isinstance(done, Done)
    assert len(done.details["lines"]) == 1
    assert len(shop.pieces("77")) == 3
    cancel = tell(connection, ShopPower.CANCEL)
    shop.plan("orderCancel", "lost")
    with pytest.raises(TryAgain):
        SHOPIFY_SHOP.tell(cancel)
    assert SHOPIFY_SHOP.tell(cancel) == Done({"was_so": True})


def test_a_refusal_is_final_and_in_words(connection: UUID, shop: Shop) -> None:
    shop.plan("orderCancel", "Order has been fulfilled")
    answer = SHOPIFY_SHOP.tell(tell(connection, ShopPower.CANCEL))
    assert isinstance(answer, No)
    assert answer.words == "Order has been fulfilled"
    shop.orders.clear()
    answer = SHOPIFY_SHOP.tell(tell(connection, ShopPower.CANCEL))
    assert isinstance(answer, No)
    assert answer.code == "order_unknown"


def test_address_and_delay(connection: UUID, shop: Shop) -> None:
    address = {
        "name": "Maya Lindqvist",
        "line1": "Kastanienallee 12",
        "city": "Berlin",
        "postal_code": "10435",
        "country_code": "DE",
    }
    ask = tell(connection, ShopPower.CHANGE_ADDRESS, address=address)
    assert SHOPIFY_SHOP.tell(ask) == Done()
    assert shop.order("77")["shippingAddress"]["lastName"] == "Lindqvist"
    assert SHOPIFY_SHOP.tell(ask) == Done({"was_so": True})
    later = tell(connection, ShopPower.DELAY, note="Please do not send before 3 May.")
    assert SHOPIFY_SHOP.tell(later) == Done()
    assert SHOPIFY_SHOP.tell(later) == Done({"was_so": True})
    assert shop.order("77")["note"].count("3 May") == 1


def refund(connection: UUID | str, amount: int = 1000, **more: Any) -> payments.RefundAsk:
    return payments.RefundAsk(
        refund_id=new_id(),
        charge_external_id="77",
        currency="EUR",
        amount_minor=amount,
        reason="Too small",
        details={
            "order_external_id": "77",
            "connection_id": str(connection),
            "lines": [
                {
                    "line_external_id": "501",
                    "quantity": 1,
                    "amount_minor": amount,
                    "tax_minor": 0,
                    "restock": False,
                }
            ],
        },
        **more,
    )


def test_a_refund_moves_once_whatever_gets_lost(connection: UUID, shop: Shop) -> None:
    ask = refund(connection)
    shop.plan("refundCreate", "lost")
    with pytest.raises(payments.TryAgain):
        SHOPIFY_REFUNDS.refund(ask)
    moved = SHOPIFY_REFUNDS.refund(ask)
    assert isinstance(moved, payments.MovedMoney)
    assert SHOPIFY_REFUNDS.refund(ask) == moved
    [made] = shop.order("77")["refunds"]
    assert str(made["amount"]) == "10.00"
    assert str(ask.refund_id) in made["note"]
    assert made["lines"][0]["restockType"] == "NO_RESTOCK"


def test_more_than_was_paid_is_refused_by_the_shop(connection: UUID, shop: Shop) -> None:
    answer = SHOPIFY_REFUNDS.refund(refund(connection, 3001))
    assert isinstance(answer, payments.Refused)
    assert "exceeds" in answer.words
    assert not shop.order("77")["refunds"]


def test_what_only_a_person_can_do_is_said(connection: UUID, shop: Shop) -> None:
    assert isinstance(SHOPIFY_REFUNDS.refund(refund("")), payments.ByHand)
    shop.order("77")["presentmentCurrencyCode"] = "USD"
    assert isinstance(SHOPIFY_REFUNDS.refund(refund(connection)), payments.ByHand)
    assert not shop.order("77")["refunds"]
