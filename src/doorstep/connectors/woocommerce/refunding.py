"""Refunds through a WooCommerce shop.

``api_refund`` makes the shop's own payment gateway pay back, ``api_restock`` is off: shelves are
kept here. ``amount`` overrides the lines (WooCommerce's own rule). There is no idempotency key, so
the order's refunds are looked through first for one whose reason names ours, and never is one asked
for again without having looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.woocommerce.rest import Woo, WooBusy, WooRefusal, has_access
from doorstep.kernel.money import from_minor
from doorstep.rooms.payments.ports import (
    ByHand,
    MovedMoney,
    Power,
    RefundAsk,
    Refused,
    TryAgain,
)


@dataclass(frozen=True, slots=True)
class WooRefunds:
    """WooCommerce as a payment provider: its gateway gives back what it took."""

    name: str = "woocommerce"
    label: str = "WooCommerce"
    powers: frozenset[Power] = frozenset({Power.REFUND})

    def is_ready(self) -> bool:
        """Return True: without a key a refund waits for a person, who is told so."""
        return True

    def refund(self, ask: RefundAsk) -> MovedMoney | Refused | ByHand:
        """Refund once per ``refund_id``. :raises TryAgain: not known, or the shop is busy."""
        connection = str(ask.details.get("connection_id", ""))
        access = connections.find_access(UUID(connection)) if connection else None
        if access is None or not has_access(access):
            return ByHand(
                "Refund it in WooCommerce, then say here that it is done. With a key under "
                "Settings, Connections, this happens by itself."
            )
        try:
            return _refund(Woo(access), ask)
        except WooBusy as busy:
            raise TryAgain(busy.words, busy.after_seconds) from busy
        except WooRefusal as refusal:
            return Refused(refusal.code, f"WooCommerce refused it: {refusal.words}")


def _refund(shop: Woo, ask: RefundAsk) -> MovedMoney | Refused:
    path = f"orders/{ask.details.get('order_external_id', '')}/refunds"
    for one in shop.get(path, per_page=100):
        if str(ask.refund_id) in (one.get("reason") or ""):
            return MovedMoney(str(one["id"]))
    made = shop.post(path, _body(ask))
    return MovedMoney(str(made["id"]))


def _body(ask: RefundAsk) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return str(from_minor(minor, ask.currency))

    return {
        "amount": amount(ask.amount_minor),
        "reason": f"{ask.reason or 'Refund'} (Doorstep {ask.refund_id})",
        "api_refund": True,
        "api_restock": False,
        "line_items": [
            {
                "id": int(line["line_external_id"]),
                "quantity": line["quantity"],
                "refund_total": amount(line["amount_minor"]),
            }
            for line in ask.details.get("lines", ())
            if line["quantity"] and str(line["line_external_id"]).isdigit()
        ],
    }


WOO_REFUNDS = WooRefunds()
