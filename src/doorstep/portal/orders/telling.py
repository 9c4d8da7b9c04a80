"""How a parcel is spoken of: the shape of an answer, and the sentences that several share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from doorstep.portal.orders.parcels import Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.tracking.contracts import Substatus

_TWO_PERIODS = re.compile(r"(?<!\.)\.\.(?!\.)")
YOU, WE, CARRIER = "you", "we", "carrier"
BY_MAIL, BY_CARRIER, BY_REPORT = "mail", "carrier", "report"


@dataclass(frozen=True, slots=True)
class Answer:
    """When, or what keeps it; then who does what.

    :param state: the condition in one or two words, beside its icon.
    :param sure: how certain the date is, and what it was before.
    :param who: ``you``, ``we``, ``carrier``, or "" where nothing is to be done.
    :param todo: what they do.
    :param via: how the shopper acts: ``mail``, ``carrier`` (its page), ``report``, or "".
    """

    headline: str
    lead: str
    tone: str = ""  # "", ok, info, warn or bad
    state: str = ""
    icon: str = "box"
    sure: str = ""
    who: str = ""
    todo: str = ""
    via: str = ""

    def __post_init__(self) -> None:
        # "le mar. 24 nov." at the end of a sentence has its period already.
        for name in "headline", "lead", "sure", "todo":
            object.__setattr__(self, name, _TWO_PERIODS.sub(".", getattr(self, name)))

    @property
    def asks(self) -> bool:
        """Whether the shopper is the one to act."""
        return self.who == YOU


def carrier_of(parcel: Parcel) -> str:
    """Return the carrier's name as a sentence begins with it."""
    return parcel.carrier or _("The carrier")


def last_day(parcel: Parcel, reading: Reading) -> date | None:
    """Return the last day a parcel should arrive on: the carrier's, else what was promised."""
    if parcel.progress and parcel.progress.estimate.to_date:
        return parcel.progress.estimate.to_date
    return reading.order.estimate.delivery_to_date


def is_due(parcel: Parcel, reading: Reading) -> bool:
    """Tell whether its last day is over; the clocks call it late only some hours later."""
    last = last_day(parcel, reading)
    return last is not None and last < reading.today


def by(parcel: Parcel) -> dict[str, str]:
    """Return what ``%(carrier)s`` stands for."""
    return {"carrier": carrier_of(parcel)}


def nothing_to_do() -> str:
    """Say that the shopper may lean back."""
    return _("There is nothing you need to do.")


def left_us(parcel: Parcel, reading: Reading) -> str:
    """Say when it left; "" where nobody knows."""
    if parcel.shipped_at is None:
        return ""
    return _("It left us on %(date)s.") % {"date": reading.date_of(parcel.shipped_at)}


def when_words(parcel: Parcel, reading: Reading, otherwise: str) -> str:
    """Say when it arrives, if that is known and not over."""
    last = last_day(parcel, reading)
    if last is None:
        return otherwise
    if last < reading.today:
        return _("It was due by %(day)s") % {"day": reading.day(last)}
    known = parcel.progress.estimate if parcel.progress else None
    first = known.from_date if known and known.to_date else None
    if known is None or known.to_date is None:
        first = reading.order.estimate.delivery_from_date
    return reading.arriving(first, last)


def sure_words(parcel: Parcel, reading: Reading, *, with_former: bool = True) -> str:
    """Say how certain the date is, and ``with_former`` what it was before."""
    last = last_day(parcel, reading)
    if last is None or last < reading.today:
        return ""
    known = parcel.progress.estimate if parcel.progress else None
    if known is None or known.to_date is None or known.source != "carrier":
        return _("Our estimate, from usual delivery times.")
    said = (
        _("%(carrier)s has set this day.") if known.is_sure else _("%(carrier)s expects it then.")
    ) % by(parcel)
    if with_former and known.previous_to and known.previous_to != known.to_date:
        said += " " + _("Before, it was %(day)s.") % {"day": reading.day(known.previous_to)}
        said += " " + reason_words(parcel)
    return said.strip()


def reason_words(parcel: Parcel) -> str:
    """Say why the date is another one; "" where nobody says."""
    known = parcel.progress.estimate.revise_reason if parcel.progress else ""
    reasons = {
        "carrier_delay": _("%(carrier)s reports a delay."),
        "weather": _("The weather holds it up."),
        "customs": _("Customs take longer than planned."),
        "missed_delivery": _("The first delivery did not work."),
        "no_movement": _("It has not moved for a while."),
        "weekend_holiday": _("A weekend or holiday lies between."),
        "address_problem": _("There was a problem with the address."),
    }
    return reasons.get(known, "") % by(parcel)


def left_with(parcel: Parcel, reading: Reading) -> str:
    """Say where a delivered parcel was left, and when."""
    progress = parcel.progress
    if progress is None:
        return ""
    left: dict[str, str] = {
        Substatus.TO_NEIGHBOR: _("%(carrier)s left it with a neighbor."),
        Substatus.TO_SAFE_PLACE: _("%(carrier)s left it in a safe place."),
        Substatus.TO_LOCKER: _("%(carrier)s left it in a parcel locker."),
        Substatus.SIGNED: _("%(carrier)s handed it over against a signature."),
    }
    said = left.get(progress.substatus, "") % by(parcel)
    if progress.signed_by:
        name = {"name": _initials(progress.signed_by)}
        said += " " + _("Signed for by %(name)s") % name
    if progress.delivered_at:
        when = {"when": reading.moment(progress.delivered_at)}
        said += " " + _("Delivered: %(when)s.") % when
    return said.strip()


def _initials(name: str) -> str:
    """Show who signed to somebody who knows them: "MAYA LINDQVIST" gives "M. L."."""
    return " ".join(f"{word[0].upper()}." for word in name.split()[:4])
