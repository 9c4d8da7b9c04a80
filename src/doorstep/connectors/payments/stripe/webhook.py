"""Stripe's side of webhook intake: signature, identity, meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.connectors.base.contracts import (
    MONEY,
    Envelope,
    Ignored,
    MoneyReported,
    NormalizeContext,
    Outcome,
    Rejected,
)
from doorstep.connectors.payments.stripe.amounts import from_stripe
from doorstep.connectors.payments.stripe.objects import (
    LINK,
    REFUND,
    currency_of,
    method_label,
    moment,
    paid_by_intent,
    refund_words,
    row_id,
)
from doorstep.connectors.payments.stripe.signature import is_signed
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError
from doorstep.rooms.payments.contracts import (
    DisputeReported,
    HoldEnded,
    HoldTaken,
    LinkPageClosed,
    LinkPaid,
    MethodNamed,
    RefundReported,
    RefundState,
    Report,
)

# Found without parsing: receiving must stay one insert. The event's own id stands first; its type
# is the only "type" with a dot.
_EVENT_ID = re.compile(rb'"id"\s*:\s*"(evt_[0-9A-Za-z_]{4,120})"')
_TYPE = re.compile(rb'"type"\s*:\s*"([a-z_]+(?:\.[a-z_]+)+)"')
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
_NOT_OURS = "About a payment that was not asked for here."

Reader = Callable[[dict[str, Any], int], list[Report]]


class StripeConnector:
    """Webhooks of a Stripe account."""

    kind = "stripe"
    label = "Stripe"
    brings = MONEY
    guide = _(
        "In Stripe: Developers, Webhooks, Add destination. Enter this address and choose all events "
        "that begin with checkout.session, payment_intent, refund, charge and charge.dispute. The "
        "signing secret (whsec_…) that stands there belongs here."
    )

    def is_signed(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Check ``Stripe-Signature`` and that it is fresh."""
        return is_signed(headers.get("stripe-signature", ""), body, secrets, at=now())

    def open_envelope(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Read the event's id and type; a delivery that Stripe repeats has the same id."""
        found, kinds = _EVENT_ID.search(body[:2_000]), _TYPE.findall(body)
        name = found[1].decode() if found else ""
        return Envelope(topic=kinds[-1].decode() if kinds else "", delivery_id=name, event_id=name)

    def normalize(self, payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
        """Turn an event into reports; never raises for bad input."""
        try:
            reader = _READERS.get(str(payload["type"]))
            if reader is None:
                return [Ignored(f"{payload['type']} changes nothing here.")]
            reports = reader(payload["data"]["object"], int(payload["created"]))
        except DomainError as error:
            return [Rejected(error.code, error.message, error.field or "")]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            words = f"Not an event of Stripe as its documentation has it: {error!r}"
            return [Rejected("unreadable_event", words[:300])]
        return [MoneyReported(tuple(reports))] if reports else [Ignored(_NOT_OURS)]


def _session_completed(page: dict[str, Any], at: int) -> list[Report]:
    """Read a page that was paid. "unpaid" is a hold or a slow bank: its intent tells."""
    link = row_id(page, LINK)
    if link is None or page.get("payment_status") != "paid" or not page.get("payment_intent"):
        return []
    currency = currency_of(page)
    amount = from_stripe(int(page["amount_total"]), currency)
    return [LinkPaid(link, str(page["payment_intent"]), currency, amount, True, "", moment(at))]


def _session_over(page: dict[str, Any], at: int) -> list[Report]:
    link = row_id(page, LINK)
    return [LinkPageClosed(link, str(page["id"]))] if link else []


def _intent(intent: dict[str, Any], at: int) -> list[Report]:
    paid, link = paid_by_intent(intent), row_id(intent, LINK)
    if paid is None:
        return []
    reports: list[Report] = []
    if link is not None:
        reports.append(
            LinkPaid(
                link, paid.payment_id, paid.currency, paid.amount_minor, paid.is_captured,
                paid.method_label, moment(at),
            )
        )  # fmt: skip
    elif paid.is_captured:
        reports.append(HoldTaken(paid.payment_id, paid.amount_minor, moment(at)))
    return reports


def _intent_canceled(intent: dict[str, Any], at: int) -> list[Report]:
    reason = str(intent.get("cancellation_reason") or "")
    words = "The bank’s time for the hold was over." if reason == "automatic" else ""
    return [HoldEnded(str(intent["id"]), moment(at), words)]


def _charge(charge: dict[str, Any], at: int) -> list[Report]:
    """Name the card; a charge that comes before its intent's event brings the payment with it."""
    intent, label, link = charge.get("payment_intent"), method_label(charge), row_id(charge, LINK)
    if not intent or charge.get("status") != "succeeded":
        return []
    reports: list[Report] = []
    if link is not None:
        is_captured, currency = bool(charge.get("captured")), currency_of(charge)
        amount = int(charge["amount_captured"] if is_captured else charge["amount"])
        reports.append(
            LinkPaid(
                link, str(intent), currency, from_stripe(amount, currency), is_captured, label,
                moment(charge["created"]),
            )
        )  # fmt: skip
    if label:
        reports.append(MethodNamed(str(intent), label))
    return reports


def _charge_refunded(charge: dict[str, Any], at: int) -> list[Report]:
    """Read the refunds that older API versions list in the charge; else refund.* events tell."""
    listed = (charge.get("refunds") or {}).get("data") or []
    about = {"payment_intent": charge.get("payment_intent"), "charge": charge.get("id")}
    return [report for one in listed for report in _refund(about | one, at)]


def _refund(refund: dict[str, Any], at: int) -> list[Report]:
    currency = currency_of(refund)
    return [
        RefundReported(
            refund_id=row_id(refund, REFUND),
            external_id=str(refund["id"]),
            payment_id=str(refund.get("payment_intent") or refund.get("charge") or ""),
            currency=currency,
            amount_minor=from_stripe(int(refund["amount"]), currency),
            state=_REFUND_STATES.get(str(refund.get("status")), RefundState.SENT),
            words=refund_words(refund),
            at=moment(refund.get("created") or at),
        )
    ]


def _dispute(dispute: dict[str, Any], at: int) -> list[Report]:
    """Read a chargeback. A warning (an inquiry of the bank) has taken no money yet."""
    state = str(dispute.get("status") or "")
    if state.startswith("warning"):
        return []
    currency = currency_of(dispute)
    words = {
        "won": "The chargeback was decided for you: the money is back.",
        "lost": "The chargeback was decided for the shopper.",
    }.get(
        state, f"Chargeback: {str(dispute.get('reason') or 'no reason given').replace('_', ' ')}."
    )
    return [
        DisputeReported(
            payment_id=str(dispute.get("payment_intent") or dispute.get("charge") or ""),
            currency=currency,
            amount_minor=from_stripe(int(dispute["amount"]), currency),
            is_won={"won": True, "lost": False}.get(state),
            words=words,
            at=moment(at),
        )
    ]


_READERS: dict[str, Reader] = {
    "checkout.session.completed": _session_completed,
    "checkout.session.async_payment_succeeded": _session_completed,
    "checkout.session.async_payment_failed": _session_over,
    "checkout.session.expired": _session_over,
    "payment_intent.succeeded": _intent,
    "payment_intent.amount_capturable_updated": _intent,
    "payment_intent.canceled": _intent_canceled,
    "charge.succeeded": _charge,
    "charge.captured": _charge,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
}

CONNECTOR = StripeConnector()
