"""Parcels in words: where one is, since when, and what happens next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.connectors.base import api as connectors
from doorstep.console.templatetags.console import day
from doorstep.rooms.tracking.contracts import (
    Clocks,
    ParcelCondition,
    ParcelProgress,
    Substatus,
    TrackingStatus,
)

C, St, Sub = ParcelCondition, TrackingStatus, Substatus

# status → (words, tone)
STATUSES: dict[str, tuple[Any, str]] = {
    St.PENDING: (gettext_lazy("Number known, no news"), "neutral"),
    St.INFO_RECEIVED: (gettext_lazy("Announced to the carrier"), "neutral"),
    St.IN_TRANSIT: (gettext_lazy("On its way"), "info"),
    St.OUT_FOR_DELIVERY: (gettext_lazy("Out for delivery"), "info"),
    St.ATTEMPT_FAILED: (gettext_lazy("Delivery was tried"), "warn"),
    St.AVAILABLE_FOR_PICKUP: (gettext_lazy("Waits to be picked up"), "warn"),
    St.DELIVERED: (gettext_lazy("Delivered"), "ok"),
    St.EXCEPTION: (gettext_lazy("Something is wrong"), "bad"),
    St.EXPIRED: (gettext_lazy("No longer followed by the carrier"), "warn"),
    St.RETURNED: (gettext_lazy("Goes back"), "warn"),
}

SUBSTATUSES: dict[str, Any] = {
    Sub.PICKED_UP: gettext_lazy("picked up by the carrier"),
    Sub.ARRIVED: gettext_lazy("arrived at a depot"),
    Sub.DEPARTED: gettext_lazy("left a depot"),
    Sub.CUSTOMS: gettext_lazy("at customs, in the normal course"),
    Sub.HANDED_OVER: gettext_lazy("handed to another carrier"),
    Sub.RESCHEDULED: gettext_lazy("another day was agreed"),
    Sub.NOBODY_HOME: gettext_lazy("nobody was home"),
    Sub.NO_ACCESS: gettext_lazy("the driver could not get in"),
    Sub.SIGNED: gettext_lazy("signed for"),
    Sub.TO_NEIGHBOR: gettext_lazy("left with a neighbor"),
    Sub.TO_SAFE_PLACE: gettext_lazy("left in a safe place"),
    Sub.TO_LOCKER: gettext_lazy("put in a locker"),
    Sub.CUSTOMS_HELD: gettext_lazy("held by customs"),
    Sub.PAYMENT_DUE: gettext_lazy("something is to be paid"),
    Sub.ADDRESS_PROBLEM: gettext_lazy("the address does not work"),
    Sub.DAMAGED: gettext_lazy("damaged"),
    Sub.LOST: gettext_lazy("lost, says the carrier"),
    Sub.REFUSED: gettext_lazy("not accepted"),
    Sub.WEATHER: gettext_lazy("held up by the weather"),
    Sub.DELAYED: gettext_lazy("delayed"),
    Sub.HELD: gettext_lazy("held"),
    Sub.CANCELED: gettext_lazy("label canceled"),
    Sub.OTHER: gettext_lazy("for another reason"),
    Sub.RETURNING: gettext_lazy("on the way back"),
    Sub.RETURNED_TO_SENDER: gettext_lazy("back with the sender"),
}

# condition → (words, tone)
CONDITIONS: dict[str, tuple[Any, str]] = {
    C.LOST: (gettext_lazy("Lost"), "bad"),
    C.RETURNING: (gettext_lazy("Comes back"), "warn"),
    C.RETURNED: (gettext_lazy("Came back"), "warn"),
    C.NOT_FOUND: (gettext_lazy("Delivered, but not found"), "bad"),
    C.DELIVERED: (gettext_lazy("Delivered"), "ok"),
    C.ATTEMPTED: (gettext_lazy("Delivery was tried"), "warn"),
    C.PICKUP: (gettext_lazy("Waits to be picked up"), "info"),
    C.CUSTOMS: (gettext_lazy("Held by customs"), "bad"),
    C.EXCEPTION: (gettext_lazy("Something is wrong"), "bad"),
    C.STALLED: (gettext_lazy("Stuck"), "warn"),
    C.LATE: (gettext_lazy("Late"), "warn"),
    C.OUT_FOR_DELIVERY: (gettext_lazy("Out for delivery"), "info"),
    C.NO_SCAN_YET: (gettext_lazy("Not seen by the carrier yet"), "neutral"),
    C.ON_ITS_WAY: (gettext_lazy("On its way"), "info"),
}

_TO_DO: dict[str, Any] = {
    C.RETURNING: gettext_lazy("When it is back, agree with the shopper: send it again or refund."),
    C.RETURNED: gettext_lazy("Agree with the shopper: send it again or refund."),
    C.NOT_FOUND: gettext_lazy("Ask the carrier for a proof of delivery, then settle it."),
    C.ATTEMPTED: gettext_lazy("The carrier tries again or takes it to a pick-up point."),
    C.CUSTOMS: gettext_lazy("Customs wait for papers or money: see what they ask, and of whom."),
    C.OUT_FOR_DELIVERY: gettext_lazy("Nothing to do: it should arrive today."),
}
_TO_DO_ABOUT: dict[str, Any] = {
    Sub.ADDRESS_PROBLEM: gettext_lazy("Give the carrier the right address."),
    Sub.DAMAGED: gettext_lazy("Claim it with the carrier; send it again or refund."),
    Sub.REFUSED: gettext_lazy("Ask the shopper why; the carrier will bring it back."),
    Sub.WEATHER: gettext_lazy("Wait: the carrier goes on when it can."),
    Sub.DELAYED: gettext_lazy("Wait for the carrier’s next news, or ask."),
    Sub.HELD: gettext_lazy("Ask the carrier what it waits for."),
    Sub.CANCELED: gettext_lazy("This label was canceled: if it has not left, it needs a new one."),
    Sub.LOST: gettext_lazy("Claim it with the carrier; send it again or refund."),
}

REASONS: dict[str, Any] = {
    "": gettext_lazy("First estimate"),
    "carrier_update": gettext_lazy("The carrier named another day"),
    "carrier_delay": gettext_lazy("Delayed at the carrier"),
    "weather": gettext_lazy("Weather"),
    "customs": gettext_lazy("Customs"),
    "missed_delivery": gettext_lazy("Delivery was tried in vain"),
    "no_movement": gettext_lazy("It did not move"),
    "weekend_holiday": gettext_lazy("Weekend or holiday"),
    "address_problem": gettext_lazy("Trouble with the address"),
    "other": gettext_lazy("Another reason"),
}
ESTIMATED_BY: dict[str, Any] = {
    "": gettext_lazy("nobody"),
    "carrier": gettext_lazy("the carrier"),
    "service": gettext_lazy("the service’s usual time"),
    "order": gettext_lazy("the promise at checkout"),
}
_AFTER_SETTLING: dict[str, Any] = {
    "found": gettext_lazy("Settled as found"),
    "lost": gettext_lazy("Settled as lost"),
    "delivered": gettext_lazy("Settled as delivered"),
}


def say_status(status: str, substatus: str = "") -> str:
    """Say a status with what exactly: "On its way: left a depot"."""
    if not status:
        return _("Not understood")
    words = str(STATUSES[status][0]) if status in STATUSES else status
    exactly = SUBSTATUSES.get(substatus)
    return f"{words}: {exactly}" if exactly else words


def say_source(source: str) -> str:
    """Say who told a step: an aggregator or carrier by its name, or the team."""
    if source == "hand":
        return _("the team")
    labels = {one.kind: one.label for one in connectors.list_connectors()}
    return labels.get(source, source)


def status_tone(status: str) -> str:
    """Return the tone of a status's badge."""
    return STATUSES[status][1] if status in STATUSES else "neutral"


