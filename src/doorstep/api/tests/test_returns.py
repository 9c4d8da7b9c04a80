"""A return over the API, from the wish to the money, with constant queries on lists."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import AskedLine, MethodKind, Outcome, ReturnRequest
from doorstep.rooms.returns.tests.policy_cast import deliver, line, lines_of, place
from doorstep.rooms.stores import api as stores

INES = Actor("user", "ines", "Ines", role="owner")
SCOPES = ["returns.view", "returns.change", "returns.receive"]


def arrived(nth=1):
    order_id = place(
        line(quantity=2, sku="K-1"),
        nth=nth,
        ordered=now() - timedelta(days=2),
        financial_status=FinancialStatus.PAID,
    )
    deliver(order_id, now() - timedelta(days=1))
    return order_id


def test_a_return_from_the_wish_to_the_money(store):
    order_id = arrived()
    key = stores.create_api_key(name="k", scopes=SCOPES, by=INES, at=now())
    client = Client(headers={"Authorization": f"Bearer {key.secret}"}, SERVER_NAME="localhost")

    def post(path, body, status=200):
        answer = client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    options = client.get(f"/api/v1/orders/{order_id}/return-options").json()
    [option] = options["lines"]
    assert option["eligibility"]["is_allowed"]
    asked = {
        "line_id": option["line_id"],
        "quantity": 2,
        "reason_code": "do_not_like_it",
        "outcome": "refund",
    }
    amounts = post(f"/orders/{order_id}/return-amounts", {"lines": [asked]})
    assert amounts["outcomes"][0]["total_minor"] == 4000
    form = {"lines": [asked], "method": "qr_drop_off", "key": "form"}
    refused = post(f"/orders/{order_id}/returns", form | {"lines": [asked | {"quantity": 9}]}, 422)
    assert refused["errors"][0]["field"] == "lines.0.quantity"
    assert client.get("/api/v1/returns").json()["items"] == []  # nothing happened
    made = post(f"/orders/{order_id}/returns", form, 201)
    again = post(f"/orders/{order_id}/returns", form, 201)
    assert made["summary"]["id"] == again["summary"]["id"]
    path = f"/returns/{made['summary']['id']}"
    post(f"{path}/scans", {"status": "in_transit", "occurred_at": now().isoformat()})
    got = post(f"{path}/receptions", {"items": [{"code": "K-1", "quantity": 2}], "key": "s"})
    finding = {"condition": "as_new", "is_accepted": True, "disposition": "scrap"}
    findings = [finding | {"piece_id": piece["id"]} for piece in got["pieces"]]
    done = post(f"{path}/inspection", {"findings": findings})
    assert done["summary"]["state"] == "closed"
    assert [one["amount_minor"] for one in done["settlements"]] == [4000]


def test_a_label_bought_elsewhere_is_put_in(store):
    order_id = arrived()
    wish = AskedLine(lines_of(order_id)[0].id, 1, "do_not_like_it", Outcome.REFUND)
    asked = ReturnRequest(order_id, (wish,), MethodKind.QR_DROP_OFF, "form")
    made = returns.request_return(request=asked, by=INES, at=now())
    key = stores.create_api_key(name="k", scopes=SCOPES, by=INES, at=now())
    client = Client(headers={"Authorization": f"Bearer {key.secret}"}, SERVER_NAME="localhost")

    def post(path, body, status=200):
        url = f"/api/v1/returns/{made.summary.id}/{path}"
        answer = client.post(url, json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    for wrong, field in (
        ({}, "document"),
        ({"document": "%%%"}, "document"),
        ({"document": base64.b64encode(b"GIF nothing").decode()}, "document"),
        ({"tracking_number": "1"}, "tracking_number"),
    ):
        refused = post("label", wrong, 422)
        assert refused["errors"][0]["field"] == field
    assert returns.get_return(made.summary.id, at=now()).label.provider == "built_in"
    document = base64.b64encode(b"%PDF-1.4 a label").decode()
    got = post("label", {"document": document, "tracking_number": "1Z999", "carrier": "UPS"})
    assert (got["label"]["provider"], got["label"]["document_type"]) == (
        "by_hand",
        "application/pdf",
    )
    assert "has a label" in post("label-request", {}, 409)["title"]
    post("repair-sending", {}, 409)
    assert client.get("/api/v1/returns?needs=label").json()["items"] == []


def test_lists_cost_the_same_however_long(store):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            found = returns.list_returns()
            returns.get_returns([one.id for one in found.items], at=now())
        return len(seen)

    def ask(nth):
        order_id = arrived(nth)
        wish = AskedLine(lines_of(order_id)[0].id, 1, "do_not_like_it", Outcome.REFUND)
        request = ReturnRequest(order_id, (wish,), MethodKind.QR_DROP_OFF, "form")
        with store_scope(store.id):
            returns.request_return(request=request, by=INES, at=now())

    ask(1)
    one = cost()
    for nth in range(2, 6):
        ask(nth)
    assert cost() == one
