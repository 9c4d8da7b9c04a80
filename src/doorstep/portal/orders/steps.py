"""Where an order stands, in five steps at most: the way of the parcel the answer is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.portal.orders.order_states import milestone_at
from doorstep.portal.orders.parcels import PACKED, Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import Answer
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.tracking.contracts import ParcelCondition

_REACHED = {
    OrderState.ON_HOLD: 1,
    OrderState.READY: 1,
    OrderState.SHIPPED: 2,
}
_AT_THE_DOOR = frozenset(
    {ParcelCondition.OUT_FOR_DELIVERY, ParcelCondition.ATTEMPTED, ParcelCondition.PICKUP}
)
_ARRIVED = frozenset({ParcelCondition.DELIVERED, ParcelCondition.NOT_FOUND})
_BACKWARD = frozenset({ParcelCondition.RETURNING, ParcelCondition.RETURNED})


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone; ``state`` is done, now or next, ``said`` the same in words."""

    name: str
    state: str
    said: str
    note: str = ""
    tone: str = ""


def steps(reading: Reading, told: Answer, parcel: Parcel | None = None) -> list[Step]:
    """List the milestones of an order; an earlier, imported one has none to show."""
    state = OrderState(reading.order.state)
    if parcel is not None:
        return _parcel_steps(reading, told, parcel)
    if state is OrderState.HISTORY:
        return []
    confirmed_on = reading.day_of(reading.order.placed_at)
    if state is OrderState.CANCELED:
        return [_step(_("Confirmed"), "done", confirmed_on), _canceled_step(reading)]
    shipped_at = milestone_at(reading.order, "shipped")
    here = _REACHED[state]
    notes = [confirmed_on, "", reading.day_of(shipped_at) if shipped_at else "", "", ""]
    if told.tone and state is OrderState.ON_HOLD:
        notes[here] = _("Waiting")
    return _flight(_names(reading), here, notes, told.tone)


def _parcel_steps(reading: Reading, told: Answer, parcel: Parcel) -> list[Step]:
    condition = parcel.condition
    done = dict(parcel.progress.steps_done) if parcel.progress else {}
    confirmed = reading.day_of(reading.order.placed_at)
    shipped = _day(reading, done.get("shipped") or parcel.shipped_at)
    if condition in _BACKWARD:
        names = [_("Confirmed"), _("Shipped"), _("Going back"), _("Back with us")]
        at = 3 if condition == ParcelCondition.RETURNED else 2
        return _flight(names, at, [confirmed, shipped, "", ""], told.tone)
    names = [
        _("Confirmed"),
        _("Being prepared"),
        _("Shipped"),
        _("Out for delivery"),
        _("Delivered"),
    ]
    arrived = parcel.progress.delivered_at if parcel.progress else None
    notes = [confirmed, "", shipped, "", _day(reading, done.get("delivered") or arrived)]
    if condition == PACKED:
        names[1] = _("Packed")
        here = 1
    elif condition == ParcelCondition.DELIVERED:
        here = len(names)
    elif condition in _ARRIVED:
        here = 4
    elif condition in _AT_THE_DOOR:
        here = 3
        notes[3] = told.state if told.state != names[3] else ""
    else:
        here = 2
        notes[2] = told.state if told.tone else shipped
    return _flight(names, here, notes, told.tone)


def _flight(names: list[str], here: int, notes: list[str], tone: str) -> list[Step]:
    listed = []
    for index, name in enumerate(names):
        where = "done" if index < here else "now" if index == here else "next"
        listed.append(_step(name, where, notes[index], tone if where == "now" else ""))
    return listed


def _names(reading: Reading) -> list[str]:
    names = [_("Confirmed"), _("Being prepared")]
    if any(line.requires_shipping for line in reading.order.lines if not line.is_removed):
        return [*names, _("Shipped"), _("Out for delivery"), _("Delivered")]
    return [*names, _("Done")]


def _canceled_step(reading: Reading) -> Step:
    canceled_at = milestone_at(reading.order, "canceled")
    return _step(_("Canceled"), "now", _day(reading, canceled_at), "bad")


def _day(reading: Reading, at: datetime | None) -> str:
    return reading.day_of(at) if at else ""


def _step(name: str, state: str, note: str = "", tone: str = "") -> Step:
    said = {
        "done": pgettext("milestone", "done"),
        "now": pgettext("milestone", "now"),
        "next": pgettext("milestone", "not yet"),
    }[state]
    return Step(name, state, said, note, tone)
