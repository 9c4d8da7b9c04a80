"""Refunds through a Shopify shop: to the payment the order was made with.

``refundCreate`` takes an idempotency key (mandatory since API version 2026-04). Its note names our
refund, so that the webhook that comes of it, before or after the answer, is known for ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.shopify.admin import (
    Admin,
    ShopifyBusy,
    ShopifyRefusal,
    gid,
    numeric,
)
from doorstep.connectors.shopify.changing import has_access
from doorstep.kernel.money import from_minor
from doorstep.rooms.payments.ports import (
    ByHand,
    MovedMoney,
    Power,
    RefundAsk,
    Refused,
    TryAgain,
)

_STANDING = """
query Refundable($id: ID!) { order(id: $id) {
  id currencyCode presentmentCurrencyCode
  refunds(first: 100) { id note }
  transactions(first: 50) { id kind status gateway parentTransaction { id }
    amountSet { shopMoney { amount currencyCode } } }
} }"""
_REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id } userErrors { field message } } }"""


@dataclass(frozen=True, slots=True)
class ShopifyRefunds:
    """Shopify as a payment provider: it gives back what it took."""

    name: str = "shopify"
    label: str = "Shopify"
    powers: frozenset[Power] = frozenset({Power.REFUND})

    def is_ready(self) -> bool:
        """Return True: without access a refund waits for a person, who is told so."""
        return True

    def refund(self, ask: RefundAsk) -> MovedMoney | Refused | ByHand:
        """Refund once per ``refund_id``. :raises TryAgain: not known, or Shopify is busy."""
        connection = str(ask.details.get("connection_id", ""))
        access = connections.find_access(UUID(connection)) if connection else None
        if access is None or not has_access(access):
            return ByHand(
                "Refund it in Shopify, then say here that it is done. With the app's access under "
                "Settings, Connections, this happens by itself."
            )
        admin = Admin(access)
        try:
            return _refund(admin, ask)
        except ShopifyBusy as busy:
            raise TryAgain(busy.words, busy.after_seconds) from busy
        except ShopifyRefusal as refusal:
            return Refused(refusal.code, f"Shopify refused it: {refusal.words}")


def _refund(admin: Admin, ask: RefundAsk) -> MovedMoney | Refused | ByHand:
    order_id = gid("Order", str(ask.details.get("order_external_id", "")))
    order = admin.run(_STANDING, id=order_id).get("order")
    if order is None:
        return Refused("order_unknown", "Shopify does not know this order.")
    for one in order.get("refunds") or []:
        if str(ask.refund_id) in (one.get("note") or ""):
            return MovedMoney(numeric(one["id"]))
    if order.get("currencyCode") != order.get("presentmentCurrencyCode"):
        return ByHand(
            "The shopper paid in another currency than the shop books. Refund it in Shopify, "
            "where the rate of that day is known, then say here that it is done."
        )
    payment = _payment(order)
    if payment is None:
        return Refused("no_payment", "Shopify has no payment of this order to refund.")
    made = admin.mutate(
        "refundCreate", _REFUND, input=_input(order, payment, ask), key=str(ask.refund_id)
    )
    return MovedMoney(numeric(made["refund"]["id"]))


def _payment(order: dict[str, Any]) -> dict[str, Any] | None:
    """Return the payment to refund: the newest sale or capture that went through."""
    taken = [
        one
        for one in order.get("transactions") or []
        if one.get("kind") in ("SALE", "CAPTURE") and one.get("status") == "SUCCESS"
    ]
    return taken[-1] if taken else None


def _input(order: dict[str, Any], payment: dict[str, Any], ask: RefundAsk) -> dict[str, Any]:
    lines = [
        {
            "lineItemId": gid("LineItem", line["line_external_id"]),
            "quantity": line["quantity"],
            "restockType": "NO_RESTOCK",  # shelves are ours to keep; see the inventory room
        }
        for line in ask.details.get("lines", ())
        if line["quantity"]
    ]
    given: dict[str, Any] = {
        "orderId": order["id"],
        "currency": ask.currency,
        "note": f"{ask.reason or 'Refund'} (Doorstep {ask.refund_id})",
        "notify": False,
        "refundLineItems": lines,
        "transactions": [
            {
                "orderId": order["id"],
                "parentId": payment["id"],
                "gateway": payment["gateway"],
                "kind": "REFUND",
                "amount": str(from_minor(ask.amount_minor, ask.currency)),
            }
        ],
    }
    if shipping := ask.details.get("shipping_minor"):
        given["shipping"] = {"amount": str(from_minor(shipping, ask.currency))}
    return given


SHOPIFY_REFUNDS = ShopifyRefunds()
