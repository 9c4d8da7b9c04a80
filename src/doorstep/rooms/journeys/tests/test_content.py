"""What messages of journeys say to each person: composed in sets, never of another store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SiteActivity
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys.content import source
from doorstep.rooms.journeys.enrolling import Entrant, enroll
from doorstep.rooms.journeys.models import Enrollment
from doorstep.rooms.journeys.tests.cast import live, run_until_idle
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import JOURNEY_KINDS
from doorstep.rooms.messaging.contracts import Channel, ContextAsk
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.ports import find_context_source
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingPerson
from doorstep.rooms.orders.tests import cast as shop
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
AT = shop.AT
SYSTEM = Actor.system("tests")
INES = Actor("user", "1", "Ines", role="owner")


def ask(
    customer_id: UUID, kind: str = "win_back", order_id: UUID | None = None, **more: Any
) -> Any:
    given: dict[str, Any] = {"locale": "en", "context": {}}
    subject = f"order:{order_id}" if order_id else ""
    return ContextAsk(new_id(), customer_id, subject, kind, **given | more)


def composed(*asks: ContextAsk) -> list[Any]:
    found = source.compose_contexts(asks, AT)
    return [found.get(one.message_id) for one in asks]


def buy(nth: int, *skus: str, person: IncomingPerson = shop.MAYA, **more: Any) -> tuple[UUID, UUID]:
    """Place an order; return it and who bought."""
    [kept] = shop.record(shop.order(nth, [shop.line(sku) for sku in skus], person=person, **more))
    return kept.order_id, orders.get_customers_of([kept.order_id])[kept.order_id]


def care(sku: str, **told: Any) -> UUID:
    product_id = catalog.find_products_by_sku([sku])[sku]
    catalog.set_care(product_id=product_id, by=INES, at=AT, **told)
    return product_id


def look(customer_id: UUID, *skus: str, kind: str = "product_viewed") -> None:
    audiences.record_site_activities(
        activities=[
            SiteActivity(
                f"{kind}-{nth}-{customer_id}",
                kind,
                AT - timedelta(hours=len(skus) - nth),
                customer_id=customer_id,
                product_ref=sku,
            )
            for nth, sku in enumerate(skus)
        ],
        by=SYSTEM,
        at=AT,
    )


def test_the_source_is_bound() -> None:
    assert find_context_source("journeys.person") is source.compose_contexts


def test_products_say_what_the_kind_is_about_in_the_readers_language(store: StoreInfo) -> None:
    order_id, maya = buy(1, "TEA", "POT", "SOAP")
    care("TEA", how_to="Three minutes.", translations={"de": {"how_to": "Drei Minuten."}})
    care("POT", care="Rinse it.", page_url="https://fern.example/pot")
    care("SOAP", run_out_days=30)
    how, tips, again, thanks = composed(
        ask(maya, "how_to", order_id, locale="de-AT"),
        ask(maya, "care_tips", order_id),
        ask(maya, "replenishment", order_id),
        ask(maya, "thank_you", order_id),
    )
    assert [(p["title"], p["how_to"]) for p in how["products"]] == [("Thing TEA", "Drei Minuten.")]
    assert [p["care"] for p in tips["products"]] == ["Rinse it."]
    assert [p["title"] for p in again["products"]] == ["Thing SOAP"]
    assert len(thanks["products"]) == 3
    assert thanks["order"]["number"] == "#1001"
    assert thanks["links"]["order"]
    assert "brand" not in thanks  # the sender adds what all messages share
    assert "locale" not in thanks


def test_what_has_nothing_to_say_is_left_out(store: StoreInfo, other_store: StoreInfo) -> None:
    order_id, maya = buy(1, "TEA")
    assert (
        composed(
            ask(maya, "how_to", order_id),
            ask(maya, "care_tips", order_id),
            ask(maya, "replenishment", order_id),
            ask(maya, "thank_you"),  # about an order, and there is none
            ask(maya, "thank_you", new_id()),
            ask(maya, "own_order_hello"),
            ask(new_id()),
            ask(new_id(), "birthday"),
        )
        == [None] * 8
    )
    [past] = shop.record(shop.order(2), mode="history")
    assert composed(ask(maya, "thank_you", past.order_id)) == [None]
    assert composed(ask(maya, "own_customer_hello"))[0]["order"] is None
    with store_scope(other_store.id):
        assert composed(ask(maya), ask(maya, "thank_you", order_id)) == [None, None]
    customers.erase_customer(customer_id=maya, by=INES, at=AT)
    shown = composed(ask(maya))[0]
    assert shown is None or shown["customer"]["name"] == ""


def test_a_date_may_say_which_products_it_is_about(store: StoreInfo) -> None:
    order_id, maya = buy(1, "TEA", "SOAP")
    tea, _ = care("TEA", run_out_days=20), care("SOAP", run_out_days=60)
    [again] = composed(ask(maya, "replenishment", order_id, context={"product_ids": [str(tea)]}))
    assert [p["title"] for p in again["products"]] == ["Thing TEA"]


def test_a_way_says_which_products_it_began_with(store: StoreInfo) -> None:
    order_id, maya = buy(1, "TEA", "SOAP")
    tea, _ = care("TEA", run_out_days=20), care("SOAP", run_out_days=60)
    remind = {"type": "message", "template": "replenishment", "purpose": "marketing", "next": None}
    version = live({"m": remind}, subject="order")
    data = {"product_ids": [str(tea)]}
    enroll(version, [Entrant(maya, "run_out:1", order_id, data)], at=AT)
    run_until_idle(AT)
    [message] = Message.objects.all()
    batch = {"journey_id": str(version.journey_id), "step": "m"}
    asked = ContextAsk(
        message.id, maya, f"order:{order_id}", "replenishment", locale="en", context=batch
    )
    [again] = composed(asked)
    assert [p["title"] for p in again["products"]] == ["Thing TEA"]
    Enrollment.objects.update(data={})  # nothing is known of it any more: all that runs out
    [again] = composed(asked)
    assert len(again["products"]) == 2


def test_a_message_about_no_order_shows_what_it_began_with(store: StoreInfo) -> None:
    _, maya = buy(1, "TEA", "SOAP")
    soap = care("SOAP", run_out_days=60)
    [shown] = composed(ask(maya, "win_back", context={"product_id": str(soap)}))
    assert [p["title"] for p in shown["products"]] == ["Thing SOAP"]


def test_what_is_sold_out_once_more_is_not_told_of(store: StoreInfo) -> None:
    _, maya = buy(1, "TEA", "SOAP")
    ids = [str(care(sku)) for sku in ("TEA", "SOAP")]
    asked = ask(maya, "back_in_stock", context={"product_ids": ids})
    [back] = composed(asked)
    assert {p["title"] for p in back["products"]} == {"Thing TEA", "Thing SOAP"}
    shop.stock("TEA", 0)
    [back] = composed(asked)
    assert [p["title"] for p in back["products"]] == ["Thing SOAP"]
    shop.stock("SOAP", 0)
    assert composed(asked) == [None]
    assert composed(ask(maya, "back_in_stock")) == [None]


def test_blocks_are_each_persons_own(store: StoreInfo, other_store: StoreInfo) -> None:
    order_id, maya = buy(1, "TEA")
    _, jonas = buy(2, "TEA", "POT", person=shop.JONAS)
    look(maya, "POT", "TEA", "POT")
    look(jonas, "TEA", kind="added_to_wishlist")
    care("POT", page_url="https://fern.example/pot")
    mine, his, with_order = composed(ask(maya), ask(jonas), ask(maya, "cross_sell", order_id))
    titles = {name: [p["title"] for p in products] for name, products in mine["blocks"].items()}
    assert titles == {
        "best_sellers": ["Thing TEA", "Thing POT"],
        "recently_viewed": ["Thing POT", "Thing TEA"],
        "wish_list": [],
    }
    assert mine["blocks"]["recently_viewed"][0]["url"] == "https://fern.example/pot"
    assert [p["title"] for p in his["blocks"]["wish_list"]] == ["Thing TEA"]
    # What was just bought is not recommended.
    assert [p["title"] for p in with_order["blocks"]["best_sellers"]] == ["Thing POT"]
    with store_scope(other_store.id):
        assert audiences.list_recently_viewed([maya]) == {}
        assert audiences.list_wished([jonas]) == {}
        assert orders.count_orders_of([maya]) == {}
        assert source.best_sellers(AT) == ()


def test_what_people_told_of_themselves_is_there(store: StoreInfo) -> None:
    _, maya = buy(1, "TEA")
    customers.set_preferences(
        customer_id=maya,
        favorite_holiday="christmas",
        favorite_color="green",
        interests=["tea"],
        sizes={"Ring": "54"},
        by=INES,
        at=AT,
    )
    [told] = composed(ask(maya, "holiday_greeting", locale="fr"))
    assert told["customer"] == {
        "name": "Maya Lindqvist",
        "first_name": "Maya",
        "email": "Maya@Example.com",
        "orders_before": 1,
        "favorite_holiday": "Noël",
        "favorite_color": "green",
        "interests": ["tea"],
        "sizes": [{"name": "Ring", "value": "54"}],
    }


def test_the_queries_do_not_grow_with_the_people(store: StoreInfo) -> None:
    found = [
        buy(n, "TEA", "POT", person=IncomingPerson(email=f"p{n}@example.com", name=f"P {n}"))
        for n in range(1, 13)
    ]
    care("TEA", how_to="Three minutes.")
    counts = []
    for some in (found[:2], found):
        source._best.clear()
        asks = [ask(who, "how_to", order_id) for order_id, who in some]
        with CaptureQueriesContext(connection) as queries:
            assert all(composed(*asks))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_best_sellers_are_kept_for_minutes_and_not_for_other_times(store: StoreInfo) -> None:
    buy(1, "TEA")
    assert len(source.best_sellers(AT)) == 1
    buy(2, "POT")
    assert len(source.best_sellers(AT + timedelta(minutes=9))) == 1
    assert len(source.best_sellers(AT + timedelta(minutes=11))) == 2
    assert source.best_sellers(AT - timedelta(days=200)) == ()


@pytest.mark.parametrize("kind", JOURNEY_KINDS)
def test_every_kind_renders_with_a_real_person(store: StoreInfo, kind: str) -> None:
    order_id, maya = buy(1, "TEA")
    tea = care("TEA", how_to="Three minutes.", care="Dry.", run_out_days=20)
    [context] = composed(ask(maya, kind, order_id, context={"product_ids": [str(tea)]}))
    sample = messaging.sample_context(kind)
    shown = {**context, "brand": sample["brand"], "locale": sample["locale"]}
    assert set(shown) == set(sample)
    assert set(shown["customer"]) == set(sample["customer"])
    for channel in (Channel.EMAIL, Channel.SMS):
        assert messaging.preview(kind, channel, "", shown).text
