"""Stripe as a payment provider: refunds, Checkout pages, holds.

What we send names our own row in ``metadata``, so that whatever the vendor later says of it, or
still knows after it forgot our idempotency key (which may be after a day), is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.payments.stripe.amounts import to_stripe
from doorstep.connectors.payments.stripe.asking import Stripe, StripeRefusal
from doorstep.connectors.payments.stripe.objects import (
    LINK,
    REFUND,
    paid_by_intent,
    refund_words,
    refusal_words,
)
from doorstep.rooms.payments.ports import (
    Accepted,
    LinkAsk,
    MovedMoney,
    OpenedLink,
    PaidLink,
    Power,
    RefundAsk,
    Refused,
    TryAgain,
)
from doorstep.rooms.stores import api as stores

NAME = "stripe"
API_KEY = "api_key"
# A Checkout page lives a day at most and half an hour at least (``expires_at``). Shorter ends are
# ours to keep by closing the page; the margin leaves time to ask again with the same body.
_LIVES = timedelta(hours=24)
_SHORTEST = timedelta(hours=1)
_PROCESSING_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class StripeProvider:
    """The Stripe account that the store of the current scope has connected."""

    name: str = NAME
    label: str = "Stripe"
    powers: frozenset[Power] = frozenset(Power)

    def is_ready(self) -> bool:
        """Tell whether the store has a key; a demo shop never calls out."""
        return bool((connections.find_credentials(NAME) or {}).get(API_KEY)) and (
            not stores.get_store().is_demo
        )

    def check_amount(self, currency: str, amount_minor: int) -> None:
        """Refuse what Stripe can't move. :raises Invalid: in words."""
        to_stripe(amount_minor, currency)

    def refund(self, ask: RefundAsk) -> MovedMoney | Accepted | Refused:
        """Give money back, once per ``refund_id``. :raises TryAgain: not known."""
        stripe = _stripe()
        of = "charge" if ask.charge_external_id.startswith("ch_") else "payment_intent"
        try:
            if ask.external_id:
                return _refund_answer(stripe.get(f"refunds/{ask.external_id}"))
            if ask.is_repeat:
                for one in _refunds(stripe, {of: ask.charge_external_id}):
                    if one.get("metadata", {}).get(REFUND) == str(ask.refund_id):
                        return _refund_answer(one)
            form = {
                of: ask.charge_external_id,
                "amount": to_stripe(ask.amount_minor, ask.currency),
                "reason": "requested_by_customer",
                "metadata": {REFUND: ask.refund_id, "reason": ask.reason[:500]},
            }
            return _refund_answer(stripe.post("refunds", form, key=f"refund-{ask.refund_id}"))
        except StripeRefusal as refusal:
            return Refused(refusal.code, refusal_words(refusal.code, refusal.words))

    def open_link(self, ask: LinkAsk) -> OpenedLink | PaidLink | Refused:
        """Make a Checkout page, once per ``link_id`` and ``nth``. :raises TryAgain: not known."""
        if ask.former_id:  # of two open pages both could be paid
            closed = self.close_link(ask.link_id, ask.former_id)
            if isinstance(closed, PaidLink):
                return closed
        key = f"link-{ask.link_id}-{ask.nth}"
        try:
            made = _stripe().post("checkout/sessions", _page(ask), key=key)
        except StripeRefusal as refusal:
            return Refused(refusal.code, refusal_words(refusal.code, refusal.words))
        return _opened(made)

    def look_at_link(self, link_id: UUID, external_id: str) -> OpenedLink | PaidLink | Refused:
        """Say what became of a page. :raises TryAgain: not known, or the bank takes its time."""
        stripe = _stripe()
        try:
            page = stripe.get(f"checkout/sessions/{external_id}")
        except StripeRefusal as refusal:
            return Refused(refusal.code, refusal_words(refusal.code, refusal.words))
        if page.get("status") == "complete":
            return _paid(stripe, page)
        if page.get("status") == "expired":
            return Refused("expired", "The payment page is over.")
        return _opened(page)

    def close_link(self, link_id: UUID, external_id: str) -> MovedMoney | PaidLink:
        """Expire a page, or say that it was paid. :raises TryAgain: not known."""
        stripe = _stripe()
        try:
            stripe.post(f"checkout/sessions/{external_id}/expire", {}, key=f"close-{external_id}")
        except StripeRefusal as refusal:
            # Only open ones expire: this one is over or complete.
            found = self.look_at_link(link_id, external_id)
            if isinstance(found, PaidLink):
                return found
            if isinstance(found, OpenedLink):
                raise TryAgain(f"Stripe would not close the page: {refusal.words}") from refusal
        return MovedMoney(external_id)

    def capture(
        self, charge_id: UUID, external_id: str, amount_minor: int, currency: str
    ) -> MovedMoney | Refused:
        """Take so much of a hold, once. :raises TryAgain: not known."""
        stripe, form = _stripe(), {"amount_to_capture": to_stripe(amount_minor, currency)}
        try:
            key = f"capture-{charge_id}"
            stripe.post(f"payment_intents/{external_id}/capture", form, key=key)
        except StripeRefusal as refusal:
            state = _intent_state(stripe, external_id)
            if state == "canceled":
                return Refused("canceled", "The hold had ended before it was taken.")
            if state != "succeeded":
                raise TryAgain(f"Stripe would not take the hold: {refusal.words}") from refusal
        return MovedMoney(external_id)

    def void(self, charge_id: UUID, external_id: str) -> MovedMoney | Refused:
        """Cancel a hold. :raises TryAgain: not known."""
        stripe = _stripe()
        try:
            stripe.post(f"payment_intents/{external_id}/cancel", {}, key=f"void-{charge_id}")
        except StripeRefusal as refusal:
            state = _intent_state(stripe, external_id)
            if state == "succeeded":
                return Refused(
                    "captured", "The hold was taken at Stripe before it could be let go."
                )
            if state != "canceled":
                raise TryAgain(f"Stripe would not let the hold go: {refusal.words}") from refusal
        return MovedMoney(external_id)


