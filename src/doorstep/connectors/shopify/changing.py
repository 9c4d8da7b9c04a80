"""Telling a Shopify shop that one of its orders was changed here.

Shopify's order edits and cancellations take no idempotency key, so each change first looks where
the order stands: what is so already is not done again. That also mends the call whose answer was
lost.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.shopify.admin import (
    CLIENT_ID,
    CLIENT_SECRET,
    Admin,
    ShopifyBusy,
    ShopifyRefusal,
    gid,
    numeric,
)
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell, TellLine, TryAgain

_ORDER = """
query Standing($id: ID!) { order(id: $id) {
  id cancelledAt note
  shippingAddress { firstName lastName name company address1 address2 city provinceCode zip countryCodeV2 phone }
  lineItems(first: 250) { nodes { id currentQuantity variant { id } } }
} }"""
_ADDRESS = """
mutation Address($input: OrderInput!) { orderUpdate(input: $input) {
  order { id } userErrors { field message } } }"""
_CANCEL = """
mutation Cancel($id: ID!, $restock: Boolean!, $note: String) {
  orderCancel(orderId: $id, reason: CUSTOMER, notifyCustomer: false, restock: $restock,
              staffNote: $note, refundMethod: { originalPaymentMethodsRefund: false }) {
    job { id } orderCancelUserErrors { field message code } } }"""
_BEGIN = """
mutation Begin($id: ID!) { orderEditBegin(id: $id) {
  calculatedOrder { id lineItems(first: 250) { nodes { id } } } userErrors { field message } } }"""
_QUANTITY = """
mutation Quantity($id: ID!, $line: ID!, $quantity: Int!, $restock: Boolean!) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity, restock: $restock) {
    calculatedOrder { id } userErrors { field message } } }"""
_ADD = """
mutation Add($id: ID!, $variant: ID!, $quantity: Int!) {
  orderEditAddVariant(id: $id, variantId: $variant, quantity: $quantity, allowDuplicates: true) {
    calculatedLineItem { id } userErrors { field message } } }"""
_COMMIT = """
mutation Commit($id: ID!, $note: String) {
  orderEditCommit(id: $id, notifyCustomer: false, staffNote: $note) {
    order { id lineItems(first: 250) { nodes { id currentQuantity variant { id } } } }
    userErrors { field message } } }"""


class ShopifyShop:
    """Shopify, as far as it can be told."""

    kind = "shopify"

    def powers(self, connection_id: UUID) -> frozenset[ShopPower]:
        """Return all powers with an app's credentials, none without."""
        access = connections.find_access(connection_id)
        return frozenset(ShopPower) if access and has_access(access) else frozenset()

    def tell(self, ask: Tell) -> Done | No:
        """Do it, unless the shop stands there already. :raises TryAgain: not known, or busy."""
        access = connections.find_access(ask.connection_id)
        if access is None or not has_access(access):
            raise TryAgain("The shop has no app access. Enter it under Settings, Connections.")
        admin = Admin(access)
        try:
            order = admin.run(_ORDER, id=gid("Order", ask.order_external_id)).get("order")
            if order is None:
                return No("order_unknown", "Shopify does not know this order.")
            match ask.power:
                case ShopPower.CHANGE_ADDRESS:
                    return _address(admin, order, ask)
                case ShopPower.CANCEL:
                    return _cancel(admin, order, ask)
                case ShopPower.DELAY:
                    return _delay(admin, order, ask)
                case ShopPower.CHANGE_LINES:
                    return _lines(admin, order, ask)
        except ShopifyBusy as busy:
            raise TryAgain(busy.words, busy.after_seconds) from busy
        except ShopifyRefusal as refusal:
            return No(refusal.code, refusal.words)


def has_access(access: connections.Access) -> bool:
    """Tell whether a connection has what calling its shop takes."""
    given = access.credentials
    return bool(
        access.is_active and access.shop_url and given.get(CLIENT_ID) and given.get(CLIENT_SECRET)
    )


