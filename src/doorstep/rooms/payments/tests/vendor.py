"""A vendor in this process whose answers a test chooses, and makers of what tests need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.http import refuse_in_transaction
from doorstep.rooms.payments import api, ports
from doorstep.rooms.payments.contracts import Capture, ChargeView, LinkView, RefundView
from doorstep.rooms.payments.ports import (
    LinkAsk,
    MovedMoney,
    OpenedLink,
    PaidLink,
    Power,
    RefundAsk,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SYSTEM = Actor.system("test")
INES = Actor("user", "ines", "Ines", role="owner")
SUBJECT = "order:0190a5b0-0000-7000-8000-000000000001"


@dataclass
class Vendor:
    """Says yes unless ``answers`` (by call) or ``every`` (all calls) hold something else."""

    name: str = "test"
    label: str = "Test vendor"
    powers: frozenset[Power] = frozenset(Power)
    ready: bool = True
    asked: list[tuple[str, Any]] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def is_ready(self) -> bool:
        return self.ready

    def check_amount(self, currency: str, amount_minor: int) -> None:
        if currency == "KWD" and amount_minor % 10:
            raise Invalid("The test vendor takes KWD in steps of ten.", field="amount_minor")

    def refund(self, ask: RefundAsk) -> Any:
        return self._say("refund", ask, lambda: MovedMoney(f"re_{ask.refund_id.hex[-8:]}"))

    def open_link(self, ask: LinkAsk) -> Any:
        page = OpenedLink(f"cs_{ask.link_id.hex[-8:]}_{ask.nth}", "https://pay.example/1", None)
        return self._say("open_link", ask, lambda: page)

    def look_at_link(self, link_id: UUID, external_id: str) -> Any:
        return self._say("look", external_id, lambda: OpenedLink(external_id, "https://x", None))

    def close_link(self, link_id: UUID, external_id: str) -> Any:
        return self._say("close_link", external_id, lambda: MovedMoney(external_id))

    def capture(self, charge_id: UUID, external_id: str, amount_minor: int, currency: str) -> Any:
        return self._say("capture", amount_minor, lambda: MovedMoney(external_id))

    def void(self, charge_id: UUID, external_id: str) -> Any:
        return self._say("void", external_id, lambda: MovedMoney(external_id))

    def will(self, call: str, *answers: Any) -> None:
        """Give these answers to the next calls; exceptions are raised."""
        self.answers.setdefault(call, []).extend(answers)

    def count(self, call: str) -> int:
        """Count how often it was asked."""
        return sum(name == call for name, _ in self.asked)

    def _say(self, call: str, what: Any, usual: Callable[[], Any]) -> Any:
        refuse_in_transaction()
        self.asked.append((call, what))
        waiting = self.answers.get(call)
        answer = waiting.pop(0) if waiting else usual()
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def vendor(name: str = "test") -> Iterator[Vendor]:
    """Make a vendor known for the time of a test, the only one."""
    kept = dict(ports._providers)
    ports._providers.clear()
    one = Vendor(name)
    ports.register_provider(one)
    try:
        yield one
    finally:
        ports._providers.clear()
        ports._providers.update(kept)


def charge(amount_minor: int = 5000, cause: str = "order:1:paid", **other: Any) -> ChargeView:
    """Record a payment of 50 euros."""
    values: dict[str, Any] = {
        "subject": SUBJECT, "cause": cause, "key": "customer-1", "provider": "test",
        "external_id": "pi_1", "currency": "EUR", "amount_minor": amount_minor,
        "method_label": "Visa ending in 4242", "charged_at": AT,
    }  # fmt: skip
    return api.record_charge(**(values | other), by=SYSTEM, at=AT)


def refund(
    of: ChargeView, amount_minor: int = 1500, cause: str = "return:1:refund", at: datetime = AT
) -> RefundView:
    """Ask for 15 euros back."""
    return api.request_refund(
        charge_id=of.id, amount_minor=amount_minor, cause=cause, key="customer-1",
        reason="Too small", by=SYSTEM, at=at,
    )  # fmt: skip


def link(amount_minor: int = 2500, cause: str = "change:1:pay", **other: Any) -> LinkView:
    """Ask a shopper for 25 euros."""
    values: dict[str, Any] = {
        "subject": SUBJECT, "cause": cause, "key": "customer-1", "currency": "EUR",
        "amount_minor": amount_minor, "capture": Capture.NOW, "words": "Two more cups",
        "email": "maya@example.com", "expires_at": None,
    }  # fmt: skip
    return api.request_link(**(values | other), by=SYSTEM, at=AT)


def paid(of: LinkView, **other: Any) -> PaidLink:
    """Say that a request was paid."""
    values: dict[str, Any] = {
        "payment_id": f"pi_{of.id.hex[-8:]}", "currency": of.currency,
        "amount_minor": of.amount_minor, "is_captured": of.capture == Capture.NOW,
        "method_label": "Visa ending in 4242", "paid_at": AT,
    }  # fmt: skip
    return PaidLink(**(values | other))
