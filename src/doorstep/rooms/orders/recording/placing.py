"""Keep orders that arrive for the first time, check them, and say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.row_sets import copy_in, insert_rows, update_rows
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.orders.contracts import HoldReason, IncomingOrder, OrderState
from doorstep.rooms.orders.events import OrderPlaced, OrderPutOnHold
from doorstep.rooms.orders.models import Hold, Order
from doorstep.rooms.orders.recording.arrivals import (
    Arrival,
    Things,
    arrival_row,
    production_days,
)
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.holds import hold_row
from doorstep.rooms.orders.recording.parts import Parts
from doorstep.rooms.orders.recording.refunds import pieces_back_of
from doorstep.rooms.orders.recording.stock import NeededLine, reserve_lines
from doorstep.rooms.orders.rules.checks import (
    Details,
    LineFacts,
    OrderFacts,
    find_reasons,
)

UNIQUE = "(store_id, sales_channel, external_id)"


@dataclass
class _Placed:
    """A new order on its way through the check."""

    arrival: Arrival
    row: dict[str, Any]
    reasons: dict[HoldReason, Details]
    lines: list[dict[str, Any]]

    @property
    def order_id(self) -> UUID:
        return self.row["id"]


def place(arrivals: Sequence[Arrival], things: Things, desk: Desk) -> dict[str, UUID]:
    """Keep new orders with all their parts; returns order ids by external id.

    What is missing in the answer was kept by somebody else in the meantime.
    """
    variants = _variants(arrivals, things)
    placed = [_look_at(arrival, things, variants, desk) for arrival in arrivals]
    # One order everywhere: two workers with the same new orders wait for each other, never in a
    # circle.
    placed.sort(key=lambda one: one.row["external_id"])
    added = insert_rows(Order, [one.row for one in placed], unless=UNIQUE)
    placed = [one for one in placed if one.order_id in added]
    parts = Parts()
    for one in placed:
        one.lines = parts.add(one.arrival.order, one.order_id, things, desk)
    parts.write()
    _reserve([one for one in placed if one.arrival.is_checked], desk)
    copy_in(
        Hold,
        [
            hold_row(one.order_id, reason, details, desk)
            for one in placed
            for reason, details in one.reasons.items()
        ],
    )
    # Whoever came first is confirmed first.
    placed.sort(key=lambda one: (one.row["placed_at"], one.order_id))
    publish_many([draft for one in placed for draft in _drafts(one, desk)])
    return {one.row["external_id"]: one.order_id for one in placed}


def _variants(arrivals: Sequence[Arrival], things: Things) -> Mapping[UUID, VariantInfo]:
    if not any(arrival.is_checked for arrival in arrivals):
        return {}
    return catalog.get_variants([thing for thing in things.values() if thing is not None])


def _look_at(
    arrival: Arrival, things: Things, variants: Mapping[UUID, VariantInfo], desk: Desk
) -> _Placed:
    """Check everything but stock, which takes locks and comes last."""
    if not arrival.is_checked:
        return _Placed(arrival, arrival_row(arrival, desk), {}, [])
    made = production_days(arrival.order, things, variants)
    row = arrival_row(arrival, desk, made=made)
    findings, warnings = find_reasons(
        facts_of(row, arrival.order), desk.settings, store_currency=desk.store.currency
    )
    reasons = {reason: found for reason, found in findings.items() if found is not None}
    row["warnings"] = [*row["warnings"], *warnings]
    row["state"] = str(OrderState.ON_HOLD if reasons else OrderState.READY)
    return _Placed(arrival, row, reasons, [])


def facts_of(row: Mapping[str, Any], order: IncomingOrder) -> OrderFacts:
    """Return what the check looks at, before the lines have rows of their own."""
    return OrderFacts(
        is_shippable=row["is_shippable"],
        shipping_address=row["shipping_address"],
        billing_address=row["billing_address"],
        financial_status=row["financial_status"],
        payment_method=row["payment_method"],
        total_minor=row["total_minor"],
        currency=row["currency"],
        lines=tuple(
            LineFacts(line.external_id, line.title, line.sku, line.properties)
            for line in order.lines
        ),
    )


def _reserve(placed: Sequence[_Placed], desk: Desk) -> None:
    """Reserve for the set, oldest order first; orders that lack something go on hold."""
    oldest_first = sorted(placed, key=lambda one: (one.row["placed_at"], one.order_id))
    missing = reserve_lines(
        [
            NeededLine(
                order_id=one.order_id,
                line_id=line["id"],
                variant_id=line["variant_id"],
                quantity=max(line["quantity"] - back.get(line["external_id"], 0), 0),
                title=line["title"],
                sales_channel=desk.sales_channel,
            )
            for one in oldest_first
            for back in [pieces_back_of(one.arrival.order.refunds)]
            for line in one.lines
        ],
        desk,
    )
    held = []
    for one in oldest_first:
        details = missing.get(one.order_id)
        if details is None:
            continue
        if not one.reasons:
            held.append({"id": one.order_id, "state": str(OrderState.ON_HOLD)})
        one.reasons[HoldReason.OUT_OF_STOCK] = details
        one.row["state"] = str(OrderState.ON_HOLD)
    update_rows(Order, held)


def _drafts(one: _Placed, desk: Desk) -> list[EventDraft]:
    if not one.arrival.is_announced:
        return []
    row = one.row
    facts: list[Any] = [
        OrderPlaced(
            order_id=one.order_id,
            customer_id=row["customer_id"],
            number=row["number"],
            sales_channel=row["sales_channel"],
            currency=row["currency"],
            total_minor=row["total_minor"],
            item_count=row["item_count"],
            state=row["state"],
            is_test=row["is_test"],
        )
    ]
    if one.reasons:
        reasons = sorted(str(reason) for reason in one.reasons)
        facts.append(OrderPutOnHold(one.order_id, row["customer_id"], reasons, reasons))
    subject = f"order:{one.order_id}"
    return [EventDraft(fact, row["customer_id"], desk.at, desk.by, subject) for fact in facts]
