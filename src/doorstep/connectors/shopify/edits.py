"""What merchants changed on an order at Shopify after it was placed.

An edit leaves ``line_items[].quantity`` and ``total_price`` as they are and writes what it took off
as a refund without money; the ``current_*`` fields are what is left after edits, returns and
refunds (REST reference "Order", 2024-01 and later). So the refunds are read, and ``current_*`` only
where no refund explains them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from doorstep.connectors.base.payload import Node
from doorstep.rooms.orders.contracts import FinancialStatus, IncomingRefund

_PAID = frozenset(
    {
        FinancialStatus.PAID,
        FinancialStatus.PARTIALLY_REFUNDED,
        FinancialStatus.REFUNDED,
    }
)
_SUMS = ("total_price", "total_tax", "total_discounts")
# What of a line is for all of its pieces: it shrinks with them.
_SHARED = ("discount_allocations", "tax_lines", "duties")


def read_edited(node: Node, lines: list[Node]) -> tuple[Node, list[Node]]:
    """Return order and lines as they are now, where pieces are gone that no refund names.

    A canceled order keeps what was canceled. Where the body has no refunds at all nobody can tell
    an edit from a return, and nothing is changed.
    """
    if node.data.get("refunds") != [] or node.has("cancelled_at"):
        return node, lines
    left = [_pieces_left(line) for line in lines]
    if all(number is None for number in left):
        return node, lines
    kept: list[Node] = []
    for line, pieces in zip(lines, left, strict=True):
        if pieces is None:
            kept.append(line)
        elif pieces:
            node.notes.append(f"{line.at('current_quantity')}: {pieces} are left after an edit")
            kept.append(_shrunk(line, pieces))
        else:
            node.notes.append(f"{line.path}: left out, an edit took it off")
    return Node(_current(node.data), node.path, node.notes), kept


def _pieces_left(line: Node) -> int | None:
    """Return how many pieces an edit left of a line, None where it took none."""
    quantity = line.quantity("quantity")
    left = line.whole("current_quantity")
    return left if left is not None and left < quantity else None


def _shrunk(line: Node, pieces: int) -> Node:
    """Return a line of fewer pieces: what belongs to all of them counts by its share."""
    share = Decimal(pieces) / line.quantity("quantity")
    data = {**line.data, "quantity": pieces}
    for key in _SHARED:
        if isinstance(data.get(key), list):
            data[key] = [_times(part, share) for part in data[key]]
    for key in ("total_discount", "total_discount_set"):
        if key in data:
            data[key] = _times(data[key], share)
    return Node(data, line.path, line.notes)


def _times(value: Any, share: Decimal, key: str = "") -> Any:
    """Multiply the amounts in a part of a line; what is no amount is left to its reader."""
    if isinstance(value, dict):
        return {name: _times(inner, share, name) for name, inner in value.items()}
    if key not in ("", "amount", "price", "total_discount") or isinstance(value, bool):
        return value
    try:
        return str(Decimal(str(value)) * share)
    except ArithmeticError:
        return value


def _current(data: dict[str, Any]) -> dict[str, Any]:
    """Return an order's body with its sums as they are now."""
    current = dict(data)
    for name in _SUMS:
        for suffix in ("", "_set"):
            now = data.get(f"current_{name}{suffix}")
            if now is not None:
                current[f"{name}{suffix}"] = now
    return current


def read_paid(
    node: Node, scale: int, status: FinancialStatus, refunds: tuple[IncomingRefund, ...]
) -> int | None:
    """Return what has come in, where it is not simply the total; None where it is, or unknown.

    Of what is paid in part, and of what an edit made cheaper, the order's total does not say how
    much was paid: ``current_total_price`` less ``total_outstanding`` does, with what went back and
    without what was kept of it.
    """
    if not node.has("total_outstanding") or not node.has("current_total_price"):
        return None
    back = sum(refund.amount_minor for refund in refunds)
    is_edited = bool(refunds) and not back
    if status is not FinancialStatus.PARTIALLY_PAID and not (status in _PAID and is_edited):
        return None
    kept = sum(-min(one.beyond_minor, 0) for one in refunds if one.beyond_minor is not None)
    now = node.money("current_total_price", scale, signed=True)
    owed = node.money("total_outstanding", scale, signed=True)
    total = node.money("total_price", scale, signed=True)
    return min(max(now + kept - owed + back, 0), max(total, now, 0))
