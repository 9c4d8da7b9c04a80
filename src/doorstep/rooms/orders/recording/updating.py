"""Later versions of orders: bring what is stored in line, in sets, and say what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.row_sets import copy_in, update_rows
from doorstep.rooms.orders.contracts import IncomingOrder, OrderState
from doorstep.rooms.orders.events import OrderCanceled, OrderShippedOnPlatform, OrderUpdated
from doorstep.rooms.orders.models import Order, OrderCharge, OrderDiscount, OrderLine
from doorstep.rooms.orders.recording import diffs
from doorstep.rooms.orders.recording.arrivals import Things
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.recording.diffs import LineDiff
from doorstep.rooms.orders.recording.holds import end_holds
from doorstep.rooms.orders.recording.people import line_key
from doorstep.rooms.orders.recording.platform_lines import (
    SUMS,
    adopt_lines,
    incoming_lines_of,
    stands,
)
from doorstep.rooms.orders.recording.rechecking import Recheck, recheck
from doorstep.rooms.orders.recording.refunds import pieces_back, pieces_back_of
from doorstep.rooms.orders.recording.rows import line_row
from doorstep.rooms.orders.recording.stock import consume_lines, release_lines
from doorstep.rooms.orders.rules.states import HISTORY, OPEN


@dataclass
class Revision:
    """A stored order (its row locked) and a later version of it."""

    order: Order
    incoming: IncomingOrder
    customer_id: UUID | None  # as it should be after this version
    lines: list[OrderLine] = field(default_factory=list)
    diff: LineDiff = field(default_factory=LineDiff)
    changed: list[str] = field(default_factory=list)
    keeps_lines: bool = False  # edited here, and the platform says nothing new of them

    @property
    def target(self) -> str | None:
        """The state the platform puts it in; None: open, the check decides."""
        if self.order.state == HISTORY:
            return HISTORY
        if self.incoming.canceled_at is not None or self.order.canceled_here_at is not None:
            return OrderState.CANCELED
        has_left = self.incoming.fulfilled_at is not None or self.stays_shipped
        return OrderState.SHIPPED if has_left else None

    @property
    def stays_shipped(self) -> bool:
        """Tell whether all of it left from here, and the platform adds nothing to it."""
        if self.order.shipped_here_at is None:
            return False
        shipped = {line.external_id: line.shipped_quantity for line in self.lines}
        back = pieces_back_of(self.incoming.refunds)
        return all(
            shipped.get(line.external_id, 0) >= line.quantity - back.get(line.external_id, 0)
            for line in self.incoming.lines
            if line.requires_shipping
        )

    @property
    def is_reopened(self) -> bool:
        """Tell whether the platform took an ending back."""
        return self.target is None and OrderState(self.order.state) not in OPEN


def revise(revisions: Sequence[Revision], things: Things, desk: Desk) -> set[UUID]:
    """Apply later versions; returns the ids of the orders in which something changed."""
    if not revisions:
        return set()
    ids = [one.order.id for one in revisions]
    _load_lines(revisions, ids)
    _keep_edits(revisions)
    _replace_parts(revisions, ids, desk)
    header_rows = []
    for one in revisions:
        if not one.keeps_lines:
            one.diff = diffs.diff_lines(one.lines, one.incoming)
        if one.diff:
            one.changed.append("lines")
        header_rows.append(_header(one, desk))
    update_rows(Order, header_rows)
    _write_lines(revisions, things, desk)
    revised = [one for one in revisions if one.changed]
    _end([one for one in revised if one.target not in (None, one.order.state)], desk)
    _publish(revised, desk)
    recheck([_recheck(one) for one in revised if one.target is None], desk)
    return {one.order.id for one in revised}


def _load_lines(revisions: Sequence[Revision], ids: list[UUID]) -> None:
    by_order: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("position"):
        by_order[line.order_id].append(line)
    for one in revisions:
        one.lines = by_order[one.order.id]


def _keep_edits(revisions: Sequence[Revision]) -> None:
    """Find the orders whose lines were edited here and stay so (see ``platform_lines``)."""
    edited = [one for one in revisions if one.order.platform_lines is not None]
    if not edited:
        return
    update_rows(
        OrderLine, [row for one in edited for row in adopt_lines(one.lines, one.incoming, "here:")]
    )
    back = pieces_back([one.order.id for one in edited])
    for one in edited:
        said = incoming_lines_of(one.incoming)
        ours = {line.external_id: back.get(line.id, 0) for line in one.lines}
        one.keeps_lines = stands(one.order.platform_lines, one.lines, ours, said)
        one.order.platform_lines = said if one.keeps_lines else None


def _replace_parts(revisions: Sequence[Revision], ids: list[UUID], desk: Desk) -> None:
    """Exchange charges and discounts where they differ; they have no identity of their own."""
    store_id = desk.store.id
    for model, rows_of, name in (
        (OrderCharge, diffs.charge_rows, "charges"),
        (OrderDiscount, diffs.discount_rows, "discounts"),
    ):
        stored: dict[UUID, list[Any]] = defaultdict(list)
        for part in model.objects.filter(order_id__in=ids):
            stored[part.order_id].append(part)
        fresh: list[dict[str, Any]] = []
        outdated: list[UUID] = []
        for one in revisions:
            rows = rows_of(one.incoming, store_id, one.order.id)
            if diffs.differs(stored[one.order.id], rows):
                one.changed.append(name)
                outdated.append(one.order.id)
                fresh += rows
        if outdated:
            model.objects.filter(order_id__in=outdated).delete()
            copy_in(model, fresh)


def _header(one: Revision, desk: Desk) -> dict[str, Any]:
    """Return the header's row, and note which fields of it are new."""
    values = diffs.header_values(one.order, one.incoming)
    values |= diffs.end_values(
        one.order, one.incoming, by=desk.by.key, version_at=one.incoming.version_at
    )
    values |= _own_shipping(one)
    values["platform_lines"] = one.order.platform_lines
    values["canceled_here_at"] = one.order.canceled_here_at
    if one.keeps_lines:
        values |= {name: getattr(one.order, name) for name in SUMS}
    if one.order.canceled_here_at is not None:
        # Canceled here and not said there yet: its versions do not bring the order back. Once it
        # says so itself, its word counts from then on.
        if one.incoming.canceled_at is not None:
            values["canceled_here_at"] = None
        values |= {
            n: getattr(one.order, n) for n in ("canceled_at", "canceled_by", "cancel_reason")
        }
    values["warnings"] = list(dict.fromkeys([*one.order.warnings, *one.incoming.warnings]))
    values["customer_id"] = one.customer_id
    # The check settles what is open; until then a reopened order is as good as ready.
    target = one.target or (OrderState.READY if one.is_reopened else OrderState(one.order.state))
    one.changed += [
        name
        for name in diffs.changed_fields(one.order, values)
        if name not in {"version_at", "canceled_by", "shipped_here_at", "canceled_here_at"}
    ]
    return {"id": one.order.id, "state": str(target), **values}


