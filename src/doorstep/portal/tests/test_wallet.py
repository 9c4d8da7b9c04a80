"""Store credit and gift cards as shoppers see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.models import OrderLine
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet

Place = Callable[..., UUID]
Link = Callable[..., str]
BY = Actor.system("portal.tests")


@pytest.fixture
def page(place: Place, link: Link) -> str:
    """The address of an order's page, whose shopper has €10 that end and €5 that do not."""
    order = place()
    customer = orders.get_order(order).summary.customer_id
    assert customer is not None
    for amount, days in ((1000, 20), (500, None)):
        wallet.issue_credit(
            customer_id=customer, currency="EUR", amount_minor=amount, cause=f"c{amount}",
            words=f"Sorry for {amount}", expires_at=now() + timedelta(days=days) if days else None,
            by=BY, at=now(),
        )  # fmt: skip
    return link(order)


def code_of(amount: int = 2500) -> str:
    return wallet.issue_gift_card(
        currency="EUR", amount_minor=amount, cause=f"card-{amount}", by=BY, at=now()
    ).code


def test_the_order_page_leads_to_the_statement(client: Client, page: str) -> None:
    shown = client.get(page).content.decode()
    assert "€15.00" in shown
    assert f"{page}/credit" in shown
    statement = client.get(f"{page}/credit").content.decode()
    for part in (
        "You have €15.00",
        "€10.00 can be spent until",
        "€5.00 does not end",
        "Sorry for 500",
    ):
        assert part in statement


def test_without_credit_the_order_page_says_nothing_of_it(
    client: Client, place: Place, link: Link
) -> None:
    path = link(place())
    assert "store credit" not in client.get(path).content.decode()
    assert "You have none yet" in client.get(f"{path}/credit").content.decode()


def test_a_gift_card_is_added_once(client: Client, page: str) -> None:
    code = code_of()
    answer = client.post(f"{page}/credit", {"code": code.lower()})
    assert (answer.status_code, answer["Location"]) == (303, f"{page}/credit?added=1")
    assert "You have €40.00" in client.get(answer["Location"]).content.decode()
    again = client.post(f"{page}/credit", {"code": code})
    assert again.status_code == 422
    assert "nothing on this gift card" in again.content.decode()


def test_looking_changes_nothing(client: Client, page: str) -> None:
    code = code_of()
    client.get(f"{page}/credit", {"code": code})
    assert wallet.check_gift_card(code=code, by=BY, at=now()).balance_minor == 2500


def test_a_forged_link_is_a_404(client: Client, page: str) -> None:
    assert client.get(f"{page}x/credit").status_code == 404
    assert client.get(f"{page}/credit?in=EUR&after=x").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Guthaben"), ("fr", "avoir"), ("es", "saldo"), ("ar", "رصيد")],
)
def test_the_statement_in_every_language(
    client: Client, page: str, language: str, words: str
) -> None:
    shown = client.get(f"{page}/credit?lang={language}").content.decode()
    assert words in shown
    assert "You have" not in shown


def test_what_is_left_on_a_card(client: Client, store: StoreInfo) -> None:
    code, path = code_of(), f"/s/{store.slug}/gift-card"
    assert client.get(path).status_code == 200
    shown = client.post(path, {"code": code.replace("-", " ")})
    assert shown.status_code == 200
    assert "€25.00" in shown.content.decode()
    assert code not in shown.content.decode()


def test_a_guesser_learns_nothing_and_waits(client: Client, store: StoreInfo) -> None:
    path = f"/s/{store.slug}/gift-card"
    code_of()
    answers = {
        client.post(path, {"code": guess}).content.decode().split("<form")[0].count('role="alert"')
        for guess in ("0000-0000-0000-0000-0000", "A" * 20, "short")
    }
    assert answers == {0}  # the error stands at the field, alike for all
    statuses = [client.post(path, {"code": "A" * 20}).status_code for _ in range(20)]
    assert (statuses[0], statuses[-1]) == (422, 429)
    assert int(client.post(path, {"code": "A" * 20})["Retry-After"]) > 0


def test_no_such_store(client: Client, db: None) -> None:
    assert client.get("/s/nobody/gift-card").status_code == 404


def test_gift_cards_that_an_order_bought_stand_on_its_page(
    client: Client, place: Place, link: Link
) -> None:
    order = place()
    path = link(order)
    assert "Your gift cards" not in client.get(path).content.decode()
    line = orders.get_order(order).lines[0]
    OrderLine.objects.filter(id=line.id).update(is_gift_card=True)
    assert "Your gift cards" not in client.get(path).content.decode(), "none was issued yet"
    for nth, more in enumerate(
        (
            {"recipient_email": "maya@example.com"},
            {
                "recipient_email": "tom@example.com", "recipient_name": "Tom",
                "sender_name": "Maya", "send_on": date(2099, 12, 24),
            },
            {},
        ),
        start=1,
    ):  # fmt: skip
        card = wallet.issue_gift_card(
            currency="EUR", amount_minor=nth * 1000,
            cause=f"order:{order}:line:{line.id}:gift_card:{nth}", by=BY, at=now(), **more,
        )  # fmt: skip
    wallet.disable_gift_card(gift_card_id=card.id, reason="Canceled", by=BY, at=now())
    shown = client.get(path).content.decode()
    for part in ("Your gift cards", "€10.00", "On its way by e-mail", "for Tom", "24, 2099"):
        assert part in shown
    assert "can’t be used any more" in shown
    assert "tom@example.com" not in shown
    assert card.code not in shown
