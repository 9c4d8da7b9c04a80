"""EasyPost's API on the loopback, as far as return labels are made, coded and taken back.

Stateful and strict the way EasyPost is: JSON only, the key as user name, required fields refused
with 422 and the fields to blame, postage that a shipment has once, files at addresses that need no
key. Used in a thread (``with easypost_api() as fake``) over real HTTP. What carriers do is called on
the :class:`Fake`; :meth:`Fake.plan` brings trouble.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API_KEY = "EZTKfernandkettle0123456789"
PDF = b"%PDF-1.4\n% a label\n%%EOF\n"
# One black dot.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
RATES = (
    ("USPS", "Priority", "11.01"),
    ("USPS", "GroundAdvantage", "8.20"),
    ("UPSDAP", "Ground", "7.95"),
)


class EasyPostError(Exception):
    """An error as EasyPost answers it."""

    def __init__(self, status: int, code: str, message: str, errors: Any = ()) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "errors": list(errors)}}


@dataclass
class Trouble:
    """What goes wrong with the next requests to a path.

    :param status: answered instead; 0: the connection is closed without an answer.
    :param is_done: what was asked for happens all the same.
    """

    path: str
    status: int
    code: str = ""
    message: str = ""
    is_done: bool = False
    retry_after: int = 0


@dataclass
class Fake:
    """Where it listens, what it knows, and what it was asked."""

    url: str = ""
    shipments: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    rates: tuple[tuple[str, str, str], ...] = RATES
    messages: list[dict[str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # tracking numbers the carrier has seen
    bought: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # -- what tests look at and bring about -----------------------------------------------------

    def plan(self, path: str, status: int, **other: Any) -> None:
        """Bring trouble to the next request whose path ends with ``path``."""
        self.troubles.append(Trouble(path, status, **other))

    def asked(self, ending: str) -> int:
        """Count the requests whose path ends like this."""
        return sum(path.endswith(ending) for _, path in self.requests)

    def event(self, shipment_id: str, status: str, at: str, message: str) -> bytes:
        """Let the carrier scan a parcel; return the body of the webhook that tells of it."""
        with self.lock:
            shipment = self.shipments[shipment_id]
            number = shipment["tracking_code"]
            if status != "pre_transit":
                self.used.add(number)
            detail = {
                "object": "TrackingDetail", "message": message, "status": status, "datetime": at,
                "source": "USPS",
                "tracking_location": {"city": "BERKELEY", "state": "CA", "country": "US"},
            }  # fmt: skip
            tracker = shipment["tracker"] | {
                "object": "Tracker", "mode": "test", "status": status, "is_return": True,
                "tracking_details": [detail],
            }  # fmt: skip
            nth = next(self.numbers)
            event = {
                "id": f"evt_{nth:032d}", "object": "Event", "mode": "test",
                "description": "tracker.updated", "status": "pending", "result": tracker,
            }  # fmt: skip
            return json.dumps(event).encode()

    # -- the API ---------------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Carry out one request under the lock."""
        if (method, path) == ("POST", "/v2/shipments"):
            return 201, self._create(body)
        found = re.fullmatch(r"/v2/shipments/([\w-]+)(?:/(buy|refund|forms))?", path)
        shipment = self.shipments.get(found[1]) if found else None
        if found is None or shipment is None:
            raise EasyPostError(404, "NOT_FOUND", "The requested resource could not be found.")
        if method == "GET" and found[2] is None:
            return 200, shipment
        if method != "POST" or found[2] is None:
            raise EasyPostError(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
        do = {"buy": self._buy, "refund": self._refund, "forms": self._form}[found[2]]
        return (201 if found[2] == "forms" else 200), do(shipment, body)

    def _create(self, body: Any) -> dict[str, Any]:
        wanted = body.get("shipment") if isinstance(body, dict) else None
        if not isinstance(wanted, dict):
            raise EasyPostError(422, "PARAMETER.REQUIRED", "Missing required parameter.", [
                {"field": "shipment", "message": "cannot be blank"}])  # fmt: skip
        for address in ("to_address", "from_address"):
            missing = {"street1", "city", "zip", "country"} - set(wanted.get(address, {}))
            if missing:
                raise EasyPostError(422, "SHIPMENT.INVALID_PARAMS", "Unable to create shipment.", [
                    {"field": f"{address}.{one}", "message": "cannot be blank"}
                    for one in sorted(missing)])  # fmt: skip
        weight = wanted.get("parcel", {}).get("weight")
        if not isinstance(weight, int | float) or weight <= 0:
            raise EasyPostError(422, "SHIPMENT.INVALID_PARAMS", "Wrong parameter type.", [
                {"field": "parcel.weight", "message": "must be greater than 0"}])  # fmt: skip
        name = f"shp_{next(self.numbers):032x}"
        is_return = wanted.get("is_return") is True
        ends = ("from_address", "to_address") if is_return else ("to_address", "from_address")
        self.shipments[name] = {
            "id": name,
            "object": "Shipment",
            "mode": "test",
            "is_return": is_return,
            "reference": wanted.get("reference"),
            "options": wanted.get("options", {}),
            "to_address": wanted[ends[0]],
            "from_address": wanted[ends[1]],
            "parcel": wanted["parcel"],
            "messages": self.messages,
            "rates": [
                {
                    "id": f"rate_{next(self.numbers):032x}",
                    "object": "Rate",
                    "carrier": carrier,
                    "service": service,
                    "rate": price,
                    "currency": "USD",
                    "shipment_id": name,
                }
                for carrier, service, price in self.rates
            ],
            "selected_rate": None,
            "postage_label": None,
            "tracking_code": None,
            "tracker": None,
            "refund_status": None,
            "forms": [],
        }
        return self.shipments[name]

    def _buy(self, shipment: dict[str, Any], body: Any) -> dict[str, Any]:
        if shipment["postage_label"]:
            raise EasyPostError(
                422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment."
            )
        wanted = (body or {}).get("rate", {}).get("id")
        rate = next((one for one in shipment["rates"] if one["id"] == wanted), None)
        if rate is None:
            raise EasyPostError(404, "RATE.NOT_FOUND", "The rate could not be found.")
        nth = next(self.numbers)
        number = f"94001{nth:017d}"
        shipment["selected_rate"], shipment["tracking_code"] = rate, number
        shipment["tracker"] = {
            "id": f"trk_{nth:032x}", "tracking_code": number, "carrier": rate["carrier"],
        }  # fmt: skip
        shipment["postage_label"] = {
            "object": "PostageLabel",
            "label_file_type": "application/pdf",
            "label_url": self._file(f"postage_label/{nth}.pdf", PDF),
            "label_pdf_url": None,
        }
        self.bought.append(shipment["id"])
        return shipment

    def _refund(self, shipment: dict[str, Any], _body: Any) -> dict[str, Any]:
        if not shipment["postage_label"]:
            raise EasyPostError(
                422, "SHIPMENT.REFUND.UNAVAILABLE", "No postage was purchased for this shipment."
            )
        used = shipment["tracking_code"] in self.used
        shipment["refund_status"] = "rejected" if used else "submitted"
        return shipment

    def _form(self, shipment: dict[str, Any], body: Any) -> dict[str, Any]:
        if (body or {}).get("form", {}).get("type") != "label_qr_code":
            raise EasyPostError(422, "FORM.TYPE.INVALID", "Invalid form type.")
        rate = shipment["selected_rate"]
        if rate is None or rate["carrier"] != "USPS":
            raise EasyPostError(422, "FORM.UNSUPPORTED", "The carrier has no QR codes.")
        nth = next(self.numbers)
        url = self._file(f"form/label_qr_code/{nth}.png", PNG)
        shipment["forms"].append({"object": "Form", "form_type": "label_qr_code", "form_url": url})
        return shipment

    def _file(self, name: str, content: bytes) -> str:
        self.files[f"/files/{name}"] = content
        return f"{self.url}/files/{name}"


def sign(body: bytes, secret: str) -> str:
    """Return the header ``X-Hmac-Signature`` of a webhook."""
    return f"hmac-sha256-hex={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a read, or give a file."""
        self._handle("GET")

    def do_POST(self) -> None:
        """Do something."""
        self._handle("POST")

    def _handle(self, method: str) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake, path = self.fake, self.path
        with fake.lock:
            fake.requests.append((method, path))
            trouble = next((one for one in fake.troubles if path.endswith(one.path)), None)
            if trouble:
                fake.troubles.remove(trouble)
            try:
                if trouble and not trouble.is_done:
                    raise EasyPostError(trouble.status, trouble.code, trouble.message)
                if path.startswith("/files/"):
                    return self._give_file(path)
                status, body = fake.answer(method, path, self._body(method, raw))
                if trouble:
                    raise EasyPostError(trouble.status, trouble.code, trouble.message)
                answer = copy.deepcopy(body)
            except EasyPostError as error:
                status, answer = error.status, error.body
        if status == 0:
            self.close_connection = True
            return None
        headers = {"Retry-After": str(trouble.retry_after)} if trouble else {}
        return self._send(status, json.dumps(answer).encode(), "application/json", headers)

    def _body(self, method: str, raw: bytes) -> Any:
        expected = "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode()
        if self.headers.get("Authorization") != expected:
            raise EasyPostError(401, "APIKEY.INACTIVE", "This api key is no longer active.")
        if method == "GET":
            return None
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise EasyPostError(400, "BAD_REQUEST", "Send JSON.")
        return json.loads(raw)

    def _give_file(self, path: str) -> None:
        if self.headers.get("Authorization"):
            return self._send(400, b"no key belongs here", "text/plain")
        content = self.fake.files.get(path)
        if content is None:
            return self._send(404, b"", "text/plain")
        kind = "application/pdf" if content.startswith(b"%PDF") else "image/png"
        return self._send(200, content, kind)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            if value != "0":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@contextmanager
def easypost_api() -> Iterator[Fake]:
    """Run an EasyPost on the loopback."""
    fake = Fake()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
