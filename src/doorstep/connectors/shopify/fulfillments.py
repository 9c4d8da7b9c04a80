"""Shopify's fulfillments, alone or as part of their order.

Source: the REST Admin reference (2025-07). A fulfillment is gone once its status is ``success``;
``pending`` and ``open`` are still being worked on, ``error`` and ``failure`` never left.
"""

from __future__ import annotations

from doorstep.connectors.base.contracts import NormalizeContext, Rejection
from doorstep.connectors.base.payload import Node
from doorstep.connectors.shopify.versions import refine
from doorstep.rooms.fulfillment.contracts import IncomingParcel, IncomingShipment

_GONE, _CALLED_OFF = {"success", ""}, {"cancelled"}


def read_fulfillments(node: Node, context: NormalizeContext) -> tuple[IncomingShipment, ...]:
    """Return what an order's body says about its sendings.

    One that can't be understood is noted and left out: the order itself must not be lost for it.
    """
    order_id = node.ident("id", required=True)
    found = []
    try:
        for one in node.nodes("fulfillments"):
            found.append(read_fulfillment(one, order_id, context))
    except Rejection as error:
        node.notes.append(f"left out a fulfillment: {error}")
    return tuple(one for one in found if one is not None)


def read_fulfillment(
    node: Node, order_external_id: str, context: NormalizeContext
) -> IncomingShipment | None:
    """Return a sending; None when it has not left, or is nothing that is sent (a download).

    :raises Rejection: naming the field that makes it impossible.
    """
    status = node.text("status").lower()
    if status not in _GONE | _CALLED_OFF:
        return None
    named = node.nodes("line_items")
    lines = [line for line in named if line.flag("requires_shipping") is not False]
    if named and not lines:
        return None
    shipped_at = node.instant("created_at") or node.instant("updated_at")
    if shipped_at is None:
        node.fail("missing_field", "is missing", "created_at")
    changed_at = node.instant("updated_at") or shipped_at
    return IncomingShipment(
        external_id=node.ident("id", required=True),
        order_external_id=order_external_id,
        version_at=refine(changed_at, context.triggered_at),
        shipped_at=shipped_at,
        lines=tuple(_piece(line) for line in lines),
        parcels=_parcels(node),
        is_canceled=status in _CALLED_OFF,
    )


def _piece(line: Node) -> tuple[str, int]:
    return line.ident("id", required=True), max(int(line.quantity("quantity")), 0)


def _parcels(node: Node) -> tuple[IncomingParcel, ...]:
    """Return the packages: one for each number, the addresses in the same order."""
    carrier = node.text("tracking_company")
    numbers = _texts(node, "tracking_numbers") or [node.text("tracking_number")]
    urls = _texts(node, "tracking_urls") or [node.text("tracking_url", 1_000)]
    pairs = {
        number: IncomingParcel(number, carrier, urls[nth] if nth < len(urls) else "")
        for nth, number in enumerate(numbers)
        if number
    }
    return tuple(pairs.values())


def _texts(node: Node, key: str) -> list[str]:
    values = node.data.get(key)
    if not isinstance(values, list):
        return []
    return [text for one in values[:100] if one and (text := node.clean(one, key, 1_000).strip())]
