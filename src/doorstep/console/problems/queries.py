"""What needs a person: rejected deliveries, parked events, failed messages, parcels in trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.connectors.base import api as connectors
from doorstep.connectors.webhooks import api as webhooks
from doorstep.console.access import ConsoleRequest
from doorstep.kernel.clock import now
from doorstep.kernel.events import parking
from doorstep.kernel.tallies import read_tallies
from doorstep.rooms.changes import api as changes
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import CallKind, CallTrouble
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ParcelTroubles

TALLIES = {
    "deliveries": connectors.NEEDS_PERSON,
    "parked": parking.NEEDS_PERSON,
    "failed": messaging.NEEDS_PERSON,
    "webhooks": webhooks.NEEDS_PERSON,
    "parcels": tracking.NEEDS_PERSON,
    "late": fulfillment.NEEDS_PERSON,
    "by_hand": payments.REFUNDS_BY_HAND,
    "asked_in_vain": payments.ASKED_IN_VAIN,
    "untold": changes.NEEDS_PERSON,
}


def count_problems(**known: int) -> int:
    """Count what needs a person in the current store: one query over indexes, on every page.

    A parcel that is late and stuck counts once.

    :param known: what the page has counted already, by its name in ``TALLIES``.
    """
    assert known.keys() <= TALLIES.keys(), known
    asked = [tally for name, tally in TALLIES.items() if name not in known]
    return sum(known.values()) + sum(read_tallies(asked, at=now()))


def troubles_of(troubles: ParcelTroubles) -> int:
    """Return what counts of the parcels' troubles."""
    return troubles.parcels + troubles.unmatched + troubles.unknown_codes


@dataclass(frozen=True, slots=True)
class Group:
    """Problems of one kind: how many, what to do, and where they are listed."""

    title: str
    todo: str
    count: int
    tone: str
    href: str


def parcel_groups(request: ConsoleRequest, troubles: ParcelTroubles, late: int) -> list[Group]:
    """Return what is wrong with parcels and shipments, only what there is."""
    store = request.store.slug

    def parcels(state: str) -> str:
        return reverse("console:parcels", args=[store]) + f"?state={state}"

    unknown = reverse("console:parcels-not-understood", args=[store])
    shipments = reverse("console:shipments", args=[store]) + "?due=late"
    found: list[Any] = [
        (_("Shipments that should have left"), _("Pack them first; the shopper was told a new day."),
         late, "bad", shipments),
        (_("Lost parcels"), _("Say whether it is found or lost for good; send again or refund."),
         troubles.lost, "bad", parcels("lost")),
        (_("Delivered, but not found"), _("Ask the carrier for a proof of delivery."),
         troubles.not_found, "bad", parcels("not_found")),
        (_("Exceptions"), _("Damaged, refused, held by customs, wrong address: help the carrier."),
         troubles.exception, "bad", parcels("exception")),
        (_("Stuck parcels"), _("No news for too long: ask the carrier."),
         troubles.stalled, "warn", parcels("stalled")),
        (_("Late parcels"), _("Not there by the promised day: ask before the shopper does."),
         troubles.late, "warn", parcels("late")),
        (_("Codes not understood"), _("Say what they mean, so that parcels stand right."),
         troubles.unknown_codes, "warn", unknown),
        (_("Numbers without a parcel"), _("For more than a day: was a number mistyped?"),
         troubles.unmatched, "warn", unknown),
    ]  # fmt: skip
    return [Group(*one) for one in found if one[2]]


_CALL_WORDS = {
    CallKind.REFUND: gettext_lazy("Refund"),
    CallKind.OPEN_LINK: gettext_lazy("Making a payment page"),
    CallKind.CLOSE_LINK: gettext_lazy("Closing a payment page"),
    CallKind.LOOK_AT_LINK: gettext_lazy("Looking whether it was paid"),
    CallKind.CAPTURE: gettext_lazy("Taking a hold"),
    CallKind.VOID: gettext_lazy("Letting a hold go"),
}


@dataclass(frozen=True, slots=True)
class PaymentTrouble:
    """A payment provider that was asked in vain, and the order's page it is about."""

    call: CallTrouble
    title: Any
    href: str


def payment_troubles(request: ConsoleRequest) -> list[PaymentTrouble]:
    """List what payment providers were asked in vain."""
    return [
        PaymentTrouble(one, _CALL_WORDS[one.kind], _order_page(request, one.subject))
        for one in payments.list_troubles()
    ]


def _order_page(request: ConsoleRequest, subject: str) -> str:
    kind, _colon, order_id = subject.partition(":")
    if kind != "order":
        return ""
    return reverse("console:orders-detail", args=[request.store.slug, order_id])