def reason_words(reason: str) -> Any:
    """Say why an estimate changed."""
    return REASONS.get(reason, reason.replace("_", " ").capitalize())


def estimated_by(source: str) -> Any:
    """Say whose estimate it is."""
    return ESTIMATED_BY.get(source, source)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a parcel stands, for a person of the team.

    :param where: what the carrier last said, where that is more than ``words``.
    """

    words: str
    tone: str
    where: str
    since: datetime | None
    next: str


class Teller:
    """Says how parcels stand, by the store's clocks (read once for a list)."""

    def __init__(self, clocks: Iterable[Clocks]) -> None:
        self._clocks = {(one.carrier, one.service_level): one for one in clocks}

    def tell(self, parcel: ParcelProgress) -> Standing:
        """Say how one parcel stands."""
        words, tone = CONDITIONS[parcel.condition]
        if parcel.parcel_id is None:
            words, tone = _("Belongs to no parcel"), "neutral"
        if parcel.trouble_after_delivery:
            trouble = SUBSTATUSES[parcel.trouble_after_delivery]
            words, tone = _("Delivered, then: %(trouble)s") % {"trouble": trouble}, "bad"
        where = _where(parcel)
        if where == str(words):
            where = ""
        return Standing(str(words), tone, where, _since(parcel), self._next(parcel))

    def _next(self, parcel: ParcelProgress) -> str:
        if parcel.parcel_id is None:
            return _("It is joined by itself when a parcel with this number is shipped.")
        if parcel.trouble_after_delivery and not parcel.settled_at:
            return str(_TO_DO_ABOUT.get(parcel.trouble_after_delivery, _("Write to the shopper.")))
        if parcel.condition == C.LOST:
            return _lost(parcel)
        if parcel.condition in _TO_DO:
            return str(_TO_DO[parcel.condition])
        if parcel.condition == C.EXCEPTION:
            return str(_TO_DO_ABOUT.get(parcel.substatus, _("Ask the carrier what is wrong.")))
        if parcel.condition == C.PICKUP:
            return _pick_up(parcel)
        if parcel.condition == C.DELIVERED:
            return _("Nothing: it has arrived.")
        return self._by_the_clock(parcel)

    def _by_the_clock(self, parcel: ParcelProgress) -> str:
        clocks = self._clocks_of(parcel)
        news = max(filter(None, (parcel.last_news_at, parcel.shipped_at)), default=None)
        if news is None or not parcel.is_open:
            return ""
        if parcel.late_since or parcel.stalled_since:
            lost = _local(news + timedelta(days=clocks.lost_days))
            return _("Ask the carrier. Without news it counts as lost on %(day)s.") % {"day": lost}
        if parcel.first_scan_at is None:
            stuck = _local(news + timedelta(hours=clocks.no_scan_hours))
            return _("If nobody scans it, it counts as stuck on %(day)s.") % {"day": stuck}
        stuck = _local(news + timedelta(hours=clocks.stalled_hours))
        return _("Without news it counts as stuck on %(day)s.") % {"day": stuck}

    def _clocks_of(self, parcel: ParcelProgress) -> Clocks:
        for key in ((parcel.carrier, parcel.service_level), (parcel.carrier, "")):
            if parcel.carrier and key in self._clocks:
                return self._clocks[key]
        return self._clocks[("", "")]


