"""Rows of everything an arriving order consists of, ready for COPY."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from doorstep.kernel.row_sets import copy_in
from doorstep.rooms.orders.contracts import IncomingOrder
from doorstep.rooms.orders.models import (
    OrderCharge,
    OrderDiscount,
    OrderLine,
    Refund,
    RefundLine,
)
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.people import LineKey, line_key
from doorstep.rooms.orders.recording.refunds import RefundOf, distinct, refund_line_rows
from doorstep.rooms.orders.recording.rows import charge_row, discount_row, line_row, refund_row

Rows = list[dict[str, Any]]


@dataclass
class Parts:
    """What belongs to a set of new orders."""

    lines: Rows = field(default_factory=list)
    charges: Rows = field(default_factory=list)
    discounts: Rows = field(default_factory=list)
    refunds: Rows = field(default_factory=list)
    refund_lines: Rows = field(default_factory=list)

    def add(
        self,
        order: IncomingOrder,
        order_id: UUID,
        things: Mapping[LineKey, UUID | None],
        desk: Desk,
    ) -> Rows:
        """Add one order's parts; returns the rows of its lines."""
        store_id = desk.store.id
        lines = [
            line_row(
                line,
                nth,
                store_id=store_id,
                order_id=order_id,
                variant_id=things[line_key(line)],
                has_left=order.fulfilled_at is not None,
            )
            for nth, line in enumerate(order.lines)
        ]
        self.lines += lines
        for nth, charge in enumerate(order.charges):
            self.charges.append(charge_row(charge, nth, store_id=store_id, order_id=order_id))
        for nth, discount in enumerate(order.discounts):
            self.discounts.append(discount_row(discount, nth, store_id=store_id, order_id=order_id))
        if order.refunds:
            self._add_refunds(order, order_id, lines, desk)
        return lines

    def _add_refunds(self, order: IncomingOrder, order_id: UUID, lines: Rows, desk: Desk) -> None:
        line_ids = {(order_id, line["external_id"]): line["id"] for line in lines}
        for refund in distinct(order.refunds):
            row = refund_row(
                refund, store_id=desk.store.id, order_id=order_id, by=desk.by.key, at=desk.at
            )
            self.refunds.append(row)
            self.refund_lines += refund_line_rows(
                RefundOf(refund, order_id, None, taxes_included=order.taxes_included),
                row["id"],
                line_ids,
            )

    def write(self) -> None:
        """Write everything, a COPY for each table that has rows."""
        copy_in(OrderLine, self.lines)
        copy_in(OrderCharge, self.charges)
        copy_in(OrderDiscount, self.discounts)
        copy_in(Refund, self.refunds)
        copy_in(RefundLine, self.refund_lines)
