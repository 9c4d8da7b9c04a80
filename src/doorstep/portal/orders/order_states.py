"""What is said of an order itself: before it leaves, and where nobody follows its parcels."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.portal.formats import show_number
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import BY_MAIL, CARRIER, WE, YOU, Answer, nothing_to_do
from doorstep.rooms.orders.contracts import HoldReason, OrderState, ShopperOrder

# What only the shopper can mend comes before what the store is at.
_URGENCY = (
    HoldReason.PAYMENT_PENDING,
    HoldReason.ADDRESS_INVALID,
    HoldReason.OPTIONS_INCOMPLETE,
    HoldReason.OUT_OF_STOCK,
    HoldReason.RISK_REVIEW,
    HoldReason.CHANGING,
    HoldReason.DELAYED,
    HoldReason.MANUAL,
)
SHOPPER_MENDS = frozenset(_URGENCY[:3])


def tell_order(reading: Reading) -> Answer:
    """Say when what has not left arrives, or what keeps it."""
    says = {
        OrderState.CANCELED: _canceled,
        OrderState.ON_HOLD: _on_hold,
        OrderState.SHIPPED: _shipped,
        OrderState.HISTORY: _history,
        OrderState.READY: _ready,
    }
    return says[OrderState(reading.order.state)](reading)


def _canceled(reading: Reading) -> Answer:
    canceled_at = milestone_at(reading.order, "canceled")
    if canceled_at is None:
        lead = _("It will not be shipped.")
    else:
        lead = _("It was canceled on %(date)s and will not be shipped.") % {
            "date": reading.date_of(canceled_at)
        }
    return Answer(_("This order was canceled"), lead, tone="bad", state=_("Canceled"), icon="close")


def _on_hold(reading: Reading) -> Answer:
    open_reasons = set(reading.order.hold_reasons)
    first = next((reason for reason in _URGENCY if reason in open_reasons), HoldReason.MANUAL)
    if first in SHOPPER_MENDS:
        return _shopper_mends(first)
    headline, lead = _store_mends(first, reading.store.name)
    return Answer(
        headline,
        lead,
        tone="warn",
        state=_("On hold"),
        icon="pause",
        who=WE,
        todo=_("There is nothing you need to do.")
        if first is not HoldReason.MANUAL
        else _("Please ask us if you would like to know more."),
        via="" if first is not HoldReason.MANUAL else BY_MAIL,
    )


def _shopper_mends(reason: HoldReason) -> Answer:
    if reason is HoldReason.PAYMENT_PENDING:
        headline, lead = _("We are waiting for your payment"), ""
        todo = _("Please pay as you chose at checkout. Then your order continues by itself.")
    elif reason is HoldReason.ADDRESS_INVALID:
        headline = _("We need your help with the address")
        lead = _("Something in the delivery address is missing or wrong.")
        todo = _("Please write us the right one. Then it goes on at once.")
    else:
        headline = _("We need one more detail from you")
        lead = _("A choice you make for this product is missing.")
        todo = _("Please tell us, and we begin.")
    return Answer(
        headline,
        lead,
        tone="warn",
        state=_("On hold"),
        icon="pause",
        who=YOU,
        todo=todo,
        via=BY_MAIL,
    )


def _store_mends(reason: HoldReason, store: str) -> tuple[str, str]:
    """Return headline and lead of a hold that asks nothing of the shopper."""
    if reason is HoldReason.OUT_OF_STOCK:
        return _("Your order takes longer than planned"), _(
            "We are sorry: part of it is out of stock. We ship as soon as it is back."
        )
    if reason is HoldReason.RISK_REVIEW:
        return _("We are looking over your order"), _(
            "Someone at %(store)s checks it before it goes out."
        ) % {"store": store}
    if reason is HoldReason.CHANGING:
        return _("Your order is being changed"), _("It goes on as soon as the change is made.")
    if reason is HoldReason.DELAYED:
        return _("We keep your order for you"), _("It is sent on the day you chose.")
    return _("Your order is paused"), _("%(store)s has paused it for a moment.") % {"store": store}


def _shipped(reading: Reading) -> Answer:
    shipped_at = milestone_at(reading.order, "shipped")
    left = (
        _("It left us on %(date)s.") % {"date": reading.date_of(shipped_at)} if shipped_at else ""
    )
    state = _("On its way")
    expected = reading.order.estimate.delivery_to_date
    if expected is None:
        return Answer(_("Your order is on its way"), left, state=state, icon="truck")
    if expected < reading.today:
        return Answer(
            _("It was due by %(day)s") % {"day": reading.day(expected)},
            left,
            tone="warn",
            state=_("Shipped"),
            icon="clock",
            who=YOU,
            todo=_("If it has not reached you, tell us and we look for it."),
            via=BY_MAIL,
        )
    return Answer(
        reading.arriving(reading.order.estimate.delivery_from_date, expected),
        left,
        state=state,
        icon="truck",
        sure=_("Our estimate, from usual delivery times."),
        who=CARRIER,
        todo=nothing_to_do(),
    )


def _ready(reading: Reading) -> Answer:
    estimate, state = reading.order.estimate, _("Being prepared")
    if not any(line.requires_shipping for line in reading.order.lines if not line.is_removed):
        return Answer(
            _("Your order is confirmed"),
            _("Nothing in it has to be shipped."),
            state=_("Confirmed"),
            icon="check",
        )
    if estimate.ship_by_date is not None and estimate.ship_by_date < reading.today:
        return Answer(
            _("We are late with your order"),
            _("It should have left us by %(day)s. We are sorry.")
            % {"day": reading.day(estimate.ship_by_date)},
            tone="warn",
            state=_("Behind schedule"),
            icon="clock",
            who=WE,
            todo=_("We are on it, and tell you when it leaves. If you can not wait, write to us."),
            via=BY_MAIL,
        )
    if estimate.delivery_to_date is None:
        return Answer(
            _("Your order is confirmed"),
            _("We will show the date here as soon as we know it."),
            state=state,
            icon="box",
            who=WE,
            todo=nothing_to_do(),
        )
    return Answer(
        reading.arriving(estimate.delivery_from_date, estimate.delivery_to_date),
        " ".join(filter(None, [_production(reading), _leaves(reading)])),
        state=state,
        icon="box",
        sure=_("Our estimate, from usual delivery times."),
        who=WE,
        todo=nothing_to_do(),
    )


def _history(reading: Reading) -> Answer:
    if milestone_at(reading.order, "canceled"):
        return _canceled(reading)
    return Answer(
        _("Thank you for your order"),
        _("It is an earlier one: we keep it here for your records."),
        state=_("Earlier order"),
        icon="archive",
    )


def _leaves(reading: Reading) -> str:
    ship_by = reading.order.estimate.ship_by_date
    return _("It leaves us by %(day)s.") % {"day": reading.day(ship_by)} if ship_by else ""


def _production(reading: Reading) -> str:
    most = reading.order.estimate.production_days_max
    if not most:
        return ""
    return ngettext(
        "It is made for you, which takes up to %(count)s working day.",
        "It is made for you, which takes up to %(count)s working days.",
        most,
    ) % {"count": show_number(most, reading.language)}


def milestone_at(order: ShopperOrder, name: str) -> datetime | None:
    """Return when a milestone was reached, None when it was not or nobody knows."""
    return next(
        (step.at for step in order.milestones if step.name == name and step.at is not None), None
    )