def _stripe() -> Stripe:
    return Stripe((connections.find_credentials(NAME) or {}).get(API_KEY, ""))


def _refunds(stripe: Stripe, of: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the refunds of a payment, newest first; a payment has a few, never thousands."""
    after: dict[str, str] = {}
    for _ in range(20):
        page = stripe.get("refunds", limit=100, **of, **after)
        found = page.get("data", [])
        yield from found
        if not page.get("has_more") or not found:
            return
        after = {"starting_after": found[-1]["id"]}


def _refund_answer(made: dict[str, Any]) -> MovedMoney | Accepted | Refused:
    state, name = made.get("status"), str(made["id"])
    if state == "succeeded":
        return MovedMoney(name)
    if state in ("failed", "canceled"):
        return Refused(str(made.get("failure_reason") or state), refund_words(made))
    return Accepted(name, refund_words(made))


def _page(ask: LinkAsk) -> dict[str, Any]:
    """Return the form for a Checkout page; the same however often it is asked for."""
    ends = ask.expires_at
    fits = ends is not None and _SHORTEST <= ends - ask.asked_at <= _LIVES
    note = {LINK: ask.link_id}
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": ask.currency.lower(),
                    "unit_amount": to_stripe(ask.amount_minor, ask.currency),
                    "product_data": {"name": ask.words},
                },
            }
        ],
        "success_url": ask.return_url,
        "cancel_url": ask.return_url.partition("?")[0],
        "client_reference_id": ask.link_id,
        "customer_email": ask.email,
        "metadata": note,
        "payment_intent_data": {
            "metadata": note,
            "description": ask.words,
            "capture_method": "manual" if ask.is_hold else None,
        },
        # Only cards can be held.
        "payment_method_types": ["card"] if ask.is_hold else None,
        # Else Stripe may charge another currency than the order's.
        "adaptive_pricing": {"enabled": False},
        "expires_at": int(ends.timestamp()) if fits and ends is not None else None,
    }


def _opened(page: dict[str, Any]) -> OpenedLink:
    ends = datetime.fromtimestamp(int(page["expires_at"]), UTC)
    return OpenedLink(str(page["id"]), str(page.get("url") or ""), ends)


def _paid(stripe: Stripe, page: dict[str, Any]) -> PaidLink:
    """Return how a complete page was paid.

    :raises TryAgain: by a way that takes the bank days.
    """
    intent = stripe.get(f"payment_intents/{page['payment_intent']}", expand=["latest_charge"])
    paid = paid_by_intent(intent)
    if paid is None:
        raise TryAgain("The bank is still working on this payment.", _PROCESSING_SECONDS)
    return paid


def _intent_state(stripe: Stripe, external_id: str) -> str:
    try:
        return str(stripe.get(f"payment_intents/{external_id}").get("status", ""))
    except StripeRefusal as refusal:
        raise TryAgain(f"Stripe does not know the hold: {refusal.words}") from refusal


STRIPE = StripeProvider()
