"""Parcels on the order page over HTTP: from what the carrier says to what the shopper does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.ids import new_id
from doorstep.portal.tests.conftest import incoming
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import IncomingParcel, IncomingShipment
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import (
    ReportedCheckpoint,
    Substatus,
    TrackingReport,
    TrackingStatus,
)

BY = Actor.system("portal.tests")
NUMBER = "00340434123456789012"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def hear(now: datetime) -> Callable[..., None]:
    """Tell what the carrier says of a number."""

    def told(
        status: TrackingStatus, substatus: Substatus = Substatus.NONE, *, number: str = NUMBER,
        hours_ago: float = 1, **more: Any,
    ) -> None:  # fmt: skip
        at = now - timedelta(hours=hours_ago)
        step = ReportedCheckpoint(at, status, substatus, **more)
        tracking.record_reports(
            [TrackingReport("aftership", number, "dhl", (step,))], by=BY, at=now
        )

    return told


@pytest.fixture
def shipped(store: StoreInfo, place: Callable[..., UUID], now: datetime) -> UUID:
    """Maya's order, gone in one parcel two days ago."""
    ensure_cursors()
    order_id = place()
    parcel = IncomingParcel(NUMBER, "DHL", f"https://dhl.example/{NUMBER}")
    fulfillment.record_platform_shipments(
        [
            IncomingShipment(
                "s-1", incoming(now).external_id, now, now - timedelta(days=2), parcels=(parcel,)
            )
        ],
        sales_channel="shopify",
        connection_id=None,
        by=BY,
        at=now,
    )
    run_until_idle()
    return order_id


def show(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.content.decode()


@pytest.fixture
def delivered(shipped: UUID, hear: Callable[..., None]) -> UUID:
    hear(TrackingStatus.DELIVERED, Substatus.TO_NEIGHBOR, city="Stockholm", country_code="SE")
    return shipped


@pytest.fixture
def report_path(client: Client, delivered: UUID, link: Callable[..., str]) -> str:
    found = re.search(r'href="(/o/[^"]+/not-found/[^"]+)"', show(client, link(delivered)))
    assert found
    return found[1]


def test_what_the_carrier_says_is_on_the_page(
    client: Client, shipped: UUID, link: Callable[..., str], hear: Callable[..., None]
) -> None:
    hear(TrackingStatus.IN_TRANSIT, Substatus.ARRIVED, city="Leipzig", country_code="DE")
    page = show(client, link(shipped))
    for part in "Arrived at a depot", "Leipzig", "All 3 items", NUMBER, "Follow it at DHL":
        assert part in page
    assert "Not sent yet" not in page


def test_words_of_a_carrier_are_escaped(
    client: Client, shipped: UUID, link: Callable[..., str], hear: Callable[..., None]
) -> None:
    hear(TrackingStatus.EXCEPTION, Substatus.OTHER, description=HOSTILE, city=HOSTILE)
    assert "<img src=x" not in show(client, link(shipped))


def test_a_parcel_that_is_not_there_is_reported_without_a_script(
    client: Client, delivered: UUID, link: Callable[..., str], report_path: str
) -> None:
    form = show(client, report_path)
    assert "Please look here first" in form
    assert "with a neighbor" in form
    answer = Client(enforce_csrf_checks=True).post(report_path, {"note": "asked the neighbors"})
    assert (answer.status_code, answer["Location"]) == (303, report_path)
    assert "Thank you for telling us" in show(client, report_path)
    page = show(client, link(delivered))
    assert "Delivered, but not found" in page
    assert "You told us on" in page
    assert "not-found/" not in page
    [progress] = tracking.list_progress([delivered])[delivered]
    assert progress.condition == "not_found"


def test_looking_reports_nothing(client: Client, delivered: UUID, report_path: str) -> None:
    for method in client.get, client.head:
        assert method(report_path).status_code == 200
    [progress] = tracking.list_progress([delivered])[delivered]
    assert progress.not_found_since is None


def test_only_what_was_delivered_can_be_reported(
    client: Client, shipped: UUID, link: Callable[..., str]
) -> None:
    [view] = fulfillment.list_parcels_of_orders([shipped])[shipped]
    path = f"{link(shipped)}/not-found/{view.id}"
    assert client.post(path, {}).status_code == 404
    [progress] = tracking.list_progress([shipped])[shipped]
    assert progress.not_found_since is None


def test_another_orders_parcel_can_not_be_reported(
    client: Client,
    delivered: UUID,
    place: Callable[..., UUID],
    link: Callable[..., str],
    report_path: str,
) -> None:
    parcel_id = report_path.rpartition("/")[2]
    other = place(external_id="5009", number="#1049")
    for path in f"{link(other)}/not-found/{parcel_id}", f"{link(delivered)}/not-found/{new_id()}":
        assert client.post(path, {}).status_code == 404
    assert client.post(f"/o/forged/not-found/{parcel_id}", {}).status_code == 404
    [progress] = tracking.list_progress([delivered])[delivered]
    assert progress.not_found_since is None


def test_a_note_too_long_is_named(client: Client, report_path: str) -> None:
    answer = client.post(report_path, {"note": "x" * 1001})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"note"}