def _address(admin: Admin, order: dict[str, Any], ask: Tell) -> Done:
    wanted = _mailing(ask)
    now = order.get("shippingAddress") or {}
    same = {"provinceCode": "provinceCode", "countryCode": "countryCodeV2"}
    if all((now.get(same.get(name, name)) or "") == value for name, value in wanted.items()):
        return Done({"was_so": True})
    admin.mutate("orderUpdate", _ADDRESS, input={"id": order["id"], "shippingAddress": wanted})
    return Done()


def _mailing(ask: Tell) -> dict[str, str]:
    """Return an address as Shopify writes it: names apart, codes for places."""
    given = ask.address
    first, _, last = given.get("name", "").strip().rpartition(" ")
    return {
        "firstName": first,
        "lastName": last,
        "company": given.get("company", ""),
        "address1": given.get("line1", ""),
        "address2": given.get("line2", ""),
        "city": given.get("city", ""),
        "provinceCode": given.get("region", ""),
        "zip": given.get("postal_code", ""),
        "countryCode": given.get("country_code", ""),
        "phone": given.get("phone", ""),
    }


def _cancel(admin: Admin, order: dict[str, Any], ask: Tell) -> Done:
    if order.get("cancelledAt"):
        return Done({"was_so": True})
    # The money goes back by our own refund, line by line, so Shopify is asked for none here.
    admin.mutate("orderCancel", _CANCEL, id=order["id"], restock=ask.restock, note=_note(ask))
    return Done()


def _delay(admin: Admin, order: dict[str, Any], ask: Tell) -> Done:
    before = order.get("note") or ""
    if _note(ask) in before:
        return Done({"was_so": True})
    note = f"{before}\n{_note(ask)}".strip()
    admin.mutate("orderUpdate", _ADDRESS, input={"id": order["id"], "note": note})
    return Done()


def _lines(admin: Admin, order: dict[str, Any], ask: Tell) -> Done | No:
    """Edit the lines that differ; one session that is committed whole, or not at all."""
    standing = {numeric(one["id"]): one for one in order["lineItems"]["nodes"]}
    known = [one for one in ask.lines if one.line_external_id in standing]
    for one in ask.lines:
        if one not in known and not one.variant_external_id:
            return No("line_unknown", "Shopify does not know one of the lines.")
    changed = [
        one for one in known if standing[one.line_external_id]["currentQuantity"] != one.quantity
    ]
    added = [one for one in ask.lines if one not in known and not _is_there(one, standing)]
    if not changed and not added:
        return Done({"lines": _names(ask, standing)})
    edit = admin.mutate("orderEditBegin", _BEGIN, id=order["id"])["calculatedOrder"]["id"]
    for one in changed:
        admin.mutate(
            "orderEditSetQuantity",
            _QUANTITY,
            id=edit,
            line=f"gid://shopify/CalculatedLineItem/{one.line_external_id}",
            quantity=one.quantity,
            restock=ask.restock,
        )
    for one in added:
        variant = gid("ProductVariant", one.variant_external_id)
        admin.mutate("orderEditAddVariant", _ADD, id=edit, variant=variant, quantity=one.quantity)
    done = admin.mutate("orderEditCommit", _COMMIT, id=edit, note=_note(ask))["order"]
    after = {numeric(one["id"]): one for one in done["lineItems"]["nodes"]}
    return Done({"lines": _names(ask, after)})


def _is_there(line: TellLine, standing: dict[str, Any]) -> bool:
    """Tell whether a line to be added is on the order: an earlier try did it."""
    return _found(line, standing) is not None


def _found(line: TellLine, standing: dict[str, Any]) -> str | None:
    for line_id, one in standing.items():
        variant = numeric((one.get("variant") or {}).get("id", ""))
        if variant == line.variant_external_id and one["currentQuantity"] == line.quantity:
            return line_id
    return None


def _names(ask: Tell, standing: dict[str, Any]) -> dict[str, str]:
    """Return what Shopify calls the lines that are new: our external id → its own."""
    names = {}
    for one in ask.lines:
        if one.line_external_id not in standing and (found := _found(one, standing)):
            names[one.line_external_id] = found
    return names


def _note(ask: Tell) -> str:
    return f"{ask.note} (Doorstep {ask.task_id})"


SHOPIFY_SHOP = ShopifyShop()
