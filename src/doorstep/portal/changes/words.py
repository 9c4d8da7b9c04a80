"""What is said to a shopper about changing an order, in the shopper's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.kernel.errors import DomainError, Invalid
from doorstep.portal.formats import show_money
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeAct, ChangeQuote, ChangeState, ChangeView, Option
from doorstep.rooms.orders import api as orders

LABELS = {
    ChangeAct.ADDRESS: gettext_lazy("Change the delivery address"),
    ChangeAct.SWAP: gettext_lazy("Choose another variant"),
    ChangeAct.QUANTITY: gettext_lazy("Change a quantity"),
    ChangeAct.ADD: gettext_lazy("Add something"),
    ChangeAct.REMOVE: gettext_lazy("Take something off"),
    ChangeAct.CANCEL: gettext_lazy("Cancel the order"),
    ChangeAct.DELAY: gettext_lazy("Have it sent later"),
}


def why_not(option: Option) -> str:
    """Say why an act can't be asked for; "" where it can."""
    return {
        "": "",
        "not_offered": _("This can't be changed online here. Please write to us."),
        "packed": _("Your order is packed already, so it can't be changed any more."),
        "shipped": _("Your order has left already, so it can't be changed any more."),
        "canceled": _("This order was canceled."),
        "over": _("This order is an old one and can't be changed."),
        "open_change": _("Another change of this order is under way."),
        "platform": _("This can't be changed online here. Please write to us."),
        "window": _("The time to change this is over. Please write to us."),
    }[option.code]


def until_words(option: Option, reading: Reading) -> str:
    """Say until when an act can be asked for: by the clock, and always until it is packed."""
    if option.until is None:
        return _("Until it is packed")
    return _("Until %(moment)s, if it is not packed before") % {
        "moment": reading.moment(option.until)
    }


_FIELDS = {
    "address.line1": gettext_lazy("Please write the street and the number."),
    "address.city": gettext_lazy("Please write the city."),
    "address.postal_code": gettext_lazy("Please look at the postal code: it does not fit there."),
    "until": gettext_lazy("Please choose a day from tomorrow on, not too far away."),
    "reason": gettext_lazy("Please write a little less."),
}


def field_of(error: DomainError) -> str:
    """Return the form's field an error is about, "" where it is about no field."""
    name = error.field if isinstance(error, Invalid) and error.field else ""
    return name.removeprefix("address.")


def error_words(error: DomainError) -> str:
    """Say in the reader's language what kept a change from being made, and what to do."""
    if isinstance(error, changes.ChangeNotAllowed):
        return " ".join(dict.fromkeys(why_not(option) for option in error.options))
    if isinstance(error, orders.NotInStock):
        return _("So many are not in stock. Please choose fewer.")
    if isinstance(error, changes.PriceNotKnown):
        return _("What this costs today is not known. Please write to us.")
    if isinstance(error, changes.NoWayToPay):
        return _("This would cost more, and we can't take a payment here. Please write to us.")
    if isinstance(error, Invalid):
        if error.field == "address.country_code":
            return _("It can't go there: taxes or customs would be others. Please write to us.")
        if error.field in _FIELDS:
            return str(_FIELDS[error.field])
        return _("Nothing is changed like that. Please look at your choices again.")
    return _("That can't be done now. Please open your order again, or write to us.")


def money_words(quote: ChangeQuote, language: str) -> list[str]:
    """Say what happens to the money, and who decides."""

    def money(minor: int) -> str:
        return show_money(minor, quote.currency, language)

    said = []
    if quote.pay_minor:
        said.append(
            _("You pay %(amount)s more. The change counts once it is paid.")
            % {"amount": money(quote.pay_minor)}
        )
    if quote.back_minor:
        said.append(
            _("You get %(amount)s back, the way you paid.") % {"amount": money(quote.back_minor)}
        )
    if not said and quote.total_minor == quote.before_minor:
        said.append(_("The price stays the same."))
    if quote.needs_approval:
        said.append(_("We look at it first, and write to you. Until then nothing is sent."))
    return said


def state_words(change: ChangeView, language: str) -> tuple[str, str, str]:
    """Return headline, sentence and tone of a change as it stands."""
    amount = show_money(abs(change.difference_minor), change.currency, language)
    match change.state:
        case ChangeState.AWAITING_APPROVAL | ChangeState.REQUESTED:
            return (
                _("We look at your wish"),
                _("Nothing is sent until we have decided. We write to you."),
                "info",
            )
        case ChangeState.AWAITING_PAYMENT:
            return (
                _("Please pay the difference"),
                _("The change costs %(amount)s more. We keep everything for you until then.")
                % {"amount": amount},
                "warn",
            )
        case ChangeState.TELLING_PLATFORM:
            return (
                _("Your change is on its way"),
                _("It takes a moment. We write to you when it is done."),
                "info",
            )
        case ChangeState.APPLIED:
            return _("Done"), _applied(change, amount), "ok"
        case ChangeState.DECLINED:
            return (
                _("We could not do this"),
                change.words or _("Your order stays as it was."),
                "bad",
            )
        case ChangeState.EXPIRED:
            return (
                _("It was not paid in time"),
                _("Your order is as it was before. Nothing was charged."),
                "warn",
            )
        case ChangeState.WITHDRAWN:
            return _("You took it back"), _("Your order is as it was before."), "neutral"
    return (
        _("That did not work"),
        _("Your order is as it was before. What you paid for the change comes back."),
        "bad",
    )


def _applied(change: ChangeView, amount: str) -> str:
    if change.difference_minor < 0:
        if change.kind == "cancel":
            return _("Your order is canceled. What you paid comes back the way you paid.")
        return _("%(amount)s comes back the way you paid.") % {"amount": amount}
    return _("Your order is changed.")


def any_allowed(options: Iterable[Option]) -> bool:
    """Tell whether something of it can be asked for."""
    return any(option.is_allowed for option in options)