def test_forms_are_limited_by_order(client: Client, report_path: str) -> None:
    updates = report_path.partition("/not-found/")[0] + "/updates"
    choice = {"channel": "email", "steps": ["delivered"]}
    statuses = [client.post(updates, choice).status_code for _ in range(11)]
    assert statuses == [303] * 10 + [429]
    assert "Please wait an hour" in client.post(updates, choice).content.decode()


def test_news_are_chosen_and_kept(client: Client, shipped: UUID, link: Callable[..., str]) -> None:
    path = f"{link(shipped)}/updates"
    assert path in show(client, link(shipped))
    form = show(client, path)
    assert "By e-mail" in form
    assert "m•••@example.com" in form
    assert "By text message" not in form  # nobody knows a number
    answer = client.post(path, {"channel": "none", "steps": []})
    assert answer.status_code == 303
    assert tracking.get_update_choice(shipped).channel == "none"
    assert "Your choice is saved." in show(client, answer["Location"])


@pytest.mark.parametrize("wrong", [{"channel": "pigeon"}, {"channel": "email", "steps": ["x"]}, {}])
def test_a_wrong_choice_changes_nothing(
    client: Client, shipped: UUID, link: Callable[..., str], wrong: dict[str, Any]
) -> None:
    before = tracking.get_update_choice(shipped)
    assert client.post(f"{link(shipped)}/updates", wrong).status_code == 422
    assert tracking.get_update_choice(shipped) == before


def test_an_expired_link_opens_none_of_its_pages(
    client: Client, delivered: UUID, link: Callable[..., str], report_path: str, now: datetime
) -> None:
    old = link(delivered, now - timedelta(days=400))
    for tail in "", "/updates", "/history", "/not-found/" + report_path.rpartition("/")[2]:
        assert client.get(old + tail).status_code == 410
        if tail:
            assert client.post(old + tail, {}).status_code == 410


def test_sub_pages_are_private(client: Client, delivered: UUID, report_path: str) -> None:
    for path in report_path, report_path.partition("/not-found/")[0] + "/updates":
        response = client.get(path)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"].startswith("private")
        assert "noindex" in response["X-Robots-Tag"]


def test_parcels_cost_a_known_number_of_queries(
    client: Client, shipped: UUID, link: Callable[..., str], hear: Callable[..., None]
) -> None:
    path, counts = link(shipped), []
    show(client, path)  # a new store's return policy is made when it is first asked for
    for hours in 30, 20, 10:
        hear(TrackingStatus.IN_TRANSIT, Substatus.ARRIVED, hours_ago=hours, city=f"City {hours}")
        with CaptureQueriesContext(connection) as queries:
            show(client, path)
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 13  # with what may be changed, sent back or spent
