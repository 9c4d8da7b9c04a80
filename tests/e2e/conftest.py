"""The demo shop behind a real server, once for a module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from doorstep.console.tests.shop import Shop, make_shop


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


@pytest.fixture(scope="module")
def console(django_db_setup: None, django_db_blocker: Any) -> Iterator[Console]:
    """Serve the pages; what the tests change stays until the module ends."""
    with django_db_blocker.unblock():
        server = LiveServer("127.0.0.1")
        try:
            # Pictures in mails have whole addresses: those of this server.
            with override_settings(BASE_URL=server.url):
                yield Console(server.url, make_shop())
        finally:
            server.stop()
            call_command("flush", interactive=False, verbosity=0)
