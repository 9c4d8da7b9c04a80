"""Refunds in sets: each platform id once, whatever order they arrive in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Sum

from doorstep.kernel import audit, once
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import copy_in, insert_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders.contracts import IncomingRefund
from doorstep.rooms.orders.events import OrderRefunded, OrderUpdated
from doorstep.rooms.orders.models import Order, OrderLine, Refund, RefundLine
from doorstep.rooms.orders.reading.held import is_held
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.rows import refund_row

LineIds = Mapping[tuple[UUID, str], UUID]  # (order, the line's external id) → line


@dataclass(frozen=True, slots=True)
class RefundOf:
    """A refund and the order it belongs to."""

    refund: IncomingRefund
    order_id: UUID
    customer_id: UUID | None
    is_history: bool = False
    is_test: bool = False
    taxes_included: bool = False


def refund_of(refund: IncomingRefund, order: Order) -> RefundOf:
    """Return a refund beside the order it is of."""
    return RefundOf(
        refund,
        order.id,
        order.customer_id,
        order.is_history,
        order.is_test,
        order.taxes_included,
    )


def distinct(refunds: Sequence[IncomingRefund]) -> list[IncomingRefund]:
    """Return each refund once, by its platform id."""
    return list({refund.external_id: refund for refund in refunds}.values())


def pieces_back(order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many pieces of each line went back to the shelf with refunds.

    A platform leaves the quantity of such a line as it was; the order needs that many less. Some
    platforms write what was taken off a line by an edit as a refund without money: those pieces
    are off the line already where the edit was made here, and count once.
    """
    if len(order_ids) == 1 and is_held(order_ids[0]) and _is_whole(order_ids[0]):
        return {}
    rows = RefundLine.objects.filter(refund__order_id__in=order_ids, restock=True)
    summed = rows.values("line_id", "line__sold", "line__quantity").annotate(sum=Sum("quantity"))
    return {
        one["line_id"]: _back_of(one["sum"], one["line__sold"], one["line__quantity"])
        for one in summed
    }


def _is_whole(order_id: UUID) -> bool:
    """Tell whether nothing went back; asked once by an action, which may look at it five times."""
    rows = RefundLine.objects.filter(refund__order_id=order_id, restock=True)
    key = ("order is whole", current_store_id(), order_id)
    return once.remember(key, "orders_refund", lambda: not rows.exists())


def _back_of(back: int, sold: Mapping[str, int] | None, quantity: int) -> int:
    if sold is None:
        return back
    taken_off = max(sold["quantity"] - quantity, 0)
    return max(min(back, sold["back"]), back - taken_off)


def pieces_back_of(refunds: Sequence[IncomingRefund]) -> dict[str, int]:
    """Return the same of an order that arrives with its refunds, by the platform's line ids."""
    pieces: dict[str, int] = {}
    for line in (line for refund in distinct(refunds) for line in refund.lines if line.restock):
        pieces[line.line_external_id] = pieces.get(line.line_external_id, 0) + line.quantity
    return pieces


def line_ids_of(order_ids: Sequence[UUID]) -> LineIds:
    """Read the ids of orders' lines."""
    rows = OrderLine.objects.filter(order_id__in=order_ids)
    return {
        (order_id, external_id): line_id
        for order_id, external_id, line_id in rows.values_list("order_id", "external_id", "id")
    }


def add_refunds(refunds: Sequence[RefundOf], line_ids: LineIds, desk: Desk) -> list[RefundOf]:
    """Keep the refunds that are new, sum them up on their orders and say so; returns those.

    One that came without its lines before (WooCommerce lists refunds short in their order) gets
    them with the first payload that has them.

    The orders' rows are locked by the caller, so that two refunds of one order take turns.
    """
    store_id = current_store_id()
    rows = [
        refund_row(one.refund, store_id=store_id, order_id=one.order_id, by=desk.by.key, at=desk.at)
        for one in refunds
    ]
    added = insert_rows(Refund, rows, unless="(order_id, external_id)")
    known = [o for o, row in zip(refunds, rows, strict=True) if row["id"] not in added]
    _fill_in([one for one in known if one.refund.lines], line_ids, desk)
    new = [(one, row["id"]) for one, row in zip(refunds, rows, strict=True) if row["id"] in added]
    if not new:
        return []
    copy_in(RefundLine, [r for one, row_id in new for r in refund_line_rows(one, row_id, line_ids)])
    _sum_up([one.order_id for one, _ in new])
    publish_many([_draft(one, row_id, desk) for one, row_id in new])
    return [one for one, _ in new]


