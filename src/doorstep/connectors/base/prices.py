"""What a piece costs, as shops write it in their lists."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from doorstep.connectors.base.payload import Node


def read_price(node: Node, key: str) -> Decimal | None:
    """Return a price of a product's body; None where none is given (or it is no number)."""
    value = node.data.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        price = Decimal(str(value).strip()[:40])
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None
