"""Telling a WooCommerce shop, over HTTP against a shop that behaves like one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from dev.fakes.woo_api import KEY, SECRET, WooShop, woo_api
from doorstep.connectors.base import api as connections
from doorstep.connectors.woocommerce.changing import WOO_SHOP
from doorstep.connectors.woocommerce.refunding import WOO_REFUNDS
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.ids import new_id
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell, TellLine, TryAgain
from doorstep.rooms.payments import ports as payments
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
INES = Actor("user", "ines", "Ines", role="owner")


@pytest.fixture
def shop(settings: Any) -> Iterator[WooShop]:
    with woo_api() as fake:
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        fake.add_order(77, {501: 2, 502: 1}, "30.00")
        yield fake


@pytest.fixture
def connection(store: StoreInfo, shop: WooShop) -> UUID:
    made = connections.connect_shop(
        kind="woocommerce", name="Woo", secret="s" * 20, shop_url=shop.url, by=INES, at=now()
    )
    connections.set_credentials(
        connection_id=made.id,
        credentials={"consumer_key": KEY, "consumer_secret": SECRET},
        by=INES,
        at=now(),
    )
    return made.id


def tell(connection: UUID, power: ShopPower, **more: Any) -> Tell:
    given: dict[str, Any] = {"task_id": new_id(), "note": "Changed.", "order_external_id": "77"}
    return Tell(power=power, connection_id=connection, currency="EUR", **(given | more))


def test_lines_change_with_their_sums(connection: UUID, shop: WooShop) -> None:
    ask = tell(
        connection,
        ShopPower.CHANGE_LINES,
        lines=(
            TellLine("501", 1),
            TellLine("502", 0),
            TellLine("new", 3, variant_external_id="900", unit_price_minor=450),
        ),
    )
    done = WOO_SHOP.tell(ask)
    assert isinstance(done, Done)
    first, second = shop.orders[77]["line_items"]
    assert (first["quantity"], first["total"]) == (1, "10.00")
    assert (second["quantity"], second["total"]) == (3, "13.50")
    assert done.details["lines"] == {"new": str(second["id"])}


def test_an_answer_that_got_lost_does_nothing_twice(connection: UUID, shop: WooShop) -> None:
    ask = tell(
        connection,
        ShopPower.CHANGE_LINES,
        lines=(TellLine("501", 1), TellLine("new", 3, variant_external_id="900")),
    )
    shop.plan("PUT", "lost")
    with pytest.raises(TryAgain):
        WOO_SHOP.tell(ask)
    done = WOO_SHOP.tell(ask)
    assert isinstance(done, Done)
    assert done.details["was_so"]
    assert len(shop.orders[77]["line_items"]) == 3


@pytest.mark.parametrize("how", ["down", "late", "html", "denied"])
def test_a_busy_shop_is_asked_again(connection: UUID, shop: WooShop, how: str) -> None:
    shop.plan("GET", how)
    ask = tell(connection, ShopPower.CANCEL)
    with pytest.raises(TryAgain) as busy:
        WOO_SHOP.tell(ask)
    assert busy.value.after_seconds == (9.0 if how == "late" else None)
    assert shop.orders[77]["status"] == "processing"
    assert isinstance(WOO_SHOP.tell(ask), Done)
    assert shop.orders[77]["status"] == "cancelled"


def test_an_unknown_order_is_a_final_no(connection: UUID, shop: WooShop) -> None:
    answer = WOO_SHOP.tell(tell(connection, ShopPower.CANCEL, order_external_id="78"))
    assert isinstance(answer, No)
    assert answer.words == "Invalid ID."


def test_address_and_delay(connection: UUID, shop: WooShop) -> None:
    ask = tell(
        connection, ShopPower.CHANGE_ADDRESS, address={"name": "Maya Lindqvist", "city": "Berlin"}
    )
    WOO_SHOP.tell(ask)
    assert shop.orders[77]["shipping"]["last_name"] == "Lindqvist"
    assert WOO_SHOP.tell(ask).details["was_so"]  # type: ignore[union-attr]
    later = tell(connection, ShopPower.DELAY, note="Not before 3 May.")
    WOO_SHOP.tell(later)
    WOO_SHOP.tell(later)
    assert len(shop.notes[77]) == 1


def refund(connection: UUID | str, amount: int = 1000) -> payments.RefundAsk:
    lines = [{"line_external_id": "501", "quantity": 1, "amount_minor": amount, "tax_minor": 0}]
    return payments.RefundAsk(
        refund_id=new_id(),
        charge_external_id="77",
        currency="EUR",
        amount_minor=amount,
        reason="Too small",
        details={"order_external_id": "77", "connection_id": str(connection), "lines": lines},
    )


def test_a_refund_is_never_repeated_blindly(connection: UUID, shop: WooShop) -> None:
    ask = refund(connection)
    shop.plan("POST", "lost")
    with pytest.raises(payments.TryAgain):
        WOO_REFUNDS.refund(ask)
    moved = WOO_REFUNDS.refund(ask)
    assert isinstance(moved, payments.MovedMoney)
    [made] = shop.refunds[77]
    assert (made["amount"], made["api_refund"], made["api_restock"]) == ("10.00", True, False)
    assert moved.external_id == str(made["id"])


def test_refusals_and_what_a_person_does(connection: UUID, shop: WooShop) -> None:
    answer = WOO_REFUNDS.refund(refund(connection, 3001))
    assert isinstance(answer, payments.Refused)
    assert "Invalid refund amount" in answer.words
    assert isinstance(WOO_REFUNDS.refund(refund("")), payments.ByHand)
    assert not shop.refunds[77]
