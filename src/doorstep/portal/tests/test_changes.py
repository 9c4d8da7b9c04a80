"""Shoppers change their orders: the price first, the deed second, once, and in words when not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeState
from doorstep.rooms.fulfillment.tests.cast import pack, sent
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.orders.tests.cast import INES
from doorstep.rooms.payments.tests.vendor import Vendor, vendor

Place = Callable[..., UUID]
Link = Callable[..., str]


@pytest.fixture(autouse=True)
def listening(db: None) -> Iterator[Vendor]:
    ensure_cursors()
    with vendor() as one:
        yield one


@pytest.fixture
def tea(place: Place, now: datetime) -> dict[str, UUID]:
    """Two sizes of the tea Maya bought, with prices."""
    product = ListedProduct(
        "p-tea",
        "First-flush Darjeeling",
        variants=(
            ListedVariant("v-100", sku="TEA-DJ-100", title="100 g", price=14.5),  # type: ignore[arg-type]
            ListedVariant("v-250", sku="TEA-DJ-250", title="250 g", price=31),  # type: ignore[arg-type]
        ),
    )
    [[small, large]] = catalog.upsert_products([product], channel="shopify", at=now)
    return {"100": small, "250": large}


def line_of(order_id: UUID, sku: str) -> UUID:
    return next(one.id for one in orders.get_order(order_id).lines if one.sku == sku)


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


def confirm(client: Client, url: str, data: dict[str, Any]) -> Any:
    """Send a form, read its price, and be sure."""
    shown = client.post(url, data)
    assert shown.status_code == 200, shown.content.decode()
    return client.post(url, {**hidden(shown.content.decode()), "sure": "yes"})


def test_one_piece_less(client: Client, tea: object, place: Place, link: Link) -> None:
    order_id = place()
    run_until_idle()
    page = client.get(link(order_id)).content.decode()
    assert "Change the items" in page
    assert "Until it is packed" in page
    url = f"{link(order_id)}/change"
    name = f"q_{line_of(order_id, 'TEA-DJ-100').hex}"
    assert name in client.get(url).content.decode()
    shown = client.post(url, {name: "1"}).content.decode()
    assert "1 instead of 2" in shown
    assert "You get €13.05 back" in shown
    assert orders.get_order(order_id).summary.total_minor == 6500  # nothing happened yet
    fields = {**hidden(shown), "sure": "yes"}
    done = client.post(url, fields)
    assert done.status_code == 303
    assert "€13.05 comes back" in client.get(done["Location"]).content.decode()
    again = client.post(url, fields)
    assert again["Location"] == done["Location"]
    assert orders.get_order(order_id).summary.total_minor == 6500 - 1305


def test_a_swap_that_costs_more_is_paid_first(
    client: Client, tea: dict[str, UUID], place: Place, link: Link
) -> None:
    order_id = place()
    run_until_idle()
    url = f"{link(order_id)}/change"
    line = line_of(order_id, "TEA-DJ-100")
    assert "250 g – €31.00" in client.get(url).content.decode()
    done = confirm(client, url, {f"v_{line.hex}": tea["250"].hex})
    page = client.get(done["Location"]).content.decode()
    assert "Please pay the difference" in page
    assert "€33.00" in page
    assert "Pay now" in page
    shown = client.get(link(order_id)).content.decode()
    assert "Pay, or take it back" in shown
    assert "There is nothing you need to do" not in shown
    # The second tab is told, in words.
    other = client.post(f"{link(order_id)}/cancel", {"reason": ""})
    assert "Another change of this order is under way" in other.content.decode()
    back = client.post(done["Location"])
    assert "You took it back" in back.content.decode()
    assert orders.get_order(order_id).summary.total_minor == 6500


def test_a_form_that_changed_the_price_itself_counts_once(
    client: Client, tea: dict[str, UUID], place: Place, link: Link
) -> None:
    order_id = place(financial_status=FinancialStatus.PENDING)
    run_until_idle()
    url = f"{link(order_id)}/change"
    shown = client.post(url, {f"a_{tea['100'].hex}": "1"}).content.decode()
    fields = {**hidden(shown), "sure": "yes"}
    done, again = client.post(url, fields), client.post(url, fields)
    assert done.status_code == again.status_code == 303, again.content.decode()
    assert done["Location"] == again["Location"]
    assert sum(one.quantity for one in orders.get_order(order_id).lines) == 4


def test_the_live_price_changes_nothing(
    client: Client, tea: dict[str, UUID], place: Place, link: Link
) -> None:
    order_id = place()
    asked = client.post(f"{link(order_id)}/change/quote", {f"a_{tea['100'].hex}": "2"})
    assert "You pay €29.00 more" in asked.content.decode()
    assert changes.list_changes().items == ()


def test_a_price_that_changed_is_shown_first(
    client: Client, tea: dict[str, UUID], place: Place, link: Link, now: datetime
) -> None:
    order_id = place()
    url = f"{link(order_id)}/change"
    shown = client.post(url, {f"a_{tea['100'].hex}": "1"}).content.decode()
    catalog.set_price(
        variant_id=tea["100"],
        currency="EUR",
        channel="shopify",
        amount_minor=2000,
        by=INES,
        at=now,
    )
    answer = client.post(url, {**hidden(shown), "sure": "yes"})
    assert answer.status_code == 409
    assert "The price has changed" in answer.content.decode()
    assert "€20.00" in answer.content.decode()
    assert changes.list_changes().items == ()


def test_cancel_gives_the_money_back(client: Client, place: Place, link: Link) -> None:
    order_id = place()
    run_until_idle()
    url = f"{link(order_id)}/cancel"
    assert client.get(url).status_code == 200
    assert orders.get_order(order_id).summary.state == "ready"
    done = confirm(client, url, {"reason": "mistake"})
    assert "Your order is canceled" in client.get(done["Location"]).content.decode()
    order = orders.get_order(order_id)
    assert (order.summary.state, order.cancel_reason) == ("canceled", "customer")


def test_an_address_elsewhere_is_refused_in_words(client: Client, place: Place, link: Link) -> None:
    order_id = place()
    url = f"{link(order_id)}/change/address"
    page = client.get(url).content.decode()
    assert "Sveavägen" not in page
    where = {
        "name": "Maya",
        "line1": "Bahnhofstrasse 1",
        "postal_code": "8001",
        "city": "Zürich",
        "country_code": "CH",
    }
    answer = client.post(url, where)
    assert answer.status_code == 422
    assert "taxes or customs" in answer.content.decode()
    wrong = client.post(url, {**where, "country_code": "SE"})
    assert "postal code" in wrong.content.decode()
    done = confirm(client, url, {**where, "postal_code": "111 22", "country_code": "SE"})
    assert done.status_code == 303
    address = orders.get_order(order_id).shipping_address
    assert address is not None
    assert address.line1 == "Bahnhofstrasse 1"


def test_a_delay(client: Client, place: Place, link: Link, now: datetime) -> None:
    order_id = place()
    url = f"{link(order_id)}/delay"
    day = (now + timedelta(days=10)).date().isoformat()
    assert client.post(url, {"until": "2020-01-01"}).status_code == 422
    done = confirm(client, url, {"until": day})
    assert "Your order is changed" in client.get(done["Location"]).content.decode()
    assert orders.get_order(order_id).summary.hold_reasons == ("delayed",)


def test_a_delay_notice_stands_on_the_page(
    client: Client, place: Place, link: Link, now: datetime
) -> None:
    """Late is admitted where the shopper looks, not in a mail alone."""
    order_id = place()
    path = link(order_id)
    new_date = (now + timedelta(days=20)).date()
    notice = changes.send_delay_notice(order_id=order_id, new_date=new_date, by=INES, at=now)
    page = client.get(path).content.decode()
    assert f"{path}/later/{notice.id}" in page
    assert "We are sorry: it leaves by" in page


def test_once_packed_it_says_what_is_still_possible(
    client: Client, place: Place, link: Link
) -> None:
    order_id = place()
    run_until_idle()
    [shipment] = sent(order_id)
    pack(shipment)
    assert "packed already" in client.get(link(order_id)).content.decode()
    page = client.get(f"{link(order_id)}/change").content.decode()
    assert "Return it when it is there" in page
    late = client.post(f"{link(order_id)}/cancel", {"sure": "yes", "agreed": "0:0:6500"})
    assert "packed already" in late.content.decode()
    assert orders.get_order(order_id).summary.state == "ready"


def test_a_change_of_another_order_is_not_found(client: Client, place: Place, link: Link) -> None:
    mine, other = place(), place(external_id="77", number="#77")
    done = confirm(client, f"{link(mine)}/cancel", {"reason": ""})
    change_id = done["Location"].rsplit("/", 1)[1]
    assert client.get(f"{link(other)}/change/{change_id}").status_code == 404
    assert changes.get_change(UUID(change_id)).state is ChangeState.APPLIED


def test_a_form_key_that_was_tampered_with_breaks_nothing(
    client: Client, place: Place, link: Link
) -> None:
    url = link(place()) + "/cancel"
    form = {"sure": "yes", "agreed": "no", "form_key": "a\x00"}
    assert client.post(url, form).status_code == 409
    answer = client.post(link(place()) + "/change", {**form, "q_x": "1"})
    assert answer.status_code == 422
