"""What the page of a request to pay says in each state."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from doorstep.rooms.payments.contracts import Capture, LinkState, LinkView, PayPage


@dataclass(frozen=True, slots=True)
class PayWords:
    """Headline and lead, and the icon beside them."""

    headline: str
    lead: str
    icon: str
    is_open: bool = False


def what_for(link: LinkView) -> str:
    """Say what is paid for: in the reader's language where a room asked, else in the team's words."""
    if link.cause.startswith("change:"):
        return _("Change of your order")
    if not link.cause.startswith("return:"):
        return link.words
    if not link.cause.endswith(":deposit"):
        return _("What your exchange costs more")
    if link.capture == Capture.LATER:
        return _("Held until your return is back")
    return _("A deposit until your return is back")


def pay_words(page: PayPage) -> PayWords:
    """Say how a request stands and what the shopper can do."""
    is_hold = page.link.capture == Capture.LATER
    if page.link.state == LinkState.PAID:
        if is_hold:
            return PayWords(
                _("Thank you: it is reserved"),
                _("The amount is held on your card and is only taken when it is due."),
                "check",
            )
        return PayWords(_("Thank you: it is paid"), _("There is nothing more to do."), "check")
    if page.link.state == LinkState.EXPIRED or (
        page.is_closing and page.link.state != LinkState.CANCELED
    ):
        return PayWords(
            _("The time to pay is over"),
            _("Nothing was taken. If you still want it, please write to us."),
            "clock",
        )
    if page.link.state == LinkState.CANCELED:
        return PayWords(
            _("This payment is no longer needed"),
            _("Nothing was taken, and nothing is owed."),
            "close",
        )
    if page.link.state == LinkState.FAILED:
        return PayWords(
            _("This can’t be paid here"),
            _("Our payment provider did not take it. Nothing was taken; please write to us."),
            "alert",
        )
    if page.is_checking:
        return PayWords(
            _("One moment"),
            _("We are asking the payment provider whether it worked. Please don’t pay twice."),
            "clock",
        )
    lead = (
        _("The amount is held on your card, and only taken when it is due.")
        if is_hold
        else _("You pay on the page of our payment provider, and come back here.")
    )
    return PayWords(_("Please pay"), lead, "", is_open=True)
