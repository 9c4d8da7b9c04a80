"""Where the bare address leads."""

from __future__ import annotations

from django.test import Client

from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.stores.models import Store


def test_the_installation_leads_to_the_console_and_a_shop_to_its_look_up(store: StoreInfo) -> None:
    assert Client().get("/").headers["Location"] == "/console/"
    Store.objects.filter(id=store.id).update(portal_host="orders.fern.example")
    answer = Client().get("/", headers={"host": "orders.fern.example"})
    assert answer.headers["Location"] == "/lookup"
