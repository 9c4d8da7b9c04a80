"""The second half of the first story, with the real processes: packed, shipped, followed, arrived.

A shop's order is packed and shipped over the API; AfterShip's signed webhooks tell where it is; the
shopper's page, her mails, an open page and the merchant's own system follow. In between the worker
is killed. Then what goes wrong: news before the shipment, and a parcel that the carrier lost.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from standardwebhooks.webhooks import Webhook

from dev.fakes.webhook_receiver import Receiver, webhook_receiver
from dev.testing.servers import LiveServer, free_port, live_process, web_and_worker
from doorstep.connectors.base import api as connectors
from doorstep.connectors.webhooks import api as webhooks
from doorstep.kernel.tenancy import store_scope
from doorstep.live.tests.reader import Reader
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import TrackerFilter
from tests.scenarios.kettle import INES, SECRET, Shop, open_shop, payload, send, until

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

FIRST, SECOND, THIRD = "00340434161094042557", "00340434161094042564", "00340434161094042571"
TRANSIT = ("InTransit", "InTransit_003", "Arrived at the parcel center")
OUT = ("OutForDelivery", "OutForDelivery_001", "Out for delivery")
DELIVERED = ("Delivered", "Delivered_001", "Delivered")
LOST = ("Exception", "Exception_013", "The parcel is lost")


@dataclass
class Story:
    """The shop of the story with everything that listens."""

    shop: Shop
    server: LiveServer
    live: str
    hook: str  # AfterShip's
    key: str
    receiver: Receiver
    secret: str  # of the merchant's own endpoint

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API v1 with the shop's key."""
        request = urllib.request.Request(
            f"{self.server.url}/api/v1{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def order(self, number: int) -> str:
        """Let the shop send an order; returns its shipment's id once it is there to pack."""
        assert send(self.shop, "orders/create", payload(number)) == 200
        found: dict[str, str] = {}

        def is_planned() -> bool:
            items = self.call("GET", "/shipments")["items"]
            found.update({one["order_number"]: one["id"] for one in items})
            return f"#{number}" in found

        until(is_planned, f"the shipment of #{number}")
        return found[f"#{number}"]

    def ship(self, shipment_id: str, tracking_number: str) -> UUID:
        """Pack and ship it in one parcel; returns the order."""
        shipment = self.call("GET", f"/shipments/{shipment_id}")
        lines = [
            {"line_id": thing["order_line_id"], "quantity": thing["quantity"]}
            for thing in shipment["things"]
        ]
        parcel = {"lines": lines, "carrier": "dhl", "tracking_number": tracking_number}
        packed = self.call("POST", f"/shipments/{shipment_id}/packing", {"parcels": [parcel]})
        assert packed["summary"]["state"] == "packed"
        gone = self.call("POST", f"/shipments/{shipment_id}/shipping")
        assert gone["summary"]["state"] == "shipped"
        return UUID(gone["summary"]["order_id"])

    def tell(self, tracking_number: str, *steps: tuple[str, str, str], secret: str = SECRET) -> int:
        """Send AfterShip's webhook with a parcel's whole history; returns the answer's status."""
        at = datetime.now(UTC) - timedelta(minutes=10)
        checkpoints = [
            {"checkpoint_time": (at + timedelta(minutes=nth)).isoformat(), "tag": tag,
             "subtag": subtag, "message": words, "city": "Berlin", "country_iso3": "DEU"}
            for nth, (tag, subtag, words) in enumerate(steps)
        ]  # fmt: skip
        tracking = {"id": "1", "tracking_number": tracking_number, "slug": "dhl",
                    "tag": steps[-1][0], "subtag": steps[-1][1], "checkpoints": checkpoints}  # fmt: skip
        body = json.dumps({"event": "tracking_update", "msg": tracking}).encode()
        signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
        request = urllib.request.Request(
            self.hook,
            body,
            {"Content-Type": "application/json", "aftership-hmac-sha256": signature},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    @contextmanager
    def killed_worker(self) -> Iterator[None]:
        """Kill -9 the worker; another one starts when what happened meanwhile has happened.

        Killed in the middle of a mail it would send that mail again minutes later: tests/crash
        ends it at each of its steps.
        """
        worker = self.server.worker
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait_end(10)
        yield
        worker.start()

    def page(self, order_number: int) -> str:
        """Return the order's page as the link in its first mail opens it."""
        with urllib.request.urlopen(self.page_link(order_number)) as answer:
            text: str = answer.read().decode()
        return text

    def page_link(self, order_number: int) -> str:
        """Return the link to the order's page from its confirmation, once that came."""

        def about() -> list[EmailMessage]:
            return [m for m in self.shop.mails() if f"#{order_number}" in m["Subject"]]

        until(lambda: bool(about()), f"the first mail about order {order_number}")
        mail = about()[0]
        body = mail.get_body(("plain",))
        assert body is not None
        link = re.search(r"http://127\.0\.0\.1:\d+/o/\S+", body.get_content())
        assert link is not None
        return link[0]

    def kinds(self, order_id: UUID) -> Counter[str]:
        """Count the kinds of messages that were sent about an order."""
        with store_scope(self.shop.store_id):
            items = messaging.list_messages(subject=f"order:{order_id}").items
        return Counter(one.kind for one in items if one.status == "sent")

    def wait_mails(self, order_id: UUID, *kinds: str) -> None:
        """Wait until these kinds of messages about an order are sent."""
        until(lambda: set(kinds) <= set(self.kinds(order_id)), f"the mails {kinds}")


@pytest.fixture
def story(
    transactional_db: None, tmp_path: Path, mail_server: tuple[int, Path], settings: Any
) -> Iterator[Story]:
    """The shop, its processes, an AfterShip account, an API key and the merchant's own system."""
    port, at = free_port(), datetime.now(UTC)
    with webhook_receiver() as receiver:
        allowed = f"127.0.0.1:{receiver.port}"
        settings.DOORSTEP_OUTBOUND_ALLOW = [allowed]
        environment = {"DOORSTEP_OUTBOUND_ALLOW": allowed, "DOORSTEP_LIVE_PORT": str(port)}
        with (
            web_and_worker(tmp_path, **environment) as server,
            live_process(tmp_path, port) as live,
        ):
            shop = open_shop(server.url, mail_server)
            with store_scope(shop.store_id):
                carrier = connectors.connect_shop(
                    kind="aftership", name="AfterShip", secret=SECRET, by=INES, at=at
                )
                scopes = ["shipments.view", "shipments.change"]
                key = stores.create_api_key(name="Packing", scopes=scopes, by=INES, at=at)
                made = webhooks.create_endpoint(
                    url=receiver.url(), event_types=["parcel.delivered"], by=INES, at=at
                )
                stores.add_member(
                    email="ines@kettle.example", name="Ines", role="owner", by=INES, at=at
                )
            hook = server.url + carrier.hook_path
            yield Story(shop, server, live.url, hook, key.secret, receiver, made.secret)


def test_a_parcel_from_the_table_to_the_door(story: Story) -> None:
    first = _it_is_packed_followed_and_arrives(story)
    second = _news_may_come_before_the_shipment(story)
    third = _what_the_carrier_lost_is_nobodys_surprise(story)

    assert story.kinds(first) == Counter(
        ["order_confirmation", "parcel_shipped", "parcel_out_for_delivery", "parcel_delivered"]
    )
    assert story.kinds(second) == Counter(["order_confirmation", "parcel_shipped"])
    assert story.kinds(third) == Counter(["order_confirmation", "parcel_shipped", "parcel_lost"])
    names = Counter(mail["Message-ID"] for mail in story.shop.mails())
    assert len(names) == 9
    assert set(names.values()) == {1}, "none of them twice"


def _it_is_packed_followed_and_arrives(story: Story) -> UUID:
    order_id = story.ship(story.order(1001), FIRST)
    story.wait_mails(order_id, "order_confirmation", "parcel_shipped")
    page = story.page(1001)
    assert FIRST in page
    ticket = re.search(r'data-live="[^"]*/([^"/]+)"', page)
    assert ticket is not None
    with closing(Reader(story.live, ticket[1])) as open_page:
        _it_is_followed_to_the_door(story, order_id, open_page)
    headline = re.search(r"<h1[^>]*>(.*?)</h1>", story.page(1001), re.DOTALL)
    assert headline is not None
    assert "delivered" in headline[1].lower()
    _the_merchants_system_heard_of_it(story, order_id)
    return order_id


def _it_is_followed_to_the_door(story: Story, order_id: UUID, open_page: Reader) -> None:
    assert story.tell(FIRST, TRANSIT, secret="wrong") == 401
    with story.killed_worker():
        assert story.tell(FIRST, TRANSIT) == 200
    open_page.wait_changes(1)
    until(lambda: "Last seen in Berlin" in story.page(1001), "the scan on the page")

    assert story.tell(FIRST, TRANSIT, OUT) == 200
    story.wait_mails(order_id, "parcel_out_for_delivery")
    changes = open_page.changes
    with story.killed_worker():
        for _ in range(2):  # AfterShip tells again what it is not sure we heard
            assert story.tell(FIRST, TRANSIT, OUT, DELIVERED) == 200
    story.wait_mails(order_id, "parcel_delivered")
    open_page.wait_changes(changes + 1)


def _the_merchants_system_heard_of_it(story: Story, order_id: UUID) -> None:
    until(lambda: len(story.receiver.received) > 0, "the webhook of the delivery")
    received = story.receiver.received
    told = [Webhook(story.secret).verify(one.body, one.headers) for one in received]
    # Were it sent again, then under the same id.
    assert len({one.headers["webhook-id"] for one in received}) == 1
    assert told[0]["type"] == "parcel.delivered"
    assert told[0]["data"]["order_id"] == str(order_id)
    forged = received[0].headers | {"webhook-signature": "v1,AAAA"}
    with pytest.raises(Exception, match="signature"):
        Webhook(story.secret).verify(received[0].body, forged)


def _news_may_come_before_the_shipment(story: Story) -> UUID:
    assert story.tell(SECOND, TRANSIT) == 200
    shipment_id = story.order(1002)

    def is_kept() -> bool:
        with store_scope(story.shop.store_id):
            kept = tracking.list_trackers(TrackerFilter(alarm="unmatched")).items
        return SECOND in {one.tracking_number for one in kept}

    until(is_kept, "news of a number that nobody knows")
    order_id = story.ship(shipment_id, SECOND)
    until(lambda: "Last seen in Berlin" in story.page(1002), "what came before it")
    story.wait_mails(order_id, "order_confirmation", "parcel_shipped")
    return order_id


def _what_the_carrier_lost_is_nobodys_surprise(story: Story) -> UUID:
    order_id = story.ship(story.order(1003), THIRD)
    story.wait_mails(order_id, "order_confirmation", "parcel_shipped")
    with story.killed_worker():
        assert story.tell(THIRD, TRANSIT, LOST) == 200
    story.wait_mails(order_id, "parcel_lost")

    with store_scope(story.shop.store_id):
        customer_id = orders.get_order(order_id).summary.customer_id
        assert customer_id is not None

        def is_paused(customer_id: UUID = customer_id) -> bool:
            pauses = messaging.list_pauses(customer_id=customer_id, at=datetime.now(UTC))
            return [(one.reason, one.is_active) for one in pauses] == [("lost_parcel", True)]

        until(is_paused, "selling to pause")
    ines = Client()
    ines.force_login(get_user_model().objects.get(email="ines@kettle.example"))
    problems = ines.get("/console/kettle/problems/").content.decode()
    assert "Lost parcels" in problems
    assert "#1003" in ines.get("/console/kettle/parcels/?state=lost").content.decode()
    return order_id
