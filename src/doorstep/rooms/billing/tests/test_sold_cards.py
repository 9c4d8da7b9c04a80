"""Gift cards that orders sold: once, when paid, to whom the line names, and not twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus, IncomingLine, IncomingPerson
from doorstep.rooms.orders.tests.cast import (
    CHANNEL,
    INES,
    LATER,
    SHOP,
    line,
    order,
    record,
    refund,
)
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import GiftCardView
from doorstep.rooms.wallet.rules.recipients import read_wish

pytestmark = pytest.mark.django_db
PENDING = {"financial_status": FinancialStatus.PENDING}


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> Iterator[None]:
    ensure_cursors()
    with store_scope(store.id):
        yield


def cards_line(quantity: int = 1, **more: Any) -> IncomingLine:
    more = {"is_gift_card": True, "requires_shipping": False} | more
    return line("CARD", quantity, 5000, **more)


def place(*lines: IncomingLine, connected: bool = False, at: Any = None, **more: Any) -> UUID:
    given = order(lines=list(lines), **more)
    [kept] = orders.record_orders(
        [given], sales_channel=CHANNEL, connection_id=new_id() if connected else None,
        by=SHOP, at=at or LATER - timedelta(hours=1),
    )  # fmt: skip
    run_until_idle()
    return kept.order_id


def issued(order_id: UUID) -> list[GiftCardView]:
    return [
        card for cards in wallet.list_order_cards(order_id, at=LATER).values() for card in cards
    ]


def test_a_paid_line_issues_one_card_a_piece_to_its_buyer() -> None:
    order_id = place(line(), cards_line(2))
    first, second = issued(order_id)
    assert (first.issued_minor, first.currency, first.state) == (5000, "EUR", "active")
    assert first.recipient_email == second.recipient_email == "maya@example.com"
    assert first.send_at is not None
    assert first.buyer_id is not None
    # A later version, a second payment notice: nothing more, also when the price changed.
    record(order(lines=[line(), cards_line(2)], version_at=LATER, note="Again"), at=LATER)
    dear = replace(cards_line(2), amounts=replace(cards_line(2).amounts, tax_minor=1))
    record(order(lines=[line(), dear], version_at=LATER + timedelta(hours=1)), at=LATER)
    run_until_idle()
    assert [card.id for card in issued(order_id)] == [first.id, second.id]


def test_unpaid_waits_and_paid_later_is_issued() -> None:
    order_id = place(cards_line(), **PENDING)
    assert issued(order_id) == []
    record(order(lines=[cards_line()], version_at=LATER), at=LATER)
    run_until_idle()
    assert len(issued(order_id)) == 1


def test_to_somebody_else_at_a_chosen_day() -> None:
    wishes = (
        ("Recipient email", "tom@example.com"),
        ("Recipient name", "Tom"),
        ("Message", "Happy birthday!"),
        ("Send on", "2026-12-24"),
    )
    [card] = issued(place(cards_line(properties=wishes)))
    assert (card.recipient_email, card.recipient_name) == ("tom@example.com", "Tom")
    assert (card.sender_name, card.words) == ("Maya", "Happy birthday!")
    assert card.send_at is not None
    assert (card.send_at.date(), card.state) == (date(2026, 12, 24), "waiting")
    assert card.sent_at is None


def test_what_the_shop_issues_itself_is_not_issued_again() -> None:
    order_id = place(cards_line(), connected=True)
    assert issued(order_id) == []
    orders.change_order_settings(settings={"issues_platform_cards": True}, by=INES, at=LATER)
    [card] = issued(place(cards_line(), connected=True, external_id="order-2", number="#2"))
    assert card.issued_minor == 5000
    assert issued(order_id) == [], "orders from before stay as they are until something changes"


def test_what_the_store_names_by_its_sku_is_a_gift_card_also_of_a_connected_shop() -> None:
    orders.change_order_settings(settings={"gift_card_skus": ["CARD"]}, by=INES, at=LATER)
    order_id = place(line(), cards_line(is_gift_card=False), connected=True)
    assert [one.is_gift_card for one in orders.get_order(order_id).lines] == [False, True]
    assert len(issued(order_id)) == 1


@pytest.mark.parametrize("over", ["test", "history", "free"])
def test_nothing_is_issued_for(over: str) -> None:
    more: dict[str, Any] = {"is_test": True} if over == "test" else {}
    if over == "history":
        more["placed_at"] = LATER - timedelta(days=90)
    one = line("CARD", 1, 0, is_gift_card=True) if over == "free" else cards_line()
    assert issued(place(one, **more)) == []


def test_canceled_or_given_back_stops_the_cards() -> None:
    order_id = place(cards_line(2))
    back = replace(refund(amount=5000, sku="CARD"), order_external_id="order-1")
    orders.record_refunds([back], sales_channel=CHANNEL, by=SHOP, at=LATER)
    run_until_idle()
    assert sorted(card.state for card in issued(order_id)) == ["active", "disabled"]
    orders.cancel_from_platform(
        sales_channel=CHANNEL, external_id="order-1", reason="customer", by=SHOP, at=LATER
    )
    run_until_idle()
    assert {card.state for card in issued(order_id)} == {"disabled"}
    assert all(card.balance_minor == 5000 for card in issued(order_id)), "a person can undo it"


def test_without_any_address_the_card_waits_for_somebody_to_send_it() -> None:
    [card] = issued(place(cards_line(), person=IncomingPerson(phone="+4915112345678")))
    assert (card.recipient_email, card.send_at) == ("", None)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("To", "not an address"), ("Message", "Hi")], ("", "", None)),
        ([("wc_gc_giftcard_to", "a@example.com"), ("wc_gc_giftcard_delivery", "1798156800")],
         ("a@example.com", "", date(2026, 12, 25))),
        ([("Recipient Email", "a@example.com"), ("Send on", "2019-01-01")],
         ("a@example.com", "", None)),
        ([("Recipient Email", "a@example.com"), ("Send on", "whenever"), ("Message", "x" * 9_000)],
         ("a@example.com", "x" * 1000, None)),
    ],
)  # fmt: skip
def test_wishes_are_read_or_left(pairs: list[tuple[str, str]], said: tuple[Any, ...]) -> None:
    wish = read_wish(pairs, date(2026, 11, 20))
    assert (wish.email, wish.words, wish.send_on) == said
