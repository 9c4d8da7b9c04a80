"""Opening and lifting holds in sets, and what that makes of the orders.

The callers hold the orders' row locks; a hold is written under its order's lock only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import copy_in, update_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.orders.events import HoldLifted, OrderPutOnHold, OrderReleased
from doorstep.rooms.orders.models import Hold, Order
from doorstep.rooms.orders.recording.desk import Desk
from doorstep.rooms.orders.rules.checks import Details, Findings
from doorstep.rooms.orders.rules.estimates import estimate


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order whose holds are looked at; its row is locked."""

    order_id: UUID
    customer_id: UUID | None
    state: str

    @property
    def key(self) -> UUID:
        """What its events are ordered by."""
        return self.customer_id or self.order_id


@dataclass
class _Outcome:
    """What becomes of one order's holds."""

    opened: list[str] = field(default_factory=list)
    lifted: list[str] = field(default_factory=list)
    still_open: set[str] = field(default_factory=set)


def hold_row(order_id: UUID, reason: str, details: Details, desk: Desk) -> dict[str, Any]:
    """Return a new hold's row."""
    return {
        "id": new_id(),
        "store_id": current_store_id(),
        "order_id": order_id,
        "reason": str(reason),
        "details": details,
        "placed_at": desk.at,
        "placed_by": desk.by.key,
        "lifted_at": None,
        "lifted_by": "",
        "lifted_how": "",
        "until_at": until_of(details, desk),
    }


def until_of(details: Details, desk: Desk) -> datetime | None:
    """Return when a hold ends by itself: the start of the day it names, in the store's zone."""
    if "until" not in details:
        return None
    day = date.fromisoformat(details["until"])
    return datetime.combine(day, time.min, tzinfo=desk.calendar.zone)


def reconcile(
    orders: Sequence[Waiting],
    findings: Mapping[UUID, Findings],
    desk: Desk,
    *,
    how: str = "resolved",
) -> dict[UUID, str]:
    """Make the open holds of orders match what was found; returns their states.

    Reasons that a finding does not name stay as they are.

    :param how: what is written on holds whose cause is gone (``rules.holds.LIFTED_HOW``).
    """
    open_holds: dict[UUID, dict[str, Hold]] = defaultdict(dict)
    for one in Hold.objects.filter(
        order_id__in=[order.order_id for order in orders], lifted_at__isnull=True
    ):
        open_holds[one.order_id][one.reason] = one
    new: list[dict[str, Any]] = []
    lifted: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    outcomes: dict[UUID, _Outcome] = {}
    for order in orders:
        known = open_holds.get(order.order_id, {})
        outcome = outcomes[order.order_id] = _Outcome(still_open=set(known))
        for reason, details in findings.get(order.order_id, {}).items():
            hold: Hold | None = known.get(reason)
            if details is None and hold is not None:
                outcome.lifted.append(str(reason))
                lifted.append(_lifted_row(hold, desk, how))
            elif details is not None and hold is None:
                outcome.opened.append(str(reason))
                new.append(hold_row(order.order_id, reason, details, desk))
            elif hold is not None and details is not None and hold.details != details:
                changed.append(
                    {"id": hold.id, "details": details, "until_at": until_of(details, desk)}
                )
        outcome.still_open = (outcome.still_open | set(outcome.opened)) - set(outcome.lifted)
    copy_in(Hold, new)
    update_rows(Hold, lifted)
    update_rows(Hold, changed)
    states = _settle(orders, outcomes, desk)
    publish_many([draft for order in orders for draft in _drafts(order, outcomes, desk)])
    return states


def _lifted_row(hold: Hold, desk: Desk, how: str) -> dict[str, Any]:
    return {
        "id": hold.id,
        # A clock that ran ahead elsewhere must not make a hold end before it began.
        "lifted_at": max(desk.at, hold.placed_at),
        "lifted_by": desk.by.key,
        "lifted_how": how,
    }


def _settle(
    orders: Sequence[Waiting], outcomes: Mapping[UUID, _Outcome], desk: Desk
) -> dict[UUID, str]:
    """Write the states that follow from the holds; a released order gets new dates."""
    states = {
        order.order_id: str(
            OrderState.ON_HOLD if outcomes[order.order_id].still_open else OrderState.READY
        )
        for order in orders
    }
    moved = [order for order in orders if states[order.order_id] != order.state]
    update_rows(Order, [{"id": o.order_id, "state": states[o.order_id]} for o in moved])
    released = [o.order_id for o in moved if states[o.order_id] == OrderState.READY]
    if released:
        update_rows(Order, [_new_dates(row, desk) for row in _dated(released)])
    return states


def _dated(order_ids: Sequence[UUID]) -> list[Order]:
    return list(
        Order.objects.filter(id__in=order_ids).only(
            "id", "placed_at", "is_shippable", "production_days_min", "production_days_max"
        )
    )


def _new_dates(order: Order, desk: Desk) -> dict[str, Any]:
    """Count the days from the release: what waited could not be begun before."""
    made = None
    if order.production_days_min is not None and order.production_days_max is not None:
        made = (order.production_days_min, order.production_days_max)
    found = estimate(
        max(order.placed_at, desk.at), desk.calendar, production=made, ships=order.is_shippable
    )
    return {
        "id": order.id,
        "ship_by_date": found.ship_by_date,
        "delivery_from_date": found.delivery_from_date,
        "delivery_to_date": found.delivery_to_date,
    }


def _drafts(order: Waiting, outcomes: Mapping[UUID, _Outcome], desk: Desk) -> list[EventDraft]:
    outcome = outcomes[order.order_id]
    facts: list[Any] = []
    if outcome.opened:
        still_open = sorted(outcome.still_open)
        facts.append(OrderPutOnHold(order.order_id, order.customer_id, outcome.opened, still_open))
    if outcome.lifted and outcome.still_open:
        facts.append(
            HoldLifted(
                order.order_id, order.customer_id, outcome.lifted, sorted(outcome.still_open)
            )
        )
    elif outcome.lifted:
        facts.append(OrderReleased(order.order_id, order.customer_id, outcome.lifted))
    subject = f"order:{order.order_id}"
    return [EventDraft(fact, order.key, desk.at, desk.by, subject) for fact in facts]


def end_holds(order_ids: Sequence[UUID], desk: Desk) -> None:
    """Lift what is open on orders that were canceled or went out: nothing waits any more."""
    holds = Hold.objects.filter(order_id__in=order_ids, lifted_at__isnull=True)
    update_rows(Hold, [_lifted_row(hold, desk, "moot") for hold in holds])
