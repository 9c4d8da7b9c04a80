"""Stripe's API on the loopback, as far as money moves: Checkout, holds, refunds, chargebacks.

Stateful and strict the way Stripe is: forms only, a pinned version, idempotency keys that repeat
what they answered (errors too), refuse another body and are busy while the first request runs.
Used in a thread (``with stripe_api() as fake``) over real HTTP. What shoppers and banks do is
called on the :class:`Fake`; :meth:`Fake.plan` brings trouble.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

from doorstep.connectors.payments.stripe.signature import sign

API_KEY = "sk_test_fern_and_kettle"
VERSIONS = ("2025-04-30.basil",)
_FINAL = ("succeeded", "failed", "canceled")


class StripeError(Exception):
    """An error as Stripe answers it."""

    def __init__(self, status: int, code: str, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind or "invalid_request_error", "code": code, "message": message}
        self.body = {"error": error}


@dataclass
class Trouble:
    """What goes wrong with the next requests to a path.

    :param status: answered instead; 0: the connection is closed without an answer.
    :param is_done: what was asked for happens all the same.
    """

    path: str
    status: int
    code: str = ""
    is_done: bool = False
    retry_after: int = 0
    times: int = 1


@dataclass
class Fake:
    """Where it listens, what it knows, and what it was asked."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    refunds_stay: str = "succeeded"  # the state new refunds are in
    # Held open while set: requests have been carried out and wait to be answered.
    gate: threading.Event | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: dict[str, tuple[str, int, dict[str, Any]]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # -- what tests look at and bring about -----------------------------------------------------

    def plan(self, path: str, status: int, **other: Any) -> None:
        """Bring trouble to the next request whose path contains ``path``."""
        self.troubles.append(Trouble(path, status, **other))

    def all(self, kind: str) -> list[dict[str, Any]]:
        """List the objects of a kind, oldest first."""
        with self.lock:
            return [one for one in self.objects.values() if one["object"] == kind]

    def pay(self, session_id: str, *, last4: str = "4242") -> dict[str, Any]:
        """Let the shopper pay a Checkout page with a card; return the PaymentIntent."""
        with self.lock:
            page = self._get(session_id, "checkout.session")
            if page["status"] != "open":
                raise StripeError(400, "", f"This page is {page['status']}.")
            intent = self._intent(page["amount_total"], page["currency"], page["_intent"], last4)
            page |= {"status": "complete", "payment_intent": intent["id"], "url": None}
            page["payment_status"] = "unpaid" if page["_is_hold"] else "paid"
            self._tell("checkout.session.completed", page)
            return intent

    def expire(self, session_id: str) -> None:
        """Let a page's time run out."""
        with self.lock:
            page = self._get(session_id, "checkout.session")
            page |= {"status": "expired", "url": None}
            self._tell("checkout.session.expired", page)

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
        """Let the bank send a refund back that had succeeded."""
        with self.lock:
            refund = self._get(refund_id, "refund")
            refund |= {"status": "failed", "failure_reason": reason}
            charge = self._charge_of(refund)
            charge["amount_refunded"] -= refund["amount"]
            self._tell("refund.failed", refund)

    def dispute(self, intent_id: str, status: str = "needs_response") -> dict[str, Any]:
        """Let the shopper's bank take a payment back."""
        with self.lock:
            charge = self._get(self._get(intent_id, "payment_intent")["latest_charge"], "charge")
            charge["disputed"] = True
            dispute = self._make(
                "dispute", "dp", amount=charge["amount"], currency=charge["currency"],
                charge=charge["id"], payment_intent=intent_id, reason="fraudulent", status=status,
            )  # fmt: skip
            self._tell("charge.dispute.created", dispute)
            return dispute

    def close_dispute(self, dispute_id: str, status: str) -> None:
        """Decide a chargeback: ``won`` or ``lost``."""
        with self.lock:
            dispute = self._get(dispute_id, "dispute")
            dispute["status"] = status
            self._get(dispute["charge"], "charge")["disputed"] = status != "won"
            self._tell("charge.dispute.closed", dispute)

    def deliver(self, url: str, secret: str, *, at: int, times: int = 1) -> list[int]:
        """Send every event not sent yet to a webhook; return the answers' statuses."""
        with self.lock:
            waiting, self.events = self.events, []
        answers = []
        for event in waiting:
            body = json.dumps(event, indent=2).encode()
            for _ in range(times):
                headers = {"Content-Type": "application/json", "Stripe-Signature": ""}
                headers["Stripe-Signature"] = sign(body, secret, at=at)
                request = Request(url, body, headers, method="POST")
                with urlopen(request, timeout=10) as answer:
                    answers.append(answer.status)
        return answers

    # -- what the API does ----------------------------------------------------------------------

    def handle(self, method: str, path: str, form: dict[str, Any]) -> dict[str, Any]:
        """Carry a request out. :raises StripeError: as Stripe would."""
        parts = path.split("/")
        with self.lock:
            match method, parts:
                case "POST", ["checkout", "sessions"]:
                    return self._open_page(form)
                case "POST", ["checkout", "sessions", name, "expire"]:
                    if self._get(name, "checkout.session")["status"] != "open":
                        raise StripeError(400, "", "Only Checkout Sessions with a status in "
                                          '["open"] can be expired.')  # fmt: skip
                    self.expire(name)
                    return self.objects[name]
                case "POST", ["payment_intents", name, "capture"]:
                    return self._capture(name, form)
                case "POST", ["payment_intents", name, "cancel"]:
                    return self._cancel(name)
                case "POST", ["refunds"]:
                    return self._refund(form)
                case "GET", ["refunds"]:
                    return self._list_refunds(form)
                case "GET", ["checkout", "sessions", name] | ["payment_intents" | "refunds", name]:
                    return self._show(name, form)
        raise StripeError(404, "", f"Unrecognized request URL ({method}: /v1/{path}).")

    def _open_page(self, form: dict[str, Any]) -> dict[str, Any]:
        price = form["line_items"]["0"]["price_data"]
        amount = int(price["unit_amount"]) * int(form["line_items"]["0"]["quantity"])
        if price["currency"] == "eur" and amount < 50:
            raise StripeError(400, "amount_too_small", "The Checkout Session's total is too small.")
        ends = int(form.get("expires_at", int(time.time()) + 86_400))
        intent = form.get("payment_intent_data", {})
        name = f"cs_test_{next(self.numbers):08d}"
        return self._make(
            "checkout.session", name, status="open", payment_status="unpaid", mode=form["mode"],
            amount_total=amount, currency=price["currency"], payment_intent=None,
            metadata=form.get("metadata", {}), expires_at=ends, url=f"{self.url}/c/{name}",
            client_reference_id=form.get("client_reference_id"), _intent=intent,
            _is_hold=intent.get("capture_method") == "manual",
        )  # fmt: skip

    def _intent(self, amount: int, currency: str, data: dict[str, Any], last4: str) -> Any:
        is_hold, note = data.get("capture_method") == "manual", data.get("metadata", {})
        intent = self._make(
            "payment_intent", "pi", amount=amount, currency=currency, metadata=note,
            status="requires_capture" if is_hold else "succeeded",
            amount_received=0 if is_hold else amount, amount_capturable=amount if is_hold else 0,
            capture_method="manual" if is_hold else "automatic", cancellation_reason=None,
        )  # fmt: skip
        card = {"type": "card", "card": {"brand": "visa", "last4": last4}}
        charge = self._make(
            "charge", "ch", amount=amount, currency=currency, payment_intent=intent["id"],
            metadata=note, status="succeeded", captured=not is_hold, amount_refunded=0,
            amount_captured=0 if is_hold else amount, disputed=False, payment_method_details=card,
        )  # fmt: skip
        intent["latest_charge"] = charge["id"]
        self._tell("charge.succeeded", charge)
        name = "amount_capturable_updated" if is_hold else "succeeded"
        self._tell(f"payment_intent.{name}", intent)
        return intent

    def _capture(self, name: str, form: dict[str, Any]) -> dict[str, Any]:
        intent = self._get(name, "payment_intent")
        self._needs_hold(intent)
        amount = int(form.get("amount_to_capture", intent["amount_capturable"]))
        if amount > intent["amount_capturable"]:
            raise StripeError(400, "amount_too_large", "The amount is more than is capturable.")
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        charge = self._get(intent["latest_charge"], "charge")
        charge |= {"captured": True, "amount_captured": amount}
        self._tell("charge.captured", charge)
        self._tell("payment_intent.succeeded", intent)
        return intent

    def _cancel(self, name: str) -> dict[str, Any]:
        intent = self._get(name, "payment_intent")
        self._needs_hold(intent)
        intent |= {"status": "canceled", "amount_capturable": 0}
        self._tell("payment_intent.canceled", intent)
        return intent

    @staticmethod
    def _needs_hold(intent: dict[str, Any]) -> None:
        if intent["status"] != "requires_capture":
            words = f"This PaymentIntent has a status of {intent['status']}."
            raise StripeError(400, "payment_intent_unexpected_state", words)

    def _refund(self, form: dict[str, Any]) -> dict[str, Any]:
        charge = self._charge_of(form)
        amount, left = int(form["amount"]), charge["amount_captured"] - charge["amount_refunded"]
        if charge["disputed"]:
            raise StripeError(400, "charge_disputed", "This charge has been charged back.")
        if not left:
            raise StripeError(400, "charge_already_refunded", "Charge has been refunded.")
        if amount > left:
            raise StripeError(400, "amount_too_large", f"Refund amount is greater than {left}.")
        if charge["currency"] in ("kwd", "bhd") and amount % 10:
            raise StripeError(400, "invalid_amount", "The last digit must be 0.")
        charge["amount_refunded"] += amount
        refund = self._make(
            "refund", "re", amount=amount, currency=charge["currency"], charge=charge["id"],
            payment_intent=charge["payment_intent"], metadata=form.get("metadata", {}),
            status=self.refunds_stay, reason=form.get("reason"),
        )  # fmt: skip
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def _list_refunds(self, form: dict[str, Any]) -> dict[str, Any]:
        of = self._charge_of(form)["id"]
        found = [one for one in self.all("refund") if one["charge"] == of][::-1]
        return {"object": "list", "data": found, "has_more": False}

    def settle_refund(self, refund_id: str, status: str = "succeeded") -> None:
        """Let the bank settle a refund that was pending."""
        with self.lock:
            refund = self._get(refund_id, "refund")
            assert status in _FINAL
            refund["status"] = status
            self._tell("refund.updated", refund)

    def _show(self, name: str, form: dict[str, Any]) -> dict[str, Any]:
        found = self._get(name)
        if "latest_charge" in form.get("expand", {}).values():
            return found | {"latest_charge": self.objects[found["latest_charge"]]}
        return found

    def _charge_of(self, form: dict[str, Any]) -> dict[str, Any]:
        if form.get("payment_intent"):
            intent = self._get(form["payment_intent"], "payment_intent")
            return self._get(intent["latest_charge"], "charge")
        return self._get(form["charge"], "charge")

    def _get(self, name: str, kind: str = "") -> dict[str, Any]:
        found = self.objects.get(name)
        if found is None or kind not in ("", found["object"]):
            raise StripeError(404, "resource_missing", f"No such {kind or 'object'}: '{name}'")
        return found

    def _make(self, kind: str, name: str, **values: Any) -> dict[str, Any]:
        if "_" not in name:
            name = f"{name}_{next(self.numbers):08d}"
        made = {"id": name, "object": kind, "created": int(time.time()), "livemode": False}
        self.objects[name] = made | values
        return self.objects[name]

    def _tell(self, kind: str, about: dict[str, Any]) -> None:
        """Make an event of what an object is now."""
        shown = json.loads(json.dumps(_public(about)))
        self.events.append(
            {"id": f"evt_{next(self.numbers):08d}", "object": "event", "created": int(time.time()),
             "data": {"object": shown}, "livemode": False, "type": kind}
        )  # fmt: skip


def _public(value: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if not name.startswith("_")}


def unflatten(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Read ``a[b][0]=c`` as nested dicts."""
    nested: dict[str, Any] = {}
    for path, value in pairs:
        *parents, last = path.replace("]", "").split("[")
        here = nested
        for part in parents:
            here = here.setdefault(part, {})
        here[last] = value
    return nested


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Read an object."""
        parts = urlsplit(self.path)
        self._answer_to(parts.path, unflatten(parse_qsl(parts.query)), "")

    def do_POST(self) -> None:
        """Do something, once per key."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = unflatten(parse_qsl(body, keep_blank_values=True))
        self._answer_to(urlsplit(self.path).path, form, body)

    def _answer_to(self, path: str, form: dict[str, Any], body: str) -> None:
        fake, key = self.fake, self.headers.get("Idempotency-Key", "")
        path = path.removeprefix("/v1/")
        with fake.lock:
            trouble = next((one for one in fake.troubles if one.path in path), None)
            if trouble:
                trouble.times -= 1
                if not trouble.times:
                    fake.troubles.remove(trouble)
            note = {"method": self.command, "path": path, "form": form, "key": key}
            fake.requests.append(note)
        try:
            status, answer = self._carry_out(path, form, body, key, trouble)
        except StripeError as error:
            status, answer = error.status, error.body
        if fake.gate is not None:
            fake.gate.wait(60)
        if status:
            self._send(status, answer, trouble.retry_after if trouble else 0)
        else:
            self.close_connection = True

    def _carry_out(
        self, path: str, form: dict[str, Any], body: str, key: str, trouble: Trouble | None
    ) -> tuple[int, dict[str, Any]]:
        if self.headers.get("Authorization") != f"Bearer {API_KEY}":
            raise StripeError(401, "", "Invalid API Key provided.")
        if self.headers.get("Stripe-Version") not in VERSIONS:
            raise StripeError(400, "", "Invalid Stripe API version.")
        if trouble and trouble.status in (409, 429):  # turned away at the door: nothing is kept
            raise StripeError(trouble.status, trouble.code or "rate_limit", "Too many requests.")
        if trouble and not trouble.status and not trouble.is_done:
            return 0, {}
        if not key:
            return self._once(path, form, trouble)
        return self._once_per_key(path, form, f"{path} {body}", key, trouble)

    def _once_per_key(
        self, path: str, form: dict[str, Any], request: str, key: str, trouble: Trouble | None
    ) -> tuple[int, dict[str, Any]]:
        fake = self.fake
        with fake.lock:
            if key in fake.running:
                raise StripeError(409, "idempotency_key_in_use", "Another request is running.")
            if key in fake.kept:
                before, status, answer = fake.kept[key]
                if before != request:
                    words = "Keys for idempotent requests can only be used with the same parameters"
                    raise StripeError(400, "", words, "idempotency_error")
                return status, answer
            fake.running.add(key)
        try:
            status, answer = self._once(path, form, trouble)
            with fake.lock:
                fake.kept[key] = (request, status or 200, answer)
        finally:
            with fake.lock:
                fake.running.discard(key)
        return status, answer

    def _once(
        self, path: str, form: dict[str, Any], trouble: Trouble | None
    ) -> tuple[int, dict[str, Any]]:
        if trouble and trouble.status and not trouble.is_done:
            return trouble.status, _failure(trouble)
        try:
            done = self.fake.handle(self.command, path, form)
            answer = json.loads(json.dumps(_public(done)))
        except StripeError as error:
            return error.status, error.body
        if trouble:
            return trouble.status, _failure(trouble) if trouble.status else answer
        return 200, answer

    def _send(self, status: int, answer: dict[str, Any], retry_after: int) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if retry_after:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _failure(trouble: Trouble) -> dict[str, Any]:
    kind = "card_error" if trouble.status == 402 else "api_error"
    return StripeError(trouble.status, trouble.code, "Something went wrong.", kind).body


@contextmanager
def stripe_api() -> Iterator[Fake]:
    """Serve until the block ends."""
    fake = Fake()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        if fake.gate is not None:
            fake.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
