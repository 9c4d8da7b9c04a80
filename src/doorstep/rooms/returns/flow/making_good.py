"""Lost and late parcels are made good before their shopper writes.

A rule per kind of trouble says what is done, up to which value by itself, and how much a month.
Beyond it a person decides. A parcel is made good once, whatever happens to it: the database holds
that by the tracker's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, DomainError
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine, PayBack
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ParcelView
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.returns.contracts import MakeGoodRemedy, MakeGoodState
from doorstep.rooms.returns.events import MadeGood, MakeGoodProposed
from doorstep.rooms.returns.flow.new_orders import Wanted, make_order
from doorstep.rooms.returns.models import MakeGood, MakeGoodPlan
from doorstep.rooms.returns.rules.amounts import percent_of
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking import api as tracking

BY = Actor.system("returns.make_good")
BATCH = 100
DECIDED = [MakeGoodState.MADE.value, MakeGoodState.PROPOSED.value]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A parcel that is late, stalled or lost."""

    tracker_id: UUID
    order_id: UUID
    parcel_id: UUID | None
    kind: str


def propose(troubles: Sequence[Trouble], *, by: Actor, at: datetime) -> int:
    """Note what the store's rules would do about parcels, and do what needs nobody's word.

    Returns how many are new. In sets up to the parcels that a rule is about; those are few.
    """
    plans = {plan.trouble: plan for plan in MakeGoodPlan.objects.filter(is_active=True)}
    wanted = [one for one in troubles if one.kind in plans]
    if not wanted:
        return 0
    details = orders.get_orders({one.order_id for one in wanted})
    wanted = [one for one in wanted if _can_be_told(details.get(one.order_id))]
    parcels = fulfillment.get_parcels([one.parcel_id for one in wanted if one.parcel_id])
    month = month_of(at)
    rows: list[dict[str, Any]] = []
    for one in wanted:
        plan = plans[one.kind]
        parcel = parcels.get(one.parcel_id) if one.parcel_id else None
        pieces = _pieces(details[one.order_id], parcel)
        if not pieces:
            continue  # nothing was in it that has not been paid back already
        value = _value(one.order_id, pieces)
        rows.append(
            {
                "id": new_id(),
                "store_id": current_store_id(),
                "order_id": one.order_id,
                "tracker_id": one.tracker_id,
                "trouble": one.kind,
                "remedy": plan.remedy,
                "state": MakeGoodState.PROPOSED.value,
                "currency": details[one.order_id].summary.currency,
                "amount_minor": value
                if plan.remedy == MakeGoodRemedy.RESHIP
                else percent_of(value, plan.percent),
                "budget_minor": 0,
                "budget_month": month,
                "lines": [[str(line_id), quantity] for line_id, quantity in pieces],
                "words": "",
                "proposed_at": at,
                "proposed_by": by.key,
                "due_at": at + timedelta(days=plan.after_days),
                "decided_by": "",
            }
        )
    added = insert_rows(
        MakeGood, rows, unless="(store_id, tracker_id) WHERE tracker_id IS NOT NULL"
    )
    for row in rows:
        if row["id"] in added and row["due_at"] <= at:
            settle(row["id"], by=by, at=at)
    return len(added)


def look_at_due_make_goods(at: datetime) -> int:
    """Settle those whose rule waited some days first, of any store; returns how many."""
    due = list(
        MakeGood.all_stores.filter(state=MakeGoodState.PROPOSED, due_at__lte=at)
        .order_by("due_at")
        .values_list("store_id", "id")[:BATCH]
    )
    for store_id, make_good_id in due:
        with store_scope(store_id), transaction.atomic():
            settle(make_good_id, by=BY, at=at)
    return len(due)