def _own_shipping(one: Revision) -> dict[str, Any]:
    """Keep that it left from here while the platform does not know; else its word counts."""
    stays = one.incoming.fulfilled_at is None and one.stays_shipped
    return {
        "fulfilled_at": one.order.fulfilled_at if stays else one.incoming.fulfilled_at,
        "shipped_here_at": one.order.shipped_here_at if stays else None,
    }


def _write_lines(revisions: Sequence[Revision], things: Things, desk: Desk) -> None:
    added, changed, removed = [], [], []
    for one in revisions:
        for position, line in one.diff.added:
            row = line_row(
                line,
                position,
                store_id=desk.store.id,
                order_id=one.order.id,
                variant_id=things[line_key(line)],
            )
            added.append(row)
            one.lines.append(OrderLine(**row))
        incoming = {line.external_id: line for line in one.incoming.lines}
        for line, values in one.diff.changed:
            thing = things[line_key(incoming[line.external_id])]
            row = {"id": line.id, "variant_id": thing, "removed_at": None, "sold": None, **values}
            changed.append(row)
            for name, value in row.items():
                setattr(line, name, value)
        for line in one.diff.removed:
            line.removed_at = desk.at
            removed.append({"id": line.id, "removed_at": desk.at})
    copy_in(OrderLine, added)
    update_rows(OrderLine, changed)
    update_rows(OrderLine, removed)


def _end(ended: Sequence[Revision], desk: Desk) -> None:
    """Close orders that were canceled or went out: nothing waits, stock is given back or gone."""
    if not ended:
        return
    end_holds([one.order.id for one in ended], desk)
    canceled = [one for one in ended if one.target == OrderState.CANCELED]
    shipped = [one for one in ended if one.target == OrderState.SHIPPED]
    release_lines([line.id for one in canceled for line in one.lines], desk)
    consume_lines([line.id for one in shipped for line in one.lines], desk)
    gone = [
        {"id": line.id, "shipped_quantity": line.quantity}
        for one in shipped
        for line in one.lines
        if line.requires_shipping and line.removed_at is None
    ]
    update_rows(OrderLine, gone)


def _recheck(one: Revision) -> Recheck:
    return Recheck(
        order_id=one.order.id,
        customer_id=one.customer_id,
        state=str(OrderState.READY) if one.is_reopened else one.order.state,
        changed=frozenset(one.changed),
        is_whole=one.is_reopened,
    )


def _publish(revised: Sequence[Revision], desk: Desk) -> None:
    drafts = []
    for one in revised:
        order, subject = one.order, f"order:{one.order.id}"
        facts: list[Any] = [
            OrderUpdated(order.id, one.customer_id, sorted(set(one.changed)), order.is_history)
        ]
        # History that is canceled today says so too; listeners see that it is history.
        if one.incoming.canceled_at is not None and order.canceled_at is None:
            facts.append(
                OrderCanceled(
                    order.id,
                    one.customer_id,
                    one.incoming.cancel_reason,
                    order.is_history,
                    order.is_test,
                )
            )
        if one.incoming.fulfilled_at is not None and order.fulfilled_at is None:
            facts.append(OrderShippedOnPlatform(order.id, one.customer_id, order.is_history))
        key = one.customer_id or order.id
        drafts += [EventDraft(fact, key, desk.at, desk.by, subject) for fact in facts]
    publish_many(drafts)


def changed_people(order: Order, incoming: IncomingOrder) -> bool:
    """Tell whether a later version names another buyer than the order has."""
    if order.erased_at is not None:
        return False
    values = diffs.header_values(order, incoming)
    return any(
        getattr(order, name) != values[name] for name in ("platform_person_id", "email", "phone")
    )
