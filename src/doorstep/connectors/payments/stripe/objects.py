"""What Stripe's objects say, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.connectors.payments.stripe.amounts import from_stripe
from doorstep.rooms.payments.ports import PaidLink

# The names of our rows in Stripe's metadata.
LINK = "doorstep_link"
REFUND = "doorstep_refund"

_REFUSALS = {
    "charge_already_refunded": "Stripe says that this payment was refunded in full before.",
    "amount_too_large": "Stripe says that less than this is left of the payment.",
    "charge_disputed": "The shopper’s bank has taken this payment back (a chargeback), so Stripe "
    "does not refund it as well.",
    "resource_missing": "The connected Stripe account does not know this payment. Was it made with "
    "another account?",
    "amount_too_small": "The amount is below what Stripe takes for a payment in this currency.",
}
# docs.stripe.com/api/refunds/object, failure_reason
_FAILURES = {
    "lost_or_stolen_card": "The card was lost or stolen: the bank does not take it back.",
    "expired_or_canceled_card": "The card has expired or was canceled.",
    "charge_for_pending_refund_disputed": "The shopper’s bank took the payment back meanwhile.",
    "insufficient_funds": "Your Stripe balance was too low.",
    "declined": "The shopper’s bank refused it.",
    "merchant_request": "It was canceled at Stripe.",
}


def refusal_words(code: str, said: str) -> str:
    """Say why Stripe refused."""
    return _REFUSALS.get(code) or f"Stripe refused: {said or code}"


def refund_words(refund: dict[str, Any]) -> str:
    """Say how a refund stands where it did not simply succeed."""
    state = refund.get("status")
    if state in ("failed", "canceled"):
        reason = str(refund.get("failure_reason") or state)
        return _FAILURES.get(reason, f"Stripe could not pay it back ({reason}).")
    if state == "requires_action":
        return "The shopper has to tell Stripe where the money goes; Stripe has written to them."
    return "Stripe has taken it on; the bank takes a while." if state == "pending" else ""


def moment(seconds: Any) -> datetime:
    """Read a Unix time."""
    return datetime.fromtimestamp(int(seconds), UTC)


def row_id(stripe_object: dict[str, Any], name: str) -> UUID | None:
    """Return the id of our row from an object's metadata, None where there is none of ours."""
    try:
        return UUID(str((stripe_object.get("metadata") or {}).get(name, "")))
    except ValueError:
        return None


def currency_of(stripe_object: dict[str, Any]) -> str:
    """Return the ISO code: Stripe writes small letters."""
    return str(stripe_object["currency"]).upper()


def method_label(charge: dict[str, Any]) -> str:
    """Say what a charge was paid with: "Visa ending in 4242", "Klarna"."""
    details = charge.get("payment_method_details") or {}
    kind = str(details.get("type") or "")
    card = details.get("card") or details.get("card_present") or {}
    if card.get("last4"):
        brand = str(card.get("brand") or "card").replace("_", " ").title()
        return f"{brand} ending in {card['last4']}"
    return kind.replace("_", " ").capitalize()


def paid_by_intent(intent: dict[str, Any]) -> PaidLink | None:
    """Return the payment of a PaymentIntent, None while there is none."""
    state, currency = intent.get("status"), currency_of(intent)
    if state not in ("succeeded", "requires_capture"):
        return None
    is_captured = state == "succeeded"
    amount = intent["amount_received"] if is_captured else intent["amount_capturable"]
    charge = intent.get("latest_charge")
    return PaidLink(
        payment_id=str(intent["id"]),
        currency=currency,
        amount_minor=from_stripe(int(amount), currency),
        is_captured=is_captured,
        method_label=method_label(charge) if isinstance(charge, dict) else "",
        paid_at=moment(charge["created"] if isinstance(charge, dict) else intent["created"]),
    )