def settle(make_good_id: UUID, *, by: Actor, at: datetime) -> None:
    """Make a parcel good within the rule, else leave it to a person; joins the transaction."""
    order_id = MakeGood.objects.values_list("order_id", flat=True).get(id=make_good_id)
    order = orders.get_orders_to_ship([order_id], lock=True)[order_id]
    row = MakeGood.objects.select_for_update().get(id=make_good_id)
    if row.state != MakeGoodState.PROPOSED or row.due_at is None:
        return
    row.due_at = None
    if row.tracker_id is not None and not _is_in_trouble(row):
        # It moved or arrived meanwhile: nothing to make good.
        row.state, row.words = MakeGoodState.DECLINED.value, "It arrived, or moves again."
        row.decided_at, row.decided_by = at, by.key
        row.save()
        return
    why_not = _why_ask(row, at)
    if not why_not:
        try:
            with transaction.atomic():
                carry_out(row, by=by, at=at)
            return
        except DomainError as error:
            # Sold out, nothing left to give back, a chargeback: a person finds another way.
            why_not = error.message
    row.words = why_not
    row.save()
    publish(
        MakeGoodProposed(
            row.id,
            row.order_id,
            order.customer_id,
            row.trouble,
            row.remedy,
            row.currency,
            row.amount_minor,
        ),
        key=order.customer_id or row.order_id,
        at=at,
        by=by,
        subject=f"order:{row.order_id}",
    )


def carry_out(row: MakeGood, *, by: Actor, at: datetime) -> None:
    """Do it; the order's row and this one are locked.

    :raises SoldOut: what should be sent again is not there.
    :raises MoreThanIsLeft: money went back another way already.
    :raises NobodyToCredit: store credit for somebody nobody knows.
    """
    base = orders.get_order(row.order_id)
    cause = f"make_good:{row.id}"
    if row.remedy == MakeGoodRemedy.RESHIP:
        row.new_order_id = _reship(row, base, by=by, at=at)
    else:
        how = PayBack.STORE_CREDIT if row.remedy == MakeGoodRemedy.CREDIT else PayBack.SOURCE
        billing.give_back(
            order_id=row.order_id,
            ask=_ask(row),
            how=how,
            cause=cause,
            details={"note": f"Parcel of order {base.summary.number}"},
            by=by,
            at=at,
        )
    row.state, row.decided_at, row.decided_by = MakeGoodState.MADE.value, at, by.key
    row.due_at = None
    row.budget_month = month_of(at)
    row.budget_minor = row.amount_minor
    row.save()
    publish(
        MadeGood(
            row.id,
            row.order_id,
            base.summary.customer_id,
            row.trouble,
            row.remedy,
            row.currency,
            row.amount_minor,
            row.new_order_id,
            is_test=base.summary.is_test,
        ),
        key=base.summary.customer_id or row.order_id,
        at=at,
        by=by,
        subject=f"order:{row.order_id}",
    )


def _ask(row: MakeGood) -> GiveBack:
    """Return what is given back: the pieces of a lost parcel, else goodwill."""
    words = f"Parcel {row.trouble or 'in trouble'}"
    if row.trouble == "lost" and row.remedy == MakeGoodRemedy.REFUND and row.lines:
        lines = tuple(GiveBackLine(UUID(line), quantity) for line, quantity in row.lines)
        whole = billing.quote_give_back(row.order_id, GiveBack(lines))
        if whole.total_minor == row.amount_minor:
            return GiveBack(lines=lines, words=words)
    return GiveBack(allowance_minor=row.amount_minor, words=words)


def _reship(row: MakeGood, base: OrderDetail, *, by: Actor, at: datetime) -> UUID:
    """Send the same pieces again, at no price, from the same stock as everything else."""
    of_order = {str(line.id): line for line in base.lines}
    wanted = [
        Wanted(f"line:{line_id}", of_order[line_id].variant_id, of_order[line_id].title, quantity)
        for line_id, quantity in row.lines
        if line_id in of_order
    ]
    if not wanted:
        raise Conflict("Nobody knows what was in this parcel. Give money back instead.")
    short = sold_out(wanted, base.summary.sales_channel)
    if short:
        raise Conflict(f"“{short}” is sold out. Give money back instead.", code="sold_out")
    order = make_order(
        base=base,
        external_id=f"make_good:{row.id}",
        number=f"{base.summary.number}-M",
        wanted=wanted,
        note=f"Sent again: the parcel of {base.summary.number} is {row.trouble or 'lost'}",
        by=by,
        at=at,
    )
    return order.id


