"""A draft sent as a test, texts for every kind of message, and why somebody gets no offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from doorstep.console.tests.shop import Shop
from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, PauseReason, PauseRequest


def test_a_test_shows_what_is_typed_and_shoppers_keep_what_is_in_use(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    store, client = shop.ours.store, sign_in("marketer")
    url = f"/console/{store.slug}/templates/parcel_late/sms/all/"
    assert client.get(url).status_code == 404
    url = f"/console/{store.slug}/templates/parcel_delayed/sms/all/"
    with store_scope(store.id):
        before = messaging.get_template("parcel_delayed", Channel.SMS).source
    typed = {
        "do": "test",
        "address": "+4915112345678",
        "text": "Oh dear, {{ order.number }} is late",
    }
    page = client.post(url, typed, follow=True).content.decode()
    assert "The test is on its way" in page
    with store_scope(store.id):
        assert messaging.get_template("parcel_delayed", Channel.SMS).source == before
        [sent] = messaging.list_messages(kind="parcel_delayed", address="+4915112345678").items
        assert messaging.get_message(sent.id, at=now()).text == "Oh dear, #1042 is late"
        assert sent.is_test
    broken = client.post(url, typed | {"text": "{{ order.nmber }}"}, follow=True).content.decode()
    assert "nmber" in broken
    with store_scope(store.id):
        found = messaging.list_messages(kind="parcel_delayed", address="+4915112345678")
        assert len(found.items) == 1
        messaging.revert_template(kind="parcel_delayed", channel=Channel.SMS, by=SEEDER, at=now())


def test_every_text_can_be_opened_and_seen(shop: Shop, sign_in: Callable[..., Client]) -> None:
    store, client = shop.ours.store, sign_in("marketer")
    base = f"/console/{store.slug}/templates/"
    listed = client.get(base).content.decode()
    with store_scope(store.id):
        rows = messaging.list_templates()
    assert {row.kind for row in rows} >= {"parcel_shipped", "parcel_lost", "order_ship_late"}
    for row in rows:
        path = f"{base}{row.kind}/{row.channel}/all/"
        assert path in listed
        shown = client.get(f"{path}preview/?language=ar").content.decode()
        told = "1042" if row.kind.startswith(("order_", "parcel_")) else "Fern"
        assert told in shown, path
    # One line for each message; the search finds it by what it is called.
    assert listed.count('<tr role="row"><td') == len({row.kind for row in rows})
    found = client.get(f"{base}?q=WIN+B").content.decode()
    assert f"{base}win_back/sms/all/" in found
    assert found.count('<tr role="row"><td') == 1
    assert "No message is called that" in client.get(f"{base}?q=nothing").content.decode()
    editor = client.get(f"{base}parcel_delayed/email/all/").content.decode()
    assert "parcel.estimated_to_date" in editor  # the names it knows


def test_a_customers_page_says_why_there_are_no_offers(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    store, client = shop.ours.store, sign_in("support")
    url = f"/console/{store.slug}/customers/{shop.ours.customer}/"
    with store_scope(store.id):  # in the demo shop, whose parcel is in trouble is paused already
        known = messaging.list_pauses(customer_id=shop.ours.customer, at=now())
        messaging.lift_pauses([one.cause for one in known], by=SEEDER, at=now())
    assert "Offers are on hold" not in client.get(url).content.decode()
    late = PauseRequest(
        shop.ours.customer,
        "tracker:1:late",
        PauseReason.LATE_PARCEL,
        now() + timedelta(days=9),
        about="order <#1042>",
    )
    with store_scope(store.id):
        assert messaging.put_pauses([late], by=SEEDER, at=now()) == 1
    page = client.get(url).content.decode()
    assert "Offers are on hold" in page
    assert "A parcel is late (order &lt;#1042&gt;): no selling messages" in page
    with store_scope(store.id):
        assert messaging.lift_pauses(["tracker:1:late"], by=SEEDER, at=now()) == 1
    assert "Offers are on hold" not in client.get(url).content.decode()
