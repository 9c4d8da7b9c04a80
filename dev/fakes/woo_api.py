"""A WooCommerce shop's REST API on the loopback: orders, their notes and refunds.

Basic auth by consumer key; nothing takes an idempotency key, so what is asked twice is done twice.
:meth:`WooShop.plan` brings trouble to the next call of a method.
"""

from __future__ import annotations

import base64
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
from urllib.parse import urlsplit

KEY, SECRET = "ck_fern", "cs_kettle"


@dataclass
class WooShop:
    """Where it listens and what it knows."""

    url: str = ""
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    notes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(7001))

    def plan(self, method: str, how: str) -> None:
        """Bring trouble to the next call of a method: down, late, lost, html, denied, gone."""
        self.troubles.append((method, how))

    def add_order(self, order_id: int, lines: dict[int, int], total: str) -> None:
        """Have an order: line id → pieces at 10.00."""
        self.orders[order_id] = {
            "id": order_id,
            "status": "processing",
            "total": total,
            "shipping": {},
            "line_items": [
                {
                    "id": line,
                    "product_id": line,
                    "variation_id": line,
                    "quantity": pieces,
                    "subtotal": str(10 * pieces),
                    "total": str(10 * pieces),
                }
                for line, pieces in lines.items()
            ],
        }
        self.refunds[order_id], self.notes[order_id] = [], []

    def do(self, method: str, order_id: int, what: str, body: Any) -> tuple[int, Any]:
        """Carry out one request."""
        self.calls.append((method, what, body))
        order = self.orders.get(order_id)
        if order is None:
            return 404, {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}
        match method, what:
            case "GET", "":
                return 200, order
            case "PUT", "":
                return self._change(order, body)
            case "GET", "refunds":
                return 200, self.refunds[order_id]
            case "POST", "refunds":
                return self._refund(order, body)
            case "GET", "notes":
                return 200, self.notes[order_id]
            case "POST", "notes":
                self.notes[order_id].append(body)
                return 201, body
        return 404, {"code": "rest_no_route", "message": "No route was found."}

    def _change(self, order: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        for line in body.pop("line_items", []):
            known = next((one for one in order["line_items"] if one["id"] == line.get("id")), None)
            if known is None:
                order["line_items"].append({"id": next(self.numbers), **line})
            elif line["quantity"] == 0:
                order["line_items"].remove(known)
            else:
                known.update(line)
        order.update(body)
        return 200, order

    def _refund(self, order: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        back = sum((Decimal(one["amount"]) for one in self.refunds[order["id"]]), Decimal(0))
        if back + Decimal(body["amount"]) > Decimal(order["total"]):
            return 400, {
                "code": "woocommerce_rest_invalid_order_refund",
                "message": "Invalid refund amount.",
            }
        made = {"id": next(self.numbers), **body}
        self.refunds[order["id"]].append(made)
        return 201, made


class _Handler(BaseHTTPRequestHandler):
    shop: WooShop
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {pair}":
            return self._send(401, {"code": "woocommerce_rest_cannot_view", "message": "No"})
        found = re.fullmatch(r"/wp-json/wc/v3/orders/(\d+)(?:/(\w+))?", urlsplit(self.path).path)
        if not found:
            return self._send(404, {"code": "rest_no_route", "message": "No route was found."})
        with self.shop.lock:
            trouble = next((one for one in self.shop.troubles if one[0] == self.command), None)
            if trouble is not None:
                self.shop.troubles.remove(trouble)
            how = trouble[1] if trouble else ""
            if how == "down":
                return self._send(503, {"code": "down", "message": "Maintenance"})
            if how == "late":
                return self._send(429, {"code": "late", "message": ""}, {"Retry-After": "9"})
            if how == "html":
                return self._send(200, "<html>Checking your browser</html>")
            if how == "denied":
                return self._send(403, {"code": "forbidden", "message": "Read only"})
            status, answer = self.shop.do(self.command, int(found[1]), found[2] or "", body)
            if how == "lost":
                self.close_connection = True
                return None
            return self._send(status, answer)

    def do_GET(self) -> None:
        """Read."""
        self._serve()

    def do_POST(self) -> None:
        """Add."""
        self._serve()

    def do_PUT(self) -> None:
        """Change."""
        self._serve()

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
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
def woo_api() -> Iterator[WooShop]:
    """Run a shop on the loopback."""
    shop = WooShop()
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
