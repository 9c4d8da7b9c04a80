"""The first thing on an order's page: when it arrives, or what keeps it, in plain words.

Only what is known now is said. A date is called an estimate, a late order is called late, and
each sentence that asks for something says who acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.portal.formats import local_day, show_date, show_day, show_days, show_number
from doorstep.rooms.orders.contracts import HoldReason, OrderState, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo

# What only the shopper can mend comes before what the store is at.
_URGENCY = (
    HoldReason.PAYMENT_PENDING,
    HoldReason.ADDRESS_INVALID,
    HoldReason.OPTIONS_INCOMPLETE,
    HoldReason.OUT_OF_STOCK,
    HoldReason.RISK_REVIEW,
    HoldReason.MANUAL,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Headline and lead; ``asks`` when the shopper is the one to act."""

    headline: str
    lead: str
    tone: str = ""  # "", warn or bad
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One order as one reader sees it at one moment."""

    order: ShopperOrder
    store: StoreInfo
    language: str
    at: datetime

    @property
    def today(self) -> date:
        """The date at the store."""
        return local_day(self.at, self.store.timezone)

    def day(self, value: date) -> str:
        """Show a day in the reader's language."""
        return show_day(value, self.language)

    def date_of(self, at: datetime) -> str:
        """Show the date of an instant, with its year."""
        return show_date(at, self.language, self.store.timezone)


def answer(reading: Reading) -> Answer:
    """Say when, or what keeps the order."""
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
    return Answer(_("This order was canceled"), lead, "bad")


def _on_hold(reading: Reading) -> Answer:
    open_reasons = set(reading.order.hold_reasons)
    first = next((reason for reason in _URGENCY if reason in open_reasons), HoldReason.MANUAL)
    store = {"store": reading.store.name}
    if first is HoldReason.PAYMENT_PENDING:
        return Answer(
            _("We are waiting for your payment"),
            _("As soon as it reaches us, your order continues by itself."),
            "warn",
            asks=True,
        )
    if first is HoldReason.ADDRESS_INVALID:
        return Answer(
            _("We need your help with the address"),
            _(
                "Something in the delivery address is missing or wrong. Please tell us the right one."
            ),
            "warn",
            asks=True,
        )
    if first is HoldReason.OPTIONS_INCOMPLETE:
        return Answer(
            _("We need one more detail from you"),
            _("A choice you make for this product is missing. Please tell us, and we will begin."),
            "warn",
            asks=True,
        )
    if first is HoldReason.OUT_OF_STOCK:
        return Answer(
            _("Your order takes longer than planned"),
            _(
                "We are sorry: part of it is out of stock. We ship as soon as it is back; there is nothing you need to do."
            ),
            "warn",
        )
    if first is HoldReason.RISK_REVIEW:
        return Answer(
            _("We are looking over your order"),
            _("Someone at %(store)s checks it before it goes out. There is nothing you need to do.")
            % store,
            "warn",
        )
    return Answer(
        _("Your order is paused"),
        _("%(store)s has paused it for a moment. Please ask us if you would like to know more.")
        % store,
        "warn",
    )


def _shipped(reading: Reading) -> Answer:
    shipped_at = milestone_at(reading.order, "shipped")
    left = (
        _("It left us on %(date)s.") % {"date": reading.date_of(shipped_at)} if shipped_at else ""
    )
    expected = reading.order.estimate.delivery_to_date
    if expected is None:
        return Answer(_("Your order is on its way"), left)
    if expected < reading.today:
        return Answer(
            _("It was due by %(day)s") % {"day": reading.day(expected)},
            left + " " + _("If it has not reached you, tell us and we will look for it."),
            "warn",
            asks=True,
        )
    return Answer(_arriving(reading), f"{left} {_('The date is an estimate.')}".strip())


def _ready(reading: Reading) -> Answer:
    estimate = reading.order.estimate
    if not any(line.requires_shipping for line in reading.order.lines if not line.is_removed):
        return Answer(_("Your order is confirmed"), _("Nothing in it has to be shipped."))
    if estimate.ship_by_date is not None and estimate.ship_by_date < reading.today:
        return Answer(
            _("We are late with your order"),
            _("It should have left us by %(day)s. We are sorry, and we are on it.")
            % {"day": reading.day(estimate.ship_by_date)},
            "warn",
        )
    if estimate.delivery_to_date is None:
        return Answer(
            _("Your order is confirmed"), _("We will show the date here as soon as we know it.")
        )
    sentences = [_production(reading), _leaves(reading), _("The date is an estimate.")]
    return Answer(_arriving(reading), " ".join(filter(None, sentences)))


def _history(reading: Reading) -> Answer:
    if canceled_at := milestone_at(reading.order, "canceled"):
        return Answer(
            _("This order was canceled"),
            _("It was canceled on %(date)s and will not be shipped.")
            % {"date": reading.date_of(canceled_at)},
            "bad",
        )
    return Answer(
        _("Thank you for your order"),
        _("It is an earlier one: we keep it here for your records."),
    )


def _arriving(reading: Reading) -> str:
    estimate = reading.order.estimate
    last = estimate.delivery_to_date
    assert last is not None, "asked for a date that is not known"
    first = estimate.delivery_from_date or last
    return _("Arriving %(days)s") % {
        "days": show_days(max(first, min(reading.today, last)), last, reading.language)
    }


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
