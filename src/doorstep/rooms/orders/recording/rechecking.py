"""Look at open orders again: at what changed, or at everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.kernel.row_sets import update_rows
from doorstep.rooms.orders.contracts import HoldReason
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.holds import Waiting, reconcile
from doorstep.rooms.orders.recording.refunds import RefundOf, pieces_back
from doorstep.rooms.orders.recording.stock import NeededLine, reserve_lines
from doorstep.rooms.orders.rules.checks import Findings, LineFacts, OrderFacts, find_reasons
from doorstep.rooms.orders.rules.states import OPEN

# Stands among the columns for: what can be reserved, or how much is still needed, has changed.
STOCK = "stock"
# Which columns each reason is about. Only what changed is looked at again: a reason somebody
# released by decision must not come back with the next update that has nothing to do with it.
INPUTS: dict[HoldReason, frozenset[str]] = {
    HoldReason.OUT_OF_STOCK: frozenset({"lines", STOCK}),
    HoldReason.ADDRESS_INVALID: frozenset({"shipping_address", "is_shippable"}),
    HoldReason.OPTIONS_INCOMPLETE: frozenset({"lines"}),
    HoldReason.PAYMENT_PENDING: frozenset({"financial_status", "payment_method", "total_minor"}),
    HoldReason.RISK_REVIEW: frozenset(
        {"total_minor", "currency", "shipping_address", "billing_address"}
    ),
}


@dataclass(frozen=True, slots=True)
class Recheck:
    """An open order to be looked at; its row is locked.

    :param changed: the columns that changed, by which reasons are chosen.
    :param is_whole: look at everything.
    """

    order_id: UUID
    customer_id: UUID | None
    state: str
    changed: frozenset[str] = frozenset()
    is_whole: bool = False

    @property
    def reasons(self) -> frozenset[HoldReason]:
        """The reasons this is about."""
        if self.is_whole:
            return frozenset(INPUTS)
        return frozenset(reason for reason, names in INPUTS.items() if names & self.changed)


def recheck(asked: Sequence[Recheck], desk: Desk) -> dict[UUID, str]:
    """Look at orders again, open and lift their holds; returns their states."""
    wanted = [one for one in asked if one.reasons]
    if not wanted:
        return {}
    ids = [one.order_id for one in wanted]
    orders = {order.id: order for order in Order.objects.filter(id__in=ids)}
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("position"):
        lines[line.order_id].append(line)
    findings: dict[UUID, Findings] = {}
    warned: list[dict[str, Any]] = []
    for one in wanted:
        order = orders[one.order_id]
        found, warnings = find_reasons(
            _facts(order, lines[order.id]), desk.settings, store_currency=desk.store.currency
        )
        findings[order.id] = {r: d for r, d in found.items() if r in one.reasons}
        new = [words for words in warnings if words not in order.warnings]
        if new and HoldReason.ADDRESS_INVALID in one.reasons:
            warned.append({"id": order.id, "warnings": [*order.warnings, *new]})
    update_rows(Order, warned)
    needing = [one for one in wanted if HoldReason.OUT_OF_STOCK in one.reasons]
    for order_id, missing in _reserve(needing, orders, lines, desk).items():
        findings[order_id][HoldReason.OUT_OF_STOCK] = missing
    return reconcile(
        [Waiting(one.order_id, one.customer_id, one.state) for one in wanted], findings, desk
    )


def recheck_restocked(added: Sequence[RefundOf], desk: Desk) -> None:
    """Let open orders give back what new refunds put on the shelf again; their rows are locked."""
    restocked = {one.order_id for one in added if any(line.restock for line in one.refund.lines)}
    if restocked:
        orders = Order.objects.filter(id__in=restocked, state__in=OPEN)
        recheck([Recheck(o.id, o.customer_id, o.state, frozenset({STOCK})) for o in orders], desk)


def _facts(order: Order, lines: Sequence[OrderLine]) -> OrderFacts:
    return OrderFacts(
        is_shippable=order.is_shippable,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        financial_status=order.financial_status,
        payment_method=order.payment_method,
        total_minor=order.total_minor,
        currency=order.currency,
        lines=tuple(
            LineFacts(
                line.external_id, line.title, line.sku, tuple((n, v) for n, v in line.properties)
            )
            for line in lines
            if line.removed_at is None
        ),
    )


def _reserve(
    needing: Sequence[Recheck],
    orders: dict[UUID, Order],
    lines: dict[UUID, list[OrderLine]],
    desk: Desk,
) -> dict[UUID, Any]:
    """Let lines hold what they need now, oldest order first; removed lines give theirs back."""
    if not needing:
        return {}
    oldest_first = sorted(needing, key=lambda one: (orders[one.order_id].placed_at, one.order_id))
    back = pieces_back([one.order_id for one in needing])
    needed = [
        NeededLine(
            order_id=one.order_id,
            line_id=line.id,
            variant_id=line.variant_id,
            quantity=0
            if line.removed_at is not None
            else max(line.quantity - back.get(line.id, 0), 0),
            title=line.title,
            sales_channel=orders[one.order_id].sales_channel,
        )
        for one in oldest_first
        for line in lines[one.order_id]
    ]
    missing = reserve_lines(needed, desk)
    return {one.order_id: missing.get(one.order_id) for one in needing}
