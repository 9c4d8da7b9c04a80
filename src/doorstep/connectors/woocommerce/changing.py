"""Telling a WooCommerce shop that one of its orders was changed here; it looks first."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.woocommerce.rest import Woo, WooBusy, WooRefusal, has_access
from doorstep.kernel.money import exponent, from_minor
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell, TellLine, TryAgain

_ADDRESS = {
    "company": "company",
    "address_1": "line1",
    "address_2": "line2",
    "city": "city",
    "state": "region",
    "postcode": "postal_code",
    "country": "country_code",
    "phone": "phone",
}


class WooShop:
    """WooCommerce, as far as it can be told."""

    kind = "woocommerce"

    def powers(self, connection_id: UUID) -> frozenset[ShopPower]:
        """Return all powers with a key, none without."""
        access = connections.find_access(connection_id)
        return frozenset(ShopPower) if access and has_access(access) else frozenset()

    def tell(self, ask: Tell) -> Done | No:
        """Do it, unless the shop stands there already. :raises TryAgain: not known, or busy."""
        access = connections.find_access(ask.connection_id)
        if access is None or not has_access(access):
            raise TryAgain("The shop has no key. Enter it under Settings, Connections.")
        shop = Woo(access)
        try:
            order = shop.get(f"orders/{ask.order_external_id}")
            match ask.power:
                case ShopPower.CHANGE_ADDRESS:
                    body = _address(order, ask)
                case ShopPower.CANCEL:
                    body = {} if order.get("status") == "cancelled" else {"status": "cancelled"}
                case ShopPower.DELAY:
                    return _note(shop, ask)
                case ShopPower.CHANGE_LINES:
                    body = _lines(order, ask)
            if not body:
                return Done({"was_so": True, "lines": _names(ask, order)})
            after = shop.put(f"orders/{ask.order_external_id}", body)
            return Done({"lines": _names(ask, after)})
        except WooBusy as busy:
            raise TryAgain(busy.words, busy.after_seconds) from busy
        except WooRefusal as refusal:
            return No(refusal.code, refusal.words)


def _address(order: dict[str, Any], ask: Tell) -> dict[str, Any]:
    first, _, last = ask.address.get("name", "").strip().rpartition(" ")
    wanted = {"first_name": first, "last_name": last} | {
        theirs: ask.address.get(ours, "") for theirs, ours in _ADDRESS.items()
    }
    now = order.get("shipping") or {}
    is_so = all((now.get(name) or "") == value for name, value in wanted.items())
    return {} if is_so else {"shipping": wanted}


def _note(shop: Woo, ask: Tell) -> Done:
    """Leave a note for the team; notes carry the task, so that one is left once."""
    path = f"orders/{ask.order_external_id}/notes"
    if any(str(ask.task_id) in (one.get("note") or "") for one in shop.get(path)):
        return Done({"was_so": True})
    shop.post(path, {"note": f"{ask.note} (Doorstep {ask.task_id})", "customer_note": False})
    return Done()


def _lines(order: dict[str, Any], ask: Tell) -> dict[str, Any]:
    """Return the lines that differ. Quantity 0 takes one off; amounts are per piece as before."""
    standing = {str(one["id"]): one for one in order.get("line_items") or []}
    changed: list[dict[str, Any]] = []
    for one in ask.lines:
        line = standing.get(one.line_external_id)
        if line is None:
            if one.quantity and _found(one, standing) is None:
                changed.append(_new(one, ask.currency))
        elif line["quantity"] != one.quantity:
            changed.append(_changed(line, one, ask.currency))
    return {"line_items": changed} if changed else {}


def _changed(line: dict[str, Any], one: TellLine, currency: str) -> dict[str, Any]:
    if one.quantity == 0:
        return {"id": line["id"], "quantity": 0}
    return {
        "id": line["id"],
        "quantity": one.quantity,
        # WooCommerce keeps sums, not prices: a quantity alone leaves the sums as they were.
        "subtotal": _portion(line, "subtotal", one.quantity, currency),
        "total": _portion(line, "total", one.quantity, currency),
    }


def _portion(line: dict[str, Any], name: str, quantity: int, currency: str) -> str:
    """Return a line's sum for another quantity, to the currency's decimals, half up."""
    unit = Decimal(1).scaleb(-exponent(currency))
    amount = Decimal(str(line.get(name) or 0)) * quantity / line["quantity"]
    return str(amount.quantize(unit, ROUND_HALF_UP))


def _new(one: TellLine, currency: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "product_id": int(one.product_external_id or 0),
        "variation_id": int(one.variant_external_id or 0),
        "quantity": one.quantity,
    }
    if one.unit_price_minor is not None:
        amount = str(from_minor(one.unit_price_minor * one.quantity, currency))
        body |= {"subtotal": amount, "total": amount}
    return body


def _found(one: TellLine, standing: dict[str, Any]) -> str | None:
    for line_id, line in standing.items():
        variant = str(line.get("variation_id") or "") or str(line.get("product_id") or "")
        wanted = one.variant_external_id or one.product_external_id
        if variant == wanted and line["quantity"] == one.quantity:
            return line_id
    return None


def _names(ask: Tell, order: dict[str, Any]) -> dict[str, str]:
    """Return what the shop calls the lines that are new: our external id → its own."""
    standing = {str(one["id"]): one for one in order.get("line_items") or []}
    names = {}
    for one in ask.lines:
        if one.line_external_id not in standing and (found := _found(one, standing)):
            names[one.line_external_id] = found
    return names


WOO_SHOP = WooShop()
