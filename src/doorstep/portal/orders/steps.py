"""Where an order stands, in five steps at most."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.portal.orders.answer import Answer, Reading, milestone_at
from doorstep.rooms.orders.contracts import OrderState

_REACHED = {
    OrderState.ON_HOLD: 1,
    OrderState.READY: 1,
    OrderState.SHIPPED: 2,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone; ``state`` is done, now or next, ``said`` the same in words."""

    name: str
    state: str
    said: str
    note: str = ""
    tone: str = ""


def steps(reading: Reading, told: Answer) -> list[Step]:
    """List the milestones of an order; an earlier, imported one has none to show."""
    state = OrderState(reading.order.state)
    confirmed_on = reading.date_of(reading.order.placed_at)
    if state is OrderState.HISTORY:
        return []
    if state is OrderState.CANCELED:
        return [_step(_("Confirmed"), "done", confirmed_on), _canceled_step(reading)]
    shipped_at = milestone_at(reading.order, "shipped")
    here = _REACHED[state]
    notes = (confirmed_on, "", reading.date_of(shipped_at) if shipped_at else "", "", "")
    listed = []
    for index, name in enumerate(_names(reading)):
        where = "done" if index < here else "now" if index == here else "next"
        tone = told.tone if where == "now" else ""
        note = _("Waiting") if tone and state is OrderState.ON_HOLD else notes[index]
        listed.append(_step(name, where, note, tone))
    return listed


def _names(reading: Reading) -> list[str]:
    names = [_("Confirmed"), _("Being prepared")]
    if any(line.requires_shipping for line in reading.order.lines if not line.is_removed):
        return [*names, _("Shipped"), _("Out for delivery"), _("Delivered")]
    return [*names, _("Done")]


def _canceled_step(reading: Reading) -> Step:
    canceled_at = milestone_at(reading.order, "canceled")
    note = reading.date_of(canceled_at) if canceled_at else ""
    return _step(_("Canceled"), "now", note, "bad")


def _step(name: str, state: str, note: str = "", tone: str = "") -> Step:
    said = {
        "done": pgettext("milestone", "done"),
        "now": pgettext("milestone", "now"),
        "next": pgettext("milestone", "not yet"),
    }[state]
    return Step(name, state, said, note, tone)
