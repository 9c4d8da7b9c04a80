"""A demo shop lists its orders' pages; a real store does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.stores.models import Store

Place = Callable[..., UUID]


def make_demo(store: StoreInfo) -> None:
    """Turn the store into a demo shop, which no door does."""
    Store.objects.filter(id=store.id).update(is_demo=True)


def test_a_real_store_has_no_such_page(client: Client, store: StoreInfo, place: Place) -> None:
    place()
    assert client.get(f"/s/{store.slug}/states").status_code == 404
    assert client.get("/s/nobody/states").status_code == 404


def test_each_order_leads_to_its_page(client: Client, store: StoreInfo, place: Place) -> None:
    place()
    make_demo(store)
    page = client.get(f"/s/{store.slug}/states").content.decode()
    [(path, headline)] = re.findall(r'<a href="(/o/[^"]+)"><strong>([^<]+)</strong>', page)
    assert headline in client.get(f"{path}?lang=en").content.decode()


def test_more_orders_cost_no_more_queries(client: Client, store: StoreInfo, place: Place) -> None:
    make_demo(store)
    counts = []
    for nth in range(1, 4):
        place(external_id=f"many-{nth}", number=f"#9{nth}")
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/s/{store.slug}/states").content.decode()
        assert page.count('<a href="/o/') == nth
        counts.append(len(queries))
    assert counts[0] == counts[2], counts


def test_the_page_speaks_the_visitors_language(
    client: Client, store: StoreInfo, place: Place
) -> None:
    make_demo(store)
    answer = client.get(f"/s/{store.slug}/states", headers={"accept-language": "de"})
    assert "Bestellseiten in jedem Zustand" in answer.content.decode()
    assert answer["Cache-Control"].startswith("private")