def _fill_in(refunds: Sequence[RefundOf], line_ids: LineIds, desk: Desk) -> None:
    """Give refunds that are known by their amount alone the lines of the same amount's payload."""
    full = {(one.order_id, one.refund.external_id): one for one in refunds}
    if not full:
        return
    short = Refund.objects.filter(
        ~Exists(RefundLine.objects.filter(refund=OuterRef("id"))),
        order_id__in={one.order_id for one in refunds},
        external_id__in={one.refund.external_id for one in refunds},
    )
    filled = []
    for row in short:
        one = full.get((row.order_id, row.external_id))
        told = (one.refund.amount_minor, one.refund.currency) if one else None
        if one is not None and told == (row.amount_minor, row.currency):
            filled.append((one, row.id))
    lines = [row for one, row_id in filled for row in refund_line_rows(one, row_id, line_ids)]
    if not lines:
        return
    copy_in(RefundLine, lines)
    publish_many(
        [
            EventDraft(
                OrderUpdated(one.order_id, one.customer_id, ["refunds"], one.is_history),
                one.customer_id or one.order_id,
                desk.at,
                desk.by,
                f"order:{one.order_id}",
            )
            for one, _ in filled
        ]
    )


def refund_line_rows(one: RefundOf, refund_id: UUID, line_ids: LineIds) -> list[dict[str, Any]]:
    """Return the rows of a refund's lines; what names a line nobody knows is left out."""
    store_id = current_store_id()
    rows = []
    for position, line in enumerate(one.refund.lines):
        line_id = line_ids.get((one.order_id, line.line_external_id))
        if line_id is None:
            continue
        rows.append(
            {
                "id": new_id(),
                "store_id": store_id,
                "refund_id": refund_id,
                "line_id": line_id,
                "position": position,
                "quantity": line.quantity,
                "amount_minor": line.amount_minor
                + (line.tax_minor if line.is_net and one.taxes_included else 0),
                "tax_minor": line.tax_minor,
                "restock": line.restock,
            }
        )
    return rows


def _sum_up(order_ids: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order AS o SET refunded_minor = r.sum FROM (
                SELECT r.order_id, r.currency, sum(r.amount_minor)::bigint AS sum
                FROM orders_refund r WHERE r.order_id = ANY(%s) GROUP BY 1, 2
            ) AS r
            WHERE o.id = r.order_id AND o.currency = r.currency
            """,
            [list(set(order_ids))],
        )


def _draft(one: RefundOf, refund_id: UUID, desk: Desk) -> EventDraft:
    fact = OrderRefunded(
        order_id=one.order_id,
        customer_id=one.customer_id,
        refund_id=refund_id,
        currency=one.refund.currency,
        amount_minor=one.refund.amount_minor,
        is_history=one.is_history,
        is_test=one.is_test,
    )
    key = one.customer_id or one.order_id
    return EventDraft(fact, key, desk.at, desk.by, f"order:{one.order_id}")


def deny_refund(*, order_id: UUID, reason: str, words: str, by: Actor, at: datetime) -> bool:
    """Say that a refund, recorded as made, went nowhere after all: its amount counts no more.

    A vendor may say yes and later no (a closed account). The row stays, with ``words`` as its
    reason. Joins the caller's transaction; False: no refund has this reason, or it was denied.

    :param reason: what the refund was recorded with.
    """
    row = (
        Refund.objects.select_for_update()
        .filter(order_id=order_id, reason=reason, amount_minor__gt=0)
        .first()
    )
    if row is None:
        return False
    before = row.amount_minor
    row.amount_minor, row.reason = 0, words
    row.save(update_fields=["amount_minor", "reason"])
    _sum_up([order_id])
    audit.note(subject=f"order:{order_id}", changes={"refund": [before, 0]})
    order = Order.objects.get(id=order_id)
    publish_many(
        [
            EventDraft(
                OrderUpdated(order_id, order.customer_id, ["refunded_minor"], order.is_history),
                order.customer_id or order_id,
                at,
                by,
                f"order:{order_id}",
            )
        ]
    )
    return True
