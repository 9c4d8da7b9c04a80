"""Making a parcel good by a person's word, and sending something again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import (
    MakeGoodRemedy,
    MakeGoodRule,
    MakeGoodState,
    MakeGoodView,
)
from doorstep.rooms.returns.flow.making_good import carry_out, month_of
from doorstep.rooms.returns.models import MakeGood, MakeGoodPlan
from doorstep.rooms.returns.models.claims import TROUBLES
from doorstep.rooms.returns.reading.claims import make_good_view


def _given(
    *,
    order_id: UUID,
    remedy: MakeGoodRemedy = MakeGoodRemedy.RESHIP,
    amount_minor: int = 0,
    lines: list[tuple[UUID, int]] | None = None,
    **_others: object,
) -> tuple[str, int]:
    """Say how much making good would move, for the limits of roles: money, or the worth of goods.

    :raises NotFound: there is no such order.
    """
    if remedy is MakeGoodRemedy.RESHIP:
        return _worth(order_id, None if lines is None else dict(lines))
    summary = orders.get_summaries([order_id]).get(order_id)
    if summary is None:
        raise NotFound("There is no such order.")
    return summary.currency, max(amount_minor, 0)


def _worth(order_id: UUID, pieces: Mapping[UUID, int] | None) -> tuple[str, int]:
    """Return what pieces of an order were sold for; None: all of it."""
    order = orders.get_order(order_id)
    worth = 0
    for line in order.lines:
        quantity = line.quantity if pieces is None else pieces.get(line.id, 0)
        worth += max(line.total_minor, 0) * max(quantity, 0) // max(line.quantity, 1)
    return order.summary.currency, worth


def _proposed(
    *,
    make_good_id: UUID,
    is_approved: bool,
    remedy: MakeGoodRemedy | None = None,
    **_others: object,
) -> tuple[str, int]:
    """Say how much a decision would move, as money or as goods: nothing when it is declined."""
    row = MakeGood.objects.filter(id=make_good_id).first()
    if row is None:
        raise NotFound("There is no such make-good.")
    if not is_approved:
        return row.currency, 0
    if (remedy or row.remedy) == MakeGoodRemedy.RESHIP:
        return _worth(row.order_id, {UUID(line_id): pieces for line_id, pieces in row.lines})
    return row.currency, row.amount_minor


@action(
    "returns.make_good",
    permission="returns.change",
    summary="Make a lost or late parcel good",
    amount=_given,
)
def make_good(
    *,
    order_id: UUID,
    remedy: MakeGoodRemedy,
    tracker_id: UUID | None = None,
    amount_minor: int = 0,
    lines: list[tuple[UUID, int]] | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> MakeGoodView:
    """Send again, refund or credit for an order's parcel; once per parcel.

    :param amount_minor: what is given as money, in the order's currency; for RESHIP not needed.
    :param lines: [order line, pieces] to send again; all of the order where not given.
    :raises NotFound: no such order, or a line of another one.
    :raises Invalid: no amount, or more pieces than were bought.
    :raises Conflict: this parcel was made good already, or what should go out is sold out.
    """
    return _make_good(order_id, remedy, tracker_id, amount_minor, lines, reason, by=by, at=at)


def _make_good(
    order_id: UUID,
    remedy: MakeGoodRemedy,
    tracker_id: UUID | None,
    amount_minor: int,
    lines: list[tuple[UUID, int]] | None,
    reason: str,
    *,
    by: Actor,
    at: datetime,
) -> MakeGoodView:
    order = orders.get_orders_to_ship([order_id], lock=True).get(order_id)
    if order is None:
        raise NotFound("There is no such order.")
    if remedy is not MakeGoodRemedy.RESHIP and amount_minor <= 0:
        raise Invalid("Enter an amount above 0.", field="amount_minor")
    known = {line.id: line for line in order.lines}
    chosen = lines if lines is not None else [(x.id, x.quantity) for x in order.lines]
    for line_id, quantity in chosen:
        if line_id not in known:
            raise NotFound("This is not a line of this order.")
        if not 1 <= quantity <= max(known[line_id].ordered, 1):
            raise Invalid("That many were not bought.", field="lines")
    try:
        with transaction.atomic():
            row = MakeGood.objects.create(
                store_id=current_store_id(),
                order_id=order_id,
                tracker_id=tracker_id,
                remedy=remedy.value,
                state=MakeGoodState.PROPOSED.value,
                currency=orders.get_summaries([order_id])[order_id].currency,
                amount_minor=amount_minor,
                budget_month=month_of(at),
                lines=[[str(line_id), quantity] for line_id, quantity in chosen],
                words=reason.strip()[:500],
                proposed_at=at,
                proposed_by=by.key,
            )
    except IntegrityError as error:
        if "parcel_made_good_once" not in str(error):
            raise
        raise Conflict("This parcel was made good already.", code="made_good_already") from None
    carry_out(row, by=by, at=at)
    audit.note(subject=f"order:{order_id}", changes={"made_good": [None, remedy.value]})
    return make_good_view(row)


@action(
    "returns.reship",
    permission="returns.change",
    summary="Send pieces of an order again",
    amount=_given,
)
def reship(
    *,
    order_id: UUID,
    lines: list[tuple[UUID, int]],
    reason: str = "",
    by: Actor,
    at: datetime,
) -> MakeGoodView:
    """Send pieces again at no price, from the same stock as everything else.

    :raises NotFound: no such order, or a line of another one.
    :raises Invalid: nothing, or more pieces than were bought.
    :raises Conflict: sold out.
    """
    if not lines:
        raise Invalid("Choose what is sent again.", field="lines")
    return _make_good(order_id, MakeGoodRemedy.RESHIP, None, 0, lines, reason, by=by, at=at)


@action(
    "returns.decide_make_good",
    permission="returns.change",
    summary="Decide about a proposed make-good",
    amount=_proposed,
)
def decide_make_good(
    *,
    make_good_id: UUID,
    is_approved: bool,
    remedy: MakeGoodRemedy | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> MakeGoodView:
    """Do what a rule proposed (or another remedy), or leave it.

    :raises NotFound: no such proposal.
    :raises Conflict: it was decided already, or can't be done; then it still waits.
    """
    order_id = MakeGood.objects.filter(id=make_good_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound("There is no such make-good.")
    orders.get_orders_to_ship([order_id], lock=True)
    row = MakeGood.objects.select_for_update().get(id=make_good_id)
    if row.state != MakeGoodState.PROPOSED:
        raise Conflict("This was decided already.")
    row.words = reason.strip()[:500] or row.words
    row.remedy = (remedy or MakeGoodRemedy(row.remedy)).value
    if is_approved:
        carry_out(row, by=by, at=at)
    else:
        row.state, row.due_at = MakeGoodState.DECLINED.value, None
        row.decided_at, row.decided_by = at, by.key
        row.save()
    audit.note(subject=f"order:{order_id}", changes={"make_good": ["proposed", row.state]})
    return make_good_view(row)


@action(
    "returns.set_make_good_rule",
    permission="returns.policy",
    summary="Say what is done for parcels in trouble",
)
def set_make_good_rule(*, rule: MakeGoodRule, by: Actor, at: datetime) -> MakeGoodRule:
    """Set what happens by itself for late, stalled or lost parcels.

    :raises Invalid: a figure that makes no sense; ``field`` says which.
    """
    if rule.trouble not in TROUBLES:
        raise Invalid("Choose late, stalled or lost.", field="trouble")
    if not 1 <= rule.percent <= 100:
        raise Invalid("Give 1 to 100 percent.", field="percent")
    if not 0 <= rule.after_days <= 60:
        raise Invalid("Wait 0 to 60 days.", field="after_days")
    for field in ("auto_below_minor", "budget_minor"):
        if not 0 <= getattr(rule, field) <= 10**12:
            raise Invalid("Enter an amount of 0 or more.", field=field)
    MakeGoodPlan.objects.update_or_create(
        store_id=current_store_id(),
        trouble=rule.trouble,
        defaults={
            "remedy": rule.remedy.value,
            "percent": rule.percent,
            "after_days": rule.after_days,
            "auto_below_minor": rule.auto_below_minor,
            "budget_minor": rule.budget_minor,
            "is_active": rule.is_active,
            "changed_at": at,
            "changed_by": by.key,
        },
    )
    audit.note(subject="returns", changes={f"make_good_{rule.trouble}": [None, rule.is_active]})
    return rule