def sold_out(wanted: Sequence[Wanted], channel: str) -> str:
    """Return the title of the first thing that is not there, "" when all is."""
    needed: dict[UUID, int] = {}
    for one in wanted:
        if one.variant_id is not None:
            needed[one.variant_id] = needed.get(one.variant_id, 0) + one.quantity
    left = inventory.available_to_promise(list(needed), channel)
    for one in wanted:
        there = left.get(one.variant_id) if one.variant_id else None
        if one.variant_id is not None and there is not None and there < needed[one.variant_id]:
            return one.title
    return ""


def _why_ask(row: MakeGood, at: datetime) -> str:
    """Return why a person has to decide, "" when the rule allows it; the plan's row is locked.

    The lock lets two parcels of one moment not both take the last of the budget.
    """
    plan = MakeGoodPlan.objects.select_for_update().filter(trouble=row.trouble).first()
    if plan is None or not plan.is_active:
        return "The rule for this was switched off meanwhile."
    if row.currency != stores.get_store().currency:
        return "The order is in another currency than the budget."
    if row.amount_minor > plan.auto_below_minor:
        return "It is worth more than the rule gives by itself."
    # Of the month in which it is spent: a rule that waits some days may have begun in another.
    spent = (
        MakeGood.objects.filter(
            trouble=row.trouble,
            state=MakeGoodState.MADE,
            budget_month=month_of(at),
            currency=row.currency,
        ).aggregate(sum=Sum("budget_minor"))["sum"]
        or 0
    )
    if spent + row.amount_minor > plan.budget_minor:
        return "This month's budget for it is used up."
    return ""


def _is_in_trouble(row: MakeGood) -> bool:
    """Tell whether the parcel is still what it was proposed for."""
    assert row.tracker_id is not None
    found = tracking.list_progress([row.order_id]).get(row.order_id, ())
    parcel = next((one for one in found if one.tracker_id == row.tracker_id), None)
    if parcel is None:
        return False
    since = {
        "late": parcel.late_since,
        "stalled": parcel.stalled_since,
        "lost": parcel.lost_since,
    }
    # Late may have become lost: worse is no reason to do nothing.
    return bool(since[row.trouble] or parcel.lost_since)


def _can_be_told(order: OrderDetail | None) -> bool:
    return order is not None and not order.summary.is_history and order.canceled_at is None


def _pieces(order: OrderDetail, parcel: ParcelView | None) -> list[tuple[UUID, int]]:
    """Return what lies in a parcel, all that is to be shipped where nobody said.

    Without what somebody gave back meanwhile: it is not sent again, nor paid twice.
    """
    things = parcel.things if parcel else ()
    named = [(one.order_line_id, one.quantity) for one in things if one.order_line_id]
    wanted = named or [
        (line.id, line.quantity)
        for line in order.lines
        if line.requires_shipping and not line.is_removed
    ]
    money = billing.get_money(order.summary.id)
    left = {line.line_id: line.quantity - line.back_quantity for line in money.lines}
    rest = [(line_id, min(pieces, left.get(line_id, pieces))) for line_id, pieces in wanted]
    return [(line_id, pieces) for line_id, pieces in rest if pieces > 0]


def _value(order_id: UUID, pieces: Sequence[tuple[UUID, int]]) -> int:
    """Return what was paid for pieces and can still go back; 0 when nothing can."""
    money = billing.get_money(order_id)
    left = {line.line_id: line for line in money.lines}
    total = 0
    for line_id, quantity in pieces:
        line = left.get(line_id)
        rest = line.quantity - line.back_quantity if line else 0
        if line is not None and rest > 0:
            total += line.left_minor * min(quantity, rest) // rest
    return total


def month_of(at: datetime) -> date:
    """Return the first day of the month in the store's zone."""
    zone = ZoneInfo(stores.get_store().timezone)
    return at.astimezone(zone).date().replace(day=1)
