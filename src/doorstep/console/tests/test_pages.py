"""What pages cost, and that two tabs, hostile data and odd links do no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.console.tests.doors import DOORS
from doorstep.console.tests.shop import Shop
from doorstep.demo.api import SEEDER
from doorstep.demo.orders import SCENES, play
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.customers import api as customers
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.jobs import send_messages
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from doorstep.rooms.stores import api as stores

MOST_QUERIES = 20
# What stands on these comes from many rooms, each of which reads its part in sets.
MOST_ON = {"home": 36, "orders-detail": 31, "packing-shipment": 39, "shipments-detail": 35,
           "shipments-paper": 37, "problems": 25, "policy": 28,
           "returns": 22, "returns-detail": 26, "returns-receive": 24,
           "orders-money": 24, "orders-change": 33,
           # A journey is checked against all it names whenever it is shown.
           "journeys-detail": 29, "journeys-publication": 26, "journeys-version": 27,
           "journeys-trial": 21, "journeys-trial-message": 47,
           "journeys-people": 25, "journeys-person": 24, "journeys-results": 30,
           "journeys-condition": 21, "segments-change": 32, "campaigns-review": 36,
           # What uses a segment; what somebody did on the site.
           "segments-detail": 23, "customers-detail": 24}  # fmt: skip
LISTS = ("home", "orders", "shipments", "packing", "parcels", "customers", "journeys", "stock", "messages", "mailbox", "problems",
         "settings-team", "settings-api-keys", "messages-suppressions", "templates")  # fmt: skip


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code in {200, 404}
    return len(captured)


def _url(shop: Shop, name: str) -> str:
    return DOORS[name].url(name, shop.ours.store.slug, shop.ours)


def test_no_page_asks_the_database_too_often(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner")
    client.get(_url(shop, "home"))  # what is read once in a process
    asked = {name: _queries(client, _url(shop, name)) for name, door in DOORS.items() if door.read}
    assert {name: n for name, n in asked.items() if n > MOST_ON.get(name, MOST_QUERIES)} == {}


def test_every_state_of_the_demo_can_be_opened(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner")
    with store_scope(shop.ours.store.id):
        found = list(orders.list_orders(OrderFilter(include_history=False), limit=60).items)
    assert len(found) > 20
    for one in found:
        answer = client.get(f"/console/{shop.ours.store.slug}/orders/{one.id}/")
        assert answer.status_code == 200, one.number


def test_lists_ask_as_often_for_fifty_rows(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner")
    client.get(_url(shop, "home"))
    with store_scope(shop.ours.store.id):
        # The mailbox opens the newest message: a confirmation, as it will be afterwards.
        orders.resend_confirmation(order_id=shop.ours.order, by=SEEDER, at=now())
        run_until_idle()
        while send_messages():
            pass
    before = {name: _queries(client, _url(shop, name)) for name in LISTS}
    with store_scope(shop.ours.store.id):
        _fifty_more()
    after = {name: _queries(client, _url(shop, name)) for name in LISTS}
    assert after == before


def test_an_order_asks_as_often_for_fifty_messages(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    client, url = sign_in("owner"), _url(shop, "orders-detail")
    with store_scope(shop.ours.store.id):  # the first note costs a query, more of them none
        orders.add_note(order_id=shop.ours.order, text="First", by=SEEDER, at=now())
    client.get(url)
    before = _queries(client, url)
    with store_scope(shop.ours.store.id):
        for nth in range(20):
            orders.resend_confirmation(
                order_id=shop.ours.order, by=SEEDER, at=now() + timedelta(minutes=nth)
            )
            orders.add_note(order_id=shop.ours.order, text=f"Note {nth}", by=SEEDER, at=now())
        run_until_idle()
        assert len(messaging.list_messages(subject=f"order:{shop.ours.order}").items) >= 20
    assert _queries(client, url) == before


def _fifty_more() -> None:
    at = now()
    first = play(SCENES[0], at)
    many = [
        replace(
            first,
            external_id=f"many-{nth}",
            number=f"#9{nth:03}",
            person=replace(
                first.person,
                platform_id=f"many-{nth}",
                email=f"many{nth}@example.com",
                phone="",
                name=f"Many {nth}",
            ),
        )
        for nth in range(50)
    ]
    orders.record_orders(many, sales_channel="shopify", connection_id=None, by=SEEDER, at=at)
    products = [
        ListedProduct(f"many-{nth}", f"A cup {nth}", variants=(ListedVariant("", sku=f"M-{nth}"),))
        for nth in range(50)
    ]
    ids = [found[0] for found in catalog.upsert_products(products, channel="shopify", at=at)]
    place = inventory.list_locations()[0].id
    counts = [StockCount(variant_id, place, 3) for variant_id in ids]
    inventory.set_stock(counts, reason=MovementReason.COUNTED, at=at, by=SEEDER, note="")
    run_until_idle()
    while send_messages():  # the mailbox opens the newest one: a sent one, as before
        pass


def test_a_hold_is_lifted_in_two_tabs(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client, url = sign_in("owner"), _url(shop, "orders-release")
    client.post(url)
    answer = client.post(url, follow=True)
    assert answer.status_code == 200
    assert "lifted already" in answer.content.decode()


def test_two_are_merged_in_two_tabs(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client, url = sign_in("owner"), _url(shop, "customers-merge")
    data = DOORS["customers-merge"].data(shop.ours)
    assert client.post(url, data).status_code == 302
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "meanwhile" in answer.content.decode()
    with store_scope(shop.ours.store.id):
        assert len(customers.list_merges(shop.ours.customer)) == 1


def test_an_undo_in_two_tabs(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client, url = sign_in("owner"), _url(shop, "customers-undo-merge")
    client.post(url)
    answer = client.post(url, follow=True)
    assert "undone before" in answer.content.decode()


EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7|add:7 }}'


def test_markup_of_shoppers_is_shown_as_text(shop: Shop, sign_in: Callable[..., Client]) -> None:
    at = now()
    order = play(SCENES[-1], at)
    evil = replace(
        order,
        external_id="evil-1",
        number=EVIL[:60],
        note=EVIL,
        tags=(EVIL,),
        shipping_method=EVIL,
        payment_method=EVIL,
        person=replace(
            order.person, platform_id="evil", name=EVIL, email="evil@example.com", phone=""
        ),
        shipping_address=replace(order.shipping_address, name=EVIL, line1=EVIL, city=EVIL)
        if order.shipping_address
        else None,
        lines=tuple(
            replace(line, title=EVIL, variant_title=EVIL, properties=((EVIL, EVIL),))
            for line in order.lines
        ),
    )
    client, store = sign_in("owner"), shop.ours.store
    with store_scope(store.id):
        recorded = orders.record_orders(
            [evil], sales_channel=EVIL[:40], connection_id=None, by=SEEDER, at=at
        )
        orders.add_note(order_id=recorded[0].order_id, text=EVIL, by=SEEDER, at=at)
        run_until_idle()
        found = orders.get_order(recorded[0].order_id)
        assert found.summary.customer_id
        messages = messaging.list_messages(subject=f"order:{found.summary.id}").items
    base = f"/console/{store.slug}"
    pages = [
        f"{base}/",
        f"{base}/orders/",
        f"{base}/orders/{found.summary.id}/",
        f"{base}/orders/{found.summary.id}/holds/",
        f"{base}/customers/",
        f"{base}/customers/{found.summary.customer_id}/",
        f"{base}/messages/",
        f"{base}/mailbox/",
        f"{base}/stock/",
        f"{base}/templates/order_confirmation/email/en/?order={found.summary.id}",
        *(f"{base}/messages/{message.id}/" for message in messages),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert "<img src=x" not in text, page
        assert "<script>alert" not in text, page
        assert "&amp;lt;" not in text, page  # escaped once, so that it reads as it was written
    assert "&lt;img src=x" in client.get(pages[2]).content.decode()


@pytest.mark.parametrize("name", ["messages-body", "templates-preview"])
def test_frames_can_do_nothing(shop: Shop, sign_in: Callable[..., Client], name: str) -> None:
    policy = sign_in("owner").get(_url(shop, name))["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_what_was_typed_stays_where_a_form_is_wrong(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    client = sign_in("owner")
    for name, data, shown in (
        ("settings", {"name": "X", "brand_color": "green"}, "A color is written like #1f6f54."),
        ("settings-team", {"email": "nobody", "name": "Nele", "role": "support"}, "Nele"),
        ("settings-sender", {"from_address": "shop@fern.example", "setting-host": ""}, "Server is missing"),
        ("orders-address", {"name": "Maya", "country_code": "Sweden"}, "Maya"),
        ("customers-edit", {"name": "Maya", "phone": "12"}, "start with + and the country"),
        ("customers-merge", {"other": "Maya"}, "That is not an id"),
        ("settings-connections", {"kind": "shopify", "name": "Two", "secret": "short"}, "at least 8"),
    ):  # fmt: skip
        answer = client.post(_url(shop, name), data)
        assert answer.status_code == 422, name
        assert shown in answer.content.decode(), name


def test_home_of_a_new_store_leads_through_its_steps(
    shop: Shop, sign_in: Callable[..., Client], django_user_model: Any
) -> None:
    at = now()
    made = stores.create_store(slug="new-shop", name="New shop", currency="EUR", at=at)
    with store_scope(made.id):
        stores.add_member(
            email="ines@fernandkettle.example", name="Ines", role="owner", by=SEEDER, at=at
        )
    client = sign_in("owner")
    text = client.get("/console/new-shop/").content.decode()
    assert "0 of 8 done" in text
    for name in ("orders", "customers", "stock", "messages", "mailbox", "problems", "imports"):
        assert client.get(f"/console/new-shop/{name}/").status_code == 200
    with store_scope(made.id):
        stores.add_member(email="nele@fern.example", name="Nele", role="support", by=SEEDER, at=at)
        stores.change_settings(
            settings={"support_email": "a@fern.example", "postal_address": "Weg 1"},
            by=SEEDER,
            at=at,
        )
    assert "2 of 8 done" in client.get("/console/new-shop/").content.decode()


def test_orders_per_day_count_the_stores_own_days(shop: Shop, db: None) -> None:
    at = now()
    with store_scope(shop.ours.store.id):
        by_day = orders.count_orders_by_day(days=14, at=at)
        longer = orders.count_orders_by_day(days=60, at=at)
        live = orders.count_orders().all
    assert len(by_day) == 14
    assert [day for day, _count in by_day] == sorted(day for day, _count in by_day)
    assert longer[-14:] == by_day
    assert sum(count for _day, count in longer) == live
    with store_scope(shop.ours.store.id):
        listed = orders.list_orders(
            OrderFilter(placed_from=by_day[-1][0], placed_to=by_day[-1][0], include_history=False)
        )
    assert by_day[-1][1] == len(listed.items)


def test_sold_out_is_what_has_no_free_piece(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id):
        rows = inventory.list_stock(limit=100).rows
        assert inventory.count_sold_out() == sum(row.free <= 0 for row in rows) > 0


def test_many_decisions_are_those_of_each(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id):
        ids = [message.id for message in messaging.list_messages().items]
        assert messaging.explain_many(ids) == {one: messaging.explain(one) for one in ids}
        assert messaging.explain_many([]) == {}


def test_a_preview_carries_the_stores_own_brand(shop: Shop, db: None) -> None:
    with store_scope(shop.theirs.store.id):
        shown = messaging.preview("order_confirmation", Channel.EMAIL, "en")
        assert "Tidewater Books" in shown.html
        assert "Fern &amp; Kettle" not in shown.html


@pytest.mark.parametrize("language", ["all", "en", "de", "ar"])
def test_a_preview_with_a_real_order(
    shop: Shop, sign_in: Callable[..., Client], language: str
) -> None:
    slug, client = shop.ours.store.slug, sign_in("marketer")
    with store_scope(shop.ours.store.id):
        number = orders.get_order(shop.ours.order).summary.number
    url = f"/console/{slug}/templates/order_confirmation/email/{language}/preview/"
    assert number in client.get(url, {"order": shop.ours.order}).content.decode()
    editor = client.get(url.removesuffix("preview/"), {"order": shop.ours.order})
    assert editor.status_code == 200
