"""A Shopify shop's Admin API on the loopback, as far as orders are edited, canceled and refunded.

It keeps orders, tokens and idempotency keys; answers errors where Shopify does: HTTP for tokens and
limits, ``errors`` for throttling and access, ``userErrors`` for what is refused. Edits are staged in
a session and committed whole. :meth:`Shop.plan` brings trouble to the next call of a name.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLIENT_ID, CLIENT_SECRET = "doorstep-app", "shpss_fern"


@dataclass
class Trouble:
    """What goes wrong with the next calls of a name.

    :param how: throttled, down (503), late (429 with Retry-After), lost (done, but no answer),
        denied (401), or words: a ``userErrors`` refusal.
    """

    name: str
    how: str


@dataclass
class Shop:
    """Where it listens and what it knows."""

    url: str = ""
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(9001))

    def plan(self, name: str, how: str, times: int = 1) -> None:
        """Bring trouble to the next calls whose operation has this name."""
        self.troubles += [Trouble(name, how)] * times

    def add_order(self, external_id: str, lines: dict[str, int], paid: str, **more: Any) -> None:
        """Have an order: line id → pieces, and what was paid for it."""
        self.orders[f"gid://shopify/Order/{external_id}"] = {
            "id": f"gid://shopify/Order/{external_id}",
            "cancelledAt": None,
            "note": "",
            "currencyCode": "EUR",
            "presentmentCurrencyCode": "EUR",
            "shippingAddress": {},
            "refunds": [],
            "transactions": [
                {
                    "id": "gid://shopify/OrderTransaction/1",
                    "kind": "SALE",
                    "status": "SUCCESS",
                    "gateway": "shopify_payments",
                    "parentTransaction": None,
                    "amountSet": {"shopMoney": {"amount": paid, "currencyCode": "EUR"}},
                }
            ],
            "lineItems": {
                "nodes": [
                    {
                        "id": f"gid://shopify/LineItem/{line}",
                        "currentQuantity": pieces,
                        "variant": {"id": f"gid://shopify/ProductVariant/{line}"},
                    }
                    for line, pieces in lines.items()
                ]
            },
            **more,
        }

    def order(self, external_id: str) -> dict[str, Any]:
        """Return an order as it stands."""
        return self.orders[f"gid://shopify/Order/{external_id}"]

    def pieces(self, external_id: str) -> dict[str, int]:
        """Return line id → pieces of an order."""
        nodes = self.order(external_id)["lineItems"]["nodes"]
        return {one["id"].rsplit("/", 1)[-1]: one["currentQuantity"] for one in nodes}

    # -- operations ------------------------------------------------------------------------------

    def answer(self, query: str, given: dict[str, Any]) -> dict[str, Any]:
        """Carry out one GraphQL request."""
        name = _operation(query)
        self.calls.append((name, given))
        do = getattr(self, "_do_" + re.sub(r"(?=[A-Z])", "_", name).lower())
        return do(given, query)

    def _do_order(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        return {"order": self.orders.get(given["id"])}

    def _do_order_update(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        order = self.orders[given["input"]["id"]]
        if "note" in given["input"]:
            order["note"] = given["input"]["note"]
        if address := given["input"].get("shippingAddress"):
            order["shippingAddress"] = {**address, "countryCodeV2": address["countryCode"]}
        return {"orderUpdate": {"order": {"id": order["id"]}, "userErrors": []}}

    def _do_order_cancel(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        order = self.orders[given["id"]]
        if order["cancelledAt"]:
            errors = [{"field": ["orderId"], "message": "Order is already cancelled"}]
            return {"orderCancel": {"job": None, "orderCancelUserErrors": errors}}
        order["cancelledAt"] = "2026-11-20T10:00:00Z"
        return {"orderCancel": {"job": {"id": "gid://shopify/Job/1"}, "orderCancelUserErrors": []}}

    def _do_order_edit_begin(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        edit = f"gid://shopify/CalculatedOrder/{next(self.numbers)}"
        self.sessions[edit] = {"order": given["id"], "quantities": {}, "added": []}
        calculated = {"id": edit, "lineItems": {"nodes": []}}
        return {"orderEditBegin": {"calculatedOrder": calculated, "userErrors": []}}

    def _do_order_edit_set_quantity(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        line = given["line"].replace("CalculatedLineItem", "LineItem")
        session = self.sessions[given["id"]]
        known = {one["id"] for one in self.orders[session["order"]]["lineItems"]["nodes"]}
        errors = [] if line in known else [{"field": ["lineItemId"], "message": "Not found"}]
        if not errors:
            session["quantities"][line] = given["quantity"]
        return {"orderEditSetQuantity": {"calculatedOrder": None, "userErrors": errors}}

    def _do_order_edit_add_variant(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        self.sessions[given["id"]]["added"].append((given["variant"], given["quantity"]))
        return {"orderEditAddVariant": {"calculatedLineItem": None, "userErrors": []}}

    def _do_order_edit_commit(self, given: dict[str, Any], _query: str) -> dict[str, Any]:
        session = self.sessions.pop(given["id"])
        order = self.orders[session["order"]]
        nodes = order["lineItems"]["nodes"]
        for one in nodes:
            one["currentQuantity"] = session["quantities"].get(one["id"], one["currentQuantity"])
        for variant, quantity in session["added"]:
            line = f"gid://shopify/LineItem/{next(self.numbers)}"
            nodes.append({"id": line, "currentQuantity": quantity, "variant": {"id": variant}})
        return {"orderEditCommit": {"order": order, "userErrors": []}}

    def _do_refund_create(self, given: dict[str, Any], query: str) -> dict[str, Any]:
        assert "@idempotent(key: $key)" in query, "refunds without a key are errors since 2026-04"
        if given["key"] in self.keys:
            return self.keys[given["key"]]
        asked, order = given["input"], self.orders[given["input"]["orderId"]]
        amount = sum(Decimal(one["amount"]) for one in asked["transactions"])
        paid = Decimal(order["transactions"][0]["amountSet"]["shopMoney"]["amount"])
        back = sum((one["amount"] for one in order["refunds"]), Decimal(0))
        if amount + back > paid:
            errors = [{"field": ["transactions"], "message": "Refund amount exceeds the payment"}]
            return {"refundCreate": {"refund": None, "userErrors": errors}}
        made = {
            "id": f"gid://shopify/Refund/{next(self.numbers)}",
            "note": asked["note"],
            "amount": amount,
            "lines": asked["refundLineItems"],
        }
        order["refunds"].append(made)
        answer = {"refundCreate": {"refund": {"id": made["id"]}, "userErrors": []}}
        self.keys[given["key"]] = answer
        return answer


def _operation(query: str) -> str:
    body = query.split("{", 1)[1]
    found = re.search(r"\b(order[A-Za-z]*|refundCreate)\s*\(", body)
    assert found, query
    return found.group(1)


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Give a token, or answer a query."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        with self.shop.lock:
            if self.path == "/admin/oauth/access_token":
                return self._give_token(body)
            if not re.fullmatch(r"/admin/api/\d{4}-\d{2}/graphql\.json", self.path):
                return self._send(404, {"errors": "Not Found"})
            if self.headers.get("X-Shopify-Access-Token") not in self.shop.tokens:
                return self._send(401, {"errors": "[API] Invalid API key or access token"})
            return self._answer(body)

    def _give_token(self, body: dict[str, Any]) -> None:
        if (body["client_id"], body["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return self._send(400, {"error": "invalid_client"})
        assert body["grant_type"] == "client_credentials"
        token = f"shpat_{next(self.shop.numbers)}"
        self.shop.tokens.add(token)
        return self._send(200, {"access_token": token, "scope": "", "expires_in": 86399})

    def _answer(self, body: dict[str, Any]) -> None:
        name = _operation(body["query"])
        trouble = next((one for one in self.shop.troubles if one.name == name), None)
        if trouble is None:
            return self._send(200, {"data": self.shop.answer(body["query"], body["variables"])})
        self.shop.troubles.remove(trouble)
        match trouble.how:
            case "throttled":
                cost = {
                    "requestedQueryCost": 100,
                    "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 50},
                }
                errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
                return self._send(200, {"errors": errors, "extensions": {"cost": cost}})
            case "down":
                return self._send(503, {"errors": "Service Unavailable"})
            case "late":
                return self._send(429, {"errors": "Too many requests"}, {"Retry-After": "7"})
            case "denied":
                self.shop.tokens.clear()
                return self._send(401, {"errors": "Invalid token"})
            case "lost":
                self.shop.answer(body["query"], body["variables"])
                self.close_connection = True
                return None
            case words:
                errors = [{"field": [], "message": words}]
                return self._send(200, {"data": {name: {"userErrors": errors}}})

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@contextmanager
def shopify_api() -> Iterator[Shop]:
    """Run a shop on the loopback."""
    shop = Shop()
    handler = type("Handler", (_Handler,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
