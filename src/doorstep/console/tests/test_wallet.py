"""Store credit and gift cards in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from doorstep.console.tests.shop import Shop
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.models import OrderLine
from doorstep.rooms.wallet import api as wallet

pytestmark = pytest.mark.django_db
CARD = {"amount": "25.50", "currency": "eur", "key": "counter-7"}
CREDIT = {"amount": "12", "currency": "EUR", "words": "Sorry for the wait", "key": "credit-7"}


def url(shop: Shop, name: str, *args: Any) -> str:
    return reverse(f"console:{name}", args=[shop.ours.store.slug, *args])


def left(shop: Shop) -> int:
    with store_scope(shop.ours.store.id):
        found = wallet.balances_of([shop.ours.customer], at=now())
    return sum(b.balance_minor for b in found.get(shop.ours.customer, []))


def test_a_card_for_the_counter_shows_its_code_once(shop: Shop, sign_in: Any) -> None:
    sam, path = sign_in("support"), url(shop, "wallet-issue")
    first = sam.post(path, CARD).content.decode()
    (code,) = set(re.findall(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", first))
    again = sam.post(path, CARD).content.decode()
    assert code not in again
    assert "issued before" in again
    listed = sam.get(url(shop, "wallet"), {"q": code[-4:]}).content.decode()
    assert "€25.50" in listed
    assert code not in listed


def test_a_card_is_planned_for_somebody(shop: Shop, sign_in: Any) -> None:
    sam = sign_in("support")
    wish = CARD | {
        "key": "gift-7", "recipient_email": "tom@example.com", "recipient_name": "Tom",
        "send_on": "2099-12-24", "recipient_time_zone": "America/New_York",
    }  # fmt: skip
    page = sam.post(url(shop, "wallet-issue"), wish, follow=True).content.decode()
    for part in "Waiting for its day", "tom@example.com", "24 Dec 2099":
        assert part in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": "0"}, "greater"),
        ({"amount": "1.005"}, "more decimals"),
        ({"currency": "QQQ"}, "not a currency"),
        ({"recipient_email": "nobody"}, "not an e-mail"),
        ({"recipient_time_zone": "Mars"}, "time zone"),
        ({"last_day": "2020-01-01"}, "future"),
    ],
)
def test_what_does_not_fit_stands_at_its_field(
    shop: Shop, sign_in: Any, wrong: dict[str, str], words: str
) -> None:
    answer = sign_in("support").post(url(shop, "wallet-issue"), CARD | {"key": "bad"} | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_credit_is_given_and_taken_back(shop: Shop, sign_in: Any) -> None:
    sam, path = sign_in("support"), url(shop, "wallet-customer", shop.ours.customer)
    before = left(shop)
    for _ in range(2):  # a form sent twice gives once
        sam.post(path, CREDIT)
    assert left(shop) == before + 1200
    assert "Sorry for the wait" in sam.get(path).content.decode()
    back = {f"back-{name}": value for name, value in CREDIT.items()} | {"do": "take_back"}
    much = sam.post(path, back | {"back-amount": "5000", "back-key": "x"})
    assert much.status_code == 422
    assert "left" in much.content.decode()
    sam.post(path, back | {"back-key": "back-7"})
    assert left(shop) == before
    detail = sam.get(url(shop, "customers-detail", shop.ours.customer)).content.decode()
    assert path in detail


def test_who_may_look_only_sees_no_forms(shop: Shop, sign_in: Any) -> None:
    mia, path = sign_in("marketer"), url(shop, "wallet-customer", shop.ours.customer)
    before = left(shop)
    assert "Give store credit" not in mia.get(path).content.decode()
    assert mia.post(path, CREDIT | {"key": "mia"}).status_code == 403
    assert left(shop) == before


def test_what_is_owed(shop: Shop, sign_in: Any) -> None:
    page = sign_in("owner").get(url(shop, "wallet-report")).content.decode()
    assert "Gift cards · EUR" in page
    assert page.count("<table") >= 2


def test_an_order_shows_the_gift_cards_it_sold(shop: Shop, sign_in: Any) -> None:
    path = url(shop, "orders-detail", shop.ours.order)
    sam = sign_in("support")
    assert "Gift cards sold" not in sam.get(path).content.decode()
    with store_scope(shop.ours.store.id):
        line = orders.get_order(shop.ours.order).lines[0]
        OrderLine.objects.filter(id=line.id).update(is_gift_card=True)
        card = wallet.issue_gift_card(
            currency="EUR", amount_minor=5000, recipient_email="tom@example.com",
            cause=f"order:{shop.ours.order}:line:{line.id}:gift_card:1",
            by=Actor.system("console.tests"), at=now(),
        )  # fmt: skip
    shown = sam.get(path).content.decode()
    for part in ("Gift cards sold", "€50.00", "tom@example.com", str(card.id)):
        assert part in shown
    assert card.code not in shown


def test_which_gift_cards_are_made_here_is_a_setting(shop: Shop, sign_in: Any) -> None:
    ines, path = sign_in("owner"), url(shop, "settings-orders")
    rules = {
        "live_days": 7,
        "gift_card_skus": " GIFT-50 \n\nGIFT-25",
        "issues_platform_cards": "on",
    }
    assert ines.post(path, rules).status_code == 302
    with store_scope(shop.ours.store.id):
        settings = orders.get_order_settings()
    assert settings.gift_card_skus == ("GIFT-50", "GIFT-25")
    assert settings.issues_platform_cards
    assert "GIFT-25" in ines.get(path).content.decode()
