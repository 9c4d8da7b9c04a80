"""The demo shop behind a real server, once for a module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from dev.testing.database import prepared_database
from doorstep.console.tests.shop import Shop, make_shop
from doorstep.demo.api import SEEDER
from doorstep.demo.orders import SCENES, play
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders


@dataclass(frozen=True)
class Console:
    """Where the console is, and what is in it."""

    url: str
    shop: Shop

    @property
    def store(self) -> str:
        """The address of our store's pages, with a slash at the end."""
        return f"{self.url}/console/{self.shop.ours.store.slug}/"

    def sign_in(self, tab: Any, name: str) -> None:
        """Come in through the demo's door, with a click."""
        tab.goto(f"{self.url}/console/demo/")
        tab.get_by_role("button", name=name).click()
        tab.wait_for_url(f"{self.store}**")

    def endless_order(self) -> UUID:
        """Record an order in which every text is one long word; returns its id."""
        at, word = now(), "Donaudampfschifffahrtsgesellschaft" * 4
        order = play(SCENES[0], at)
        whole = replace(
            order,
            external_id="endless",
            number="#" + "9" * 39,
            note=word,
            shipping_method=word,
            person=replace(order.person, platform_id="endless", name=word, phone="",
                           email=f"{'endless' * 9}@example.com"),
            lines=tuple(
                replace(line, title=word, variant_title=word, sku="S" * 60, properties=((word, word),))
                for line in order.lines
            ),
        )  # fmt: skip
        with store_scope(self.shop.ours.store.id):
            [recorded] = orders.record_orders(
                [whole], sales_channel="shopify", connection_id=None, by=SEEDER, at=at
            )
            run_until_idle()
        return recorded.order_id


@pytest.fixture(scope="module")
def console(django_db_setup: None, django_db_blocker: Any) -> Iterator[Console]:
    """Serve the pages; what the tests change stays until the module ends."""
    with django_db_blocker.unblock(), prepared_database("shop", make_shop) as shop:
        server = LiveServer("127.0.0.1")
        try:
            with override_settings(BASE_URL=server.url):
                yield Console(server.url, shop)
        finally:
            server.stop()