def _where(parcel: ParcelProgress) -> str:
    """Say what the carrier said last; of an exception, what exactly it is."""
    exactly = str(SUBSTATUSES.get(parcel.substatus, ""))
    if parcel.status == St.EXCEPTION and exactly:
        return exactly[:1].upper() + exactly[1:]
    return say_status(parcel.status, parcel.substatus)


def _local(at: datetime) -> str:
    return day(timezone.localtime(at).date())


def _lost(parcel: ParcelProgress) -> str:
    if parcel.settled_as == "lost":
        return _("Settled: lost for good. Send it again or refund, if that is not done yet.")
    return _("Say whether it was found or is lost for good; then send it again or refund.")


def _pick_up(parcel: ParcelProgress) -> str:
    until = parcel.pickup.until_date if parcel.pickup else None
    if until is None:
        return _("The shopper fetches it; otherwise it comes back.")
    return _("The shopper fetches it until %(day)s; otherwise it comes back.") % {"day": day(until)}


def _since(parcel: ParcelProgress) -> datetime | None:
    """Return since when it stands like this: the alarm's instant where there is one."""
    own = {
        C.LOST: parcel.lost_since,
        C.NOT_FOUND: parcel.not_found_since,
        C.STALLED: parcel.stalled_since,
        C.LATE: parcel.late_since,
        C.NO_SCAN_YET: parcel.shipped_at,
    }.get(ParcelCondition(parcel.condition))
    return own or parcel.status_at or parcel.shipped_at


def say_settled(outcome: str) -> Any:
    """Say how a parcel was settled."""
    return _AFTER_SETTLING.get(outcome, outcome)
