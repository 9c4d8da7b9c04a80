"""Shipments and the packing screen over HTTP: no script, two packers, wrong scans, many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.console.shipments.table import lay_table
from doorstep.console.tests.shop import Shop
from doorstep.demo.api import SEEDER
from doorstep.demo.orders import SCENES, play
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ShipmentFilter, ShipmentState
from doorstep.rooms.orders import api as orders

UPS = "1Z999AA10123456784"
MANY = (("TEA-SENCHA-100", 1), ("TEA-ASSAM-250", 3))


@pytest.fixture
def ours(shop: Shop, db: None) -> Any:
    """Work inside our store."""
    with store_scope(shop.ours.store.id):
        yield shop.ours


def _order(number: int) -> tuple[UUID, UUID]:
    """Place an order of four pieces; returns it and its shipment."""
    at = now()
    scene = replace(SCENES[0], number=number, skus=MANY, hours_ago=1, code="")
    [placed] = orders.record_orders(
        [play(scene, at)], sales_channel="shopify", connection_id=None, by=SEEDER, at=at
    )
    run_until_idle()
    [shipment] = fulfillment.list_shipments(ShipmentFilter(order_id=placed.order_id)).items
    return placed.order_id, shipment.id


def _url(ours: Any, name: str, *args: Any) -> str:
    return reverse(f"console:{name}", args=[ours.store.slug, *args])


def _table(shipment_id: UUID, **more: str) -> dict[str, str]:
    """Return the form of the packing page as it stands at first."""
    table = lay_table(fulfillment.get_packing_plan(shipment_id, at=now()), "")
    form = {"boxes": str(len(table.boxes)), "signature": table.signature}
    for nth, box in enumerate(table.boxes):
        form |= {f"b{nth}-{item.key}-has": str(item.has) for item in box.items}
        form |= {f"b{nth}-box": box.box_id, f"b{nth}-weight": box.weight, f"b{nth}-number": ""}
    return form | more


def _ticked(shipment_id: UUID, **more: str) -> dict[str, str]:
    form = _table(shipment_id)
    ticks = {f"{name.removesuffix('-has')}-all": "1" for name in form if name.endswith("-has")}
    return {**form, **ticks, "do": "confirm", **more}


def test_scans_lead_to_the_packing_page(ours: Any, sign_in: Callable[..., Client]) -> None:
    order_id, shipment = _order(7001)
    client, there = sign_in("warehouse"), _url(ours, "packing-shipment", shipment)
    link = orders.order_page_url(ours.store, order_id, at=now())
    for code in "#7001", "7001", "#7001-1", " 7001-1 ", link:
        answer = client.get(_url(ours, "packing"), {"code": code})
        assert answer.status_code == 302, code
        assert answer["Location"] == there, code
    answer = client.get(_url(ours, "packing"), {"code": "<b>nothing</b>"})
    assert "Nothing found for" in answer.content.decode()
    assert "<b>nothing" not in answer.content.decode()
    assert answer["Permissions-Policy"] == "camera=(self)"


def test_each_scan_counts_one_and_a_wrong_thing_is_said(
    ours: Any, sign_in: Callable[..., Client]
) -> None:
    _order_id, shipment = _order(7002)
    client, url = sign_in("warehouse"), _url(ours, "packing-shipment", shipment)
    form, key = _table(shipment), _key_of(shipment, "TEA-ASSAM-250")
    page = client.post(url, {**form, "do": "scan", "scan": "tea-assam-250"}).content.decode()
    assert "Assam Mangalam, 250 g: 1 of 3" in page
    again = {**form, f"{key}-put": "3", "do": "scan", "scan": "TEA-ASSAM-250"}
    assert "Put this one back" in client.post(url, again).content.decode()
    page = client.post(url, {**form, "do": "scan", "scan": "FERN-BOSTON"}).content.decode()
    assert "Wrong item!" in page
    assert 'role="alert"' in page
    page = client.post(url, {**form, "do": "scan", "scan": "#1042"}).content.decode()
    assert "another shipment" in page
    page = client.post(url, {**form, "do": "scan", "scan": "7002"}).content.decode()
    assert "the shipment you are packing" in page
    page = client.post(url, {**form, "do": "scan", "scan": UPS}).content.decode()
    assert f'value="{UPS}"' in page
    assert "A number of UPS" in page


def _key_of(shipment_id: UUID, sku: str) -> str:
    [line] = [one for one in fulfillment.get_shipment(shipment_id).things if one.sku == sku]
    assert line.order_line_id is not None
    return f"b0-l{line.order_line_id.hex}"


def test_nothing_is_packed_before_all_is_in(ours: Any, sign_in: Callable[..., Client]) -> None:
    _order_id, shipment = _order(7003)
    url, form = _url(ours, "packing-shipment", shipment), _table(shipment)
    answer = sign_in("warehouse").post(url, {**form, "do": "confirm"})
    assert answer.status_code == 422
    assert "are not ticked" in answer.content.decode()
    bad = sign_in("warehouse").post(url, _ticked(shipment, **{"b0-weight": "heavy"}))
    assert bad.status_code == 422
    assert "whole grams" in bad.content.decode()
    assert fulfillment.get_shipment(shipment).summary.state == ShipmentState.TO_PACK


@pytest.mark.parametrize("figure", ["9" * 5_000, "1234567x", "²"])
def test_a_figure_that_is_none_breaks_nothing(
    ours: Any, sign_in: Callable[..., Client], figure: str
) -> None:
    _order_id, shipment = _order(7016)
    url, client = _url(ours, "packing-shipment", shipment), sign_in("warehouse")
    form = _ticked(shipment)
    key = next(name for name in form if name.endswith("-has"))
    assert client.post(url, form | {"boxes": figure, "do": "scan"}).status_code in (200, 409)
    assert client.post(url, form | {key: figure}).status_code == 409
    assert fulfillment.get_shipment(shipment).summary.state == ShipmentState.TO_PACK


def test_packed_with_weight_carrier_and_number(ours: Any, sign_in: Callable[..., Client]) -> None:
    _order_id, shipment = _order(7004)
    client, url = sign_in("warehouse"), _url(ours, "packing-shipment", shipment)
    filled = {"b0-weight": "1500", "b0-service": "dhl|", "b0-number": "00340434161094042557"}
    page = client.post(url, _ticked(shipment, **filled), follow=True).content.decode()
    assert "Print the label" in page
    [parcel] = fulfillment.get_shipment(shipment).parcels
    assert (parcel.weight_grams, parcel.carrier) == (1500, "dhl")
    assert parcel.tracking_number == "00340434161094042557"


def test_the_second_of_two_packers_is_told(ours: Any, sign_in: Callable[..., Client]) -> None:
    _order_id, shipment = _order(7005)
    url, filled = _url(ours, "packing-shipment", shipment), _ticked(shipment)
    assert sign_in("manager").post(url, filled).status_code == 302
    answer = sign_in("warehouse").post(url, filled)
    assert answer.status_code == 409
    assert "Marco has packed this already" in answer.content.decode()
    assert len(fulfillment.get_shipment(shipment).parcels) == 1


def test_a_canceled_order_is_refused_in_words(ours: Any, sign_in: Callable[..., Client]) -> None:
    order_id, shipment = _order(7006)
    filled, at = _ticked(shipment), now()
    incoming = play(replace(SCENES[0], number=7006, skus=MANY, hours_ago=1, code=""), at)
    gone = replace(incoming, canceled_at=at, version_at=at + timedelta(seconds=5))
    orders.record_orders([gone], sales_channel="shopify", connection_id=None, by=SEEDER, at=at)
    run_until_idle()
    answer = sign_in("warehouse").post(_url(ours, "packing-shipment", shipment), filled)
    assert answer.status_code == 409
    assert "does not go out" in answer.content.decode()
    assert orders.get_order(order_id).summary.state == "canceled"


def test_other_contents_than_those_on_the_page_are_ticked_anew(
    ours: Any, sign_in: Callable[..., Client]
) -> None:
    _order_id, shipment = _order(7007)
    filled = _ticked(shipment)
    [tea] = [t for t in fulfillment.get_shipment(shipment).things if t.sku == "TEA-ASSAM-250"]
    assert tea.order_line_id is not None
    fulfillment.split_shipment(
        shipment_id=shipment, later={tea.order_line_id: 1}, by=SEEDER, at=now()
    )
    answer = sign_in("warehouse").post(_url(ours, "packing-shipment", shipment), filled)
    assert answer.status_code == 409
    assert "changed while you were packing" in answer.content.decode()
    assert fulfillment.get_shipment(shipment).summary.state == ShipmentState.TO_PACK


def test_what_is_there_goes_and_the_rest_follows(ours: Any, sign_in: Callable[..., Client]) -> None:
    order_id, shipment = _order(7008)
    form, key = _table(shipment), _key_of(shipment, "TEA-ASSAM-250")
    filled = {**form, f"{key}-put": "2", "do": "partial"}
    url = _url(ours, "packing-shipment", shipment)
    assert sign_in("warehouse").post(url, filled).status_code == 302
    found = fulfillment.list_shipments_of([order_id])[order_id]
    assert [(one.summary.state, one.summary.piece_count) for one in found] == [
        ("packed", 2),
        ("to_pack", 2),
    ]


def test_a_hold_needs_a_word_and_takes_it_off_the_table(
    ours: Any, sign_in: Callable[..., Client]
) -> None:
    order_id, shipment = _order(7009)
    client, url = sign_in("warehouse"), _url(ours, "packing-shipment", shipment)
    form = _table(shipment)
    assert client.post(url, {**form, "do": "hold", "note": " "}).status_code == 422
    assert client.post(url, {**form, "do": "hold", "note": "Lid is cracked"}).status_code == 302
    run_until_idle()
    page = client.get(url).content.decode()
    assert "do not pack" in page
    assert "Lid is cracked" in page
    assert orders.get_order(order_id).summary.state == "on_hold"


def test_pieces_go_into_another_box_and_back(ours: Any, sign_in: Callable[..., Client]) -> None:
    _order_id, shipment = _order(7010)
    client, url = sign_in("warehouse"), _url(ours, "packing-shipment", shipment)
    form, key = _table(shipment), _key_of(shipment, "TEA-ASSAM-250")
    asked = {f"{key}-to": form["boxes"], f"{key}-count": "1", "do": f"move:0:{key[3:]}"}
    page = client.post(url, {**form, **asked})
    [first, *others] = page.context["table"].boxes
    assert len(others) == int(form["boxes"])
    assert others[-1].items[0].has == 1
    assert first.weight == ""
    for wrong in {f"{key}-to": "99"}, {f"{key}-count": "9"}, {"do": "move:x:y"}:
        page = client.post(url, {**form, **asked, **wrong})
        assert "Choose a box" in page.content.decode()


def test_many_at_once(ours: Any, sign_in: Callable[..., Client]) -> None:
    client = sign_in("warehouse")
    _one, first = _order(7011)
    _two, second = _order(7012)
    changes, both = _url(ours, "shipments-changes"), [first, second]
    nothing = client.post(changes, {"do": "picked"}, follow=True)
    assert "Tick the shipments first" in nothing.content.decode()
    done = client.post(changes, {"shipment": both, "do": "picked"}, follow=True)
    assert "2 marked as picked." in done.content.decode()
    answer = client.post(_url(ours, "shipments-papers"), {"shipment": both, "do": "pick_list"})
    assert client.get(answer["Location"]).status_code == 200
    client.post(_url(ours, "packing-shipment", first), _ticked(first))
    page = client.post(changes, {"shipment": both, "do": "shipped"}, follow=True).content.decode()
    assert "1 has left." in page
    assert "Pack it first" in page


def test_the_parcels_number_is_corrected(ours: Any, sign_in: Callable[..., Client]) -> None:
    client, url = sign_in("warehouse"), _url(ours, "shipments-number", ours.packed_parcel)
    wrong = client.post(url, {"tracking_number": "---", "service": ""})
    assert wrong.status_code == 422
    assert "letters and digits" in wrong.content.decode()
    page = client.post(url, {"tracking_number": UPS, "service": ""}, follow=True).content.decode()
    assert UPS in page
    assert "UPS" in page


def test_the_next_one_is_another_when_one_is_passed_over(
    ours: Any, sign_in: Callable[..., Client]
) -> None:
    _order(7013)
    _order(7014)
    client, url = sign_in("warehouse"), _url(ours, "packing")
    first = client.get(url, {"next": "1"})["Location"]
    passed = first.rstrip("/").rpartition("/")[2]
    assert client.get(url, {"next": "1", "after": passed})["Location"] != first


def test_pages_ask_as_often_for_more_rows_and_lines(
    ours: Any, sign_in: Callable[..., Client]
) -> None:
    client = sign_in("warehouse")
    order_id, shipment = _order(7015)
    urls = [
        _url(ours, "shipments"),
        _url(ours, "packing"),
        _url(ours, "packing-shipment", shipment),
        _url(ours, "shipments-detail", shipment),
        _url(ours, "orders-detail", order_id),
    ]
    before = [_queries(client, url) for url in urls]
    for number in range(7020, 7026):
        _order(number)
    assert [_queries(client, url) for url in urls] == before


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_support_looks_and_does_not_pack(ours: Any, sign_in: Callable[..., Client]) -> None:
    client = sign_in("support")
    page = client.get(_url(ours, "shipments")).content.decode()
    assert "Packing slips" in page
    assert "Mark as picked" not in page
    assert _url(ours, "packing") not in page
    detail = client.get(_url(ours, "shipments-detail", ours.packed)).content.decode()
    assert "The carrier took it" not in detail


def test_a_carrier_with_its_levels(ours: Any, sign_in: Callable[..., Client]) -> None:
    client = sign_in("manager")
    row = {"levels-TOTAL_FORMS": "1", "levels-INITIAL_FORMS": "0", "provider": "manual"}
    good = {"levels-0-code": "eco", "levels-0-transit_days_min": "2", "levels-0-transit_days_max": "5",
            "levels-0-shipping_methods": "Eco\n Slow boat \n", "is_active": "on"}  # fmt: skip
    url = _url(ours, "settings-carriers-new")
    assert client.post(url, {"code": "gls", **row, **good}).status_code == 302
    [level] = fulfillment.get_carrier("gls").service_levels
    assert level.shipping_methods == ("Eco", "Slow boat")
    assert (level.transit_days_min, level.transit_days_max) == (2, 5)
    bad = {"levels-0-transit_days_max": "1"}
    answer = client.post(url, {"code": "gls", **row, **good, **bad})
    assert answer.status_code == 422
    assert "from fewest to most" in answer.content.decode()
