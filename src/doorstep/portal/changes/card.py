"""The card of an order's page that leads to its changes."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.portal.changes.words import state_words, until_words
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import (
    ChangeAct,
    ChangeOptions,
    ChangeState,
    DelayNotice,
    NoticeState,
    Option,
)
from doorstep.rooms.orders.contracts import OrderState

_ITEMS = (ChangeAct.QUANTITY, ChangeAct.SWAP, ChangeAct.REMOVE, ChangeAct.ADD)


@dataclass(frozen=True, slots=True)
class ChangeDoor:
    """One thing that can be changed: where, and until when."""

    label: str
    href: str
    note: str
    icon: str


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """What an order's page says about changing it.

    :param words: instead of doors, or above them: a change under way, or that it is packed.
    :param is_urgent: the shopper is asked something: it leaves later than was said, or a change is
        to be paid. It stands on top.
    """

    doors: list[ChangeDoor]
    words: str
    href: str  # of the change under way, "" where there is none
    link: str
    is_urgent: bool = False


def change_card(reading: Reading, token: str) -> ChangeCard | None:
    """Return the card; None where nothing is to be said (it left, or was canceled)."""
    if reading.order.state not in (OrderState.READY, OrderState.ON_HOLD):
        return None
    notices = changes.list_notices(reading.order.id) if reading.beside.notices else []
    asked = next((one for one in notices if _waits(one)), None)
    if asked is not None:
        return ChangeCard(
            [],
            _later_words(asked, reading),
            reverse("portal:later", args=[token, asked.id]),
            _("Wait for it, or cancel"),
            is_urgent=True,
        )
    zone = ZoneInfo(reading.store.timezone)
    order = reading.order
    options = changes.options_for(order.id, head=order.head, zone=zone, at=reading.at)
    if options.open_change is not None:
        is_to_pay = options.open_change.state == ChangeState.AWAITING_PAYMENT
        headline, words, _tone = state_words(options.open_change, reading.language)
        return ChangeCard(
            [],
            f"{headline}. {words}",
            reverse("portal:change_result", args=[token, options.open_change.id]),
            _("Pay, or take it back") if is_to_pay else _("Look at your change"),
            is_urgent=is_to_pay,
        )
    doors = list_doors(options, reading, token)
    if doors:
        return ChangeCard(doors, "", "", "")
    if not options.is_packed:
        return None
    return ChangeCard(
        [],
        _("Your order is packed already, so it can't be changed any more."),
        reverse("portal:change", args=[token]),
        _("What you can still do"),
    )


def _waits(notice: DelayNotice) -> bool:
    return notice.state == NoticeState.OPEN and notice.previous_date is not None


def _later_words(notice: DelayNotice, reading: Reading) -> str:
    """Say that it leaves later than was said, as the page of the notice does."""
    assert notice.previous_date is not None
    values = {"promised": reading.day(notice.previous_date)}
    if notice.new_date is None:
        return (
            _("We said it leaves by %(promised)s. We are sorry: we do not know yet when it does.")
            % values
        )
    values["instead"] = reading.day(notice.new_date)
    return _("We said it leaves by %(promised)s. We are sorry: it leaves by %(instead)s.") % values


def list_doors(options: ChangeOptions, reading: Reading, token: str) -> list[ChangeDoor]:
    """List what can be changed, each once, with its cutoff."""
    acts = options.acts
    found = []
    items = next((acts[act] for act in _ITEMS if acts[act].is_allowed), None)
    if items is not None:
        found.append(_door(_("Change the items"), "portal:change", items, "edit", reading, token))
    for act, label, name, icon in (
        (ChangeAct.ADDRESS, _("Change the delivery address"), "portal:change_address", "pin"),
        (ChangeAct.DELAY, _("Have it sent later"), "portal:delay", "clock"),
        (ChangeAct.CANCEL, _("Cancel the order"), "portal:cancel", "close"),
    ):
        if acts[act].is_allowed:
            found.append(_door(label, name, acts[act], icon, reading, token))
    return found


def _door(
    label: str, name: str, option: Option, icon: str, reading: Reading, token: str
) -> ChangeDoor:
    return ChangeDoor(label, reverse(name, args=[token]), until_words(option, reading), icon)
