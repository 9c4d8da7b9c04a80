"""The order page: one signed link opens one order, and tells no more than its shopper knows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.ids import new_id
from doorstep.portal.tests.conftest import incoming
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingAddress
from doorstep.rooms.stores.contracts import StoreInfo

Place = Callable[..., UUID]
Link = Callable[..., str]


def test_the_page_answers_without_a_login(client: Client, place: Place, link: Link) -> None:
    response = client.get(link(place()))
    page = response.content.decode()
    assert response.status_code == 200
    for part in "#1042", "Arriving", "Stoneware cup", "Engraving", "€65.00", "DHL Parcel":
        assert part in page


def test_nothing_of_the_address_is_whole(client: Client, place: Place, link: Link) -> None:
    page = client.get(link(place())).content.decode()
    for secret in "Sveavägen", "Lindqvist", "111 57", "maya@example.com":
        assert secret not in page
    for hint in "Maya L.", "S•••", "11••• Stockholm", "m•••@example.com":
        assert hint in page


def test_headers_keep_the_link_to_its_holder(client: Client, place: Place, link: Link) -> None:
    response = client.get(link(place()))
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Cache-Control"].startswith("private")
    assert response.cookies == {}


def test_a_forged_link_is_a_404(client: Client, place: Place, link: Link) -> None:
    path = link(place())
    for forged in path[:-2], path + "x", "/o/nothing", path.replace("/o/", "/o/A"):
        response = client.get(forged)
        assert response.status_code == 404
        assert b"Stoneware" not in response.content


def test_an_unknown_order_looks_like_a_forgery(client: Client, place: Place, link: Link) -> None:
    place()
    unknown, forged = client.get(link(new_id())), client.get("/o/forged")
    assert unknown.status_code == forged.status_code == 404
    assert body(unknown) == body(forged)


def test_another_stores_order_does_not_exist(
    client: Client, place: Place, other_store: StoreInfo, now: datetime
) -> None:
    """Even with a genuine signature: the order is not in that store."""
    token = orders.order_page_token(other_store.id, place(), at=now)
    assert client.get(f"/o/{token}").status_code == 404


def test_a_page_stays_off_other_stores_domains(
    client: Client,
    place: Place,
    link: Link,
    other_store: StoreInfo,
    settings: object,
    change_store: Callable[..., None],
) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    path = link(place())
    change_store(portal_host="orders.fern.example")
    assert client.get(path, headers={"host": "orders.fern.example"}).status_code == 200
    change_store(other_store, portal_host="orders.tidewater.example")
    assert client.get(path, headers={"host": "orders.tidewater.example"}).status_code == 404


def test_an_expired_link_leads_to_the_look_up(
    client: Client, place: Place, link: Link, now: datetime
) -> None:
    path = link(place(), now - timedelta(days=181))
    response = client.get(path)
    assert response.status_code == 410
    assert b"/s/fern-and-kettle/lookup" in response.content
    assert b"1042" not in response.content


def test_links_do_not_reach_the_log(
    client: Client, place: Place, link: Link, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    for path in link(place(), now - timedelta(days=181)), "/o/forged-but-secret":
        assert client.get(path).status_code in {404, 410}
        assert path not in caplog.text


def test_the_store_decides_how_long(
    client: Client,
    place: Place,
    link: Link,
    now: datetime,
    change_store: Callable[..., None],
) -> None:
    path = link(place(), now - timedelta(days=40))
    assert client.get(path).status_code == 200
    change_store(order_link_days=30)
    assert client.get(path).status_code == 410


def test_an_address_that_can_not_be_delivered_to_asks_for_help(
    client: Client, place: Place, link: Link
) -> None:
    order_id = place(shipping_address=IncomingAddress(name="Maya Lindqvist", country_code="SE"))
    page = client.get(link(order_id)).content.decode()
    assert "We need your help with the address" in page
    assert "address_invalid" not in page


def test_languages_by_order_and_by_choice(client: Client, place: Place, link: Link) -> None:
    path = link(place())
    assert '<html lang="en" dir="ltr"' in client.get(f"{path}?lang=xx").content.decode()
    arabic = client.get(f"{path}?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl"' in arabic


def test_a_chosen_language_lasts(client: Client, place: Place, link: Link) -> None:
    """The next page and the next step of a form speak it too; who chooses nothing has no cookie."""
    path = link(place())
    client.get(f"{path}?lang=de")
    for page in (client.get(path), client.get(f"{path}/change"), client.post(f"{path}/cancel")):
        assert '<html lang="de"' in page.content.decode()
    assert '<html lang="fr"' in client.get(f"{path}?lang=fr").content.decode()
    assert '<html lang="fr"' in client.get(path).content.decode()
    assert Client().get(path).cookies == {}


def test_the_structured_data_is_json(client: Client, place: Place, link: Link) -> None:
    page = client.get(link(place())).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert (data["@type"], data["price"], data["priceCurrency"]) == ("Order", "65.00", "EUR")


def test_titles_from_outside_are_escaped(
    client: Client, place: Place, link: Link, now: datetime
) -> None:
    line = replace(incoming(now).lines[0], title="</script><img src=x onerror=alert(1)>")
    other = incoming(now).lines[1]
    page = client.get(link(place(lines=(line, other)))).content.decode()
    assert "<img src=x" not in page


def test_the_brand_color_stands_in_a_nonced_style(client: Client, place: Place, link: Link) -> None:
    response = client.get(link(place()))
    nonce = re.search(r"<style nonce=\"([^\"]+)\">@layer brand", response.content.decode())
    assert nonce
    assert f"'nonce-{nonce[1]}'" in response["Content-Security-Policy"]


def test_the_page_costs_a_known_number_of_queries(client: Client, place: Place, link: Link) -> None:
    path = link(place())
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    assert len(queries) <= 8, [q["sql"][:90] for q in queries]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_for_reading(client: Client, method: str, db: None) -> None:
    assert getattr(client, method)("/o/anything").status_code == 405


def body(response: object) -> str:
    """Return a page without what differs each time."""
    return re.sub(r'nonce="[^"]*"', "", response.content.decode())  # type: ignore[attr-defined]
