"""How often the pages on which shoppers act ask the database: the order is read once for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.tests.test_changes import hidden, line_of
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.stores.contracts import StoreInfo

Place = Callable[..., UUID]
Link = Callable[..., str]
TEA = "TEA-DJ-100"


@pytest.fixture(autouse=True)
def shop(store: StoreInfo, now: datetime) -> Iterator[None]:
    """Two sizes of the tea Maya buys, so that there is something to choose."""
    ensure_cursors()
    product = ListedProduct(
        "p-tea",
        "First-flush Darjeeling",
        variants=(
            ListedVariant("v-100", sku=TEA, title="100 g", price=14.5),  # type: ignore[arg-type]
            ListedVariant("v-250", sku="TEA-DJ-250", title="250 g", price=31),  # type: ignore[arg-type]
        ),
    )
    with store_scope(store.id):
        catalog.upsert_products([product], channel="shopify", at=now)
        yield


def asked(send: Callable[[], Any], most: int) -> str:
    """Send a request, once what is read once in a process is there; return the page it gives."""
    send()
    with CaptureQueriesContext(connection) as queries:
        answer = send()
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    assert len(queries) <= most, [one["sql"][:100] for one in queries]
    return str(answer.content.decode())


def test_changing_the_items(client: Client, place: Place, link: Link) -> None:
    order_id = place()
    run_until_idle()
    url = f"{link(order_id)}/change"
    assert "250 g" in asked(lambda: client.get(url), 12)
    wish = {f"q_{line_of(order_id, TEA).hex}": "1"}
    assert "1 instead of 2" in asked(lambda: client.post(url, wish), 14)
    assert "You get" in asked(lambda: client.post(f"{url}/quote", wish), 14)


@pytest.mark.parametrize("page", ["cancel", "change/address", "delay"])
def test_the_other_changes(client: Client, place: Place, link: Link, page: str) -> None:
    order_id = place()
    run_until_idle()
    asked(lambda: client.get(f"{link(order_id)}/{page}"), 8)


def test_sending_back(client: Client, place: Place, link: Link, now: datetime) -> None:
    order_id = place(
        placed_at=now - timedelta(days=9),
        version_at=now - timedelta(days=7),
        fulfilled_at=now - timedelta(days=7),
    )
    run_until_idle()
    url = f"{link(order_id)}/return"
    start = asked(lambda: client.get(url), 10)
    line = str(line_of(order_id, TEA))
    reasons = re.search(rf'name="r_{line}".*?</select>', start, re.S)
    assert reasons
    codes = re.findall(r'<option value="(\w+)"', reasons[0])
    chosen = hidden(start) | {f"q_{line}": "1", f"r_{line}": codes[-1], "step": "terms"}
    terms = asked(lambda: client.post(url, chosen), 17)
    offered = dict(re.findall(r'<input type="radio" name="(outcome|method)" value="(\w+)"', terms))
    wanted = {name: unescape(value) for name, value in hidden(terms).items()}
    wanted |= offered | {"outcome": "refund", "step": "summary"}
    asked(lambda: client.post(url, wanted), 15)
