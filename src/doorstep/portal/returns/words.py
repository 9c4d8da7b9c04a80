"""What outcomes, ways back and steps of a return are called on shoppers' pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.rooms.returns.contracts import MethodKind, Outcome, ReturnState

OUTCOMES: dict[Outcome, tuple[Any, Any, str]] = {
    Outcome.REFUND: (_("Refund"), _("Back to what you paid with"), "refund"),
    Outcome.EXCHANGE: (_("Exchange"), _("The same in another size or color"), "merge"),
    Outcome.EXCHANGE_ANY: (_("Something else"), _("Anything from the shop instead"), "bag"),
    Outcome.STORE_CREDIT: (_("Store credit"), _("To spend here, at once or later"), "bag"),
    Outcome.REPLACEMENT: (_("The same again"), _("A new one of the same, at no cost"), "box"),
    Outcome.REPLACEMENT_PART: (_("A spare part"), _("Only the part that is missing"), "settings"),
    Outcome.REPAIR: (_("Repair"), _("We mend it and send it back"), "settings"),
}
METHODS: dict[MethodKind, tuple[Any, Any, str]] = {
    MethodKind.QR_DROP_OFF: (
        _("QR code at the counter"),
        _("No printer needed: show the code on your phone."),
        "scan",
    ),
    MethodKind.LABEL: (_("Label to print"), _("Print it and stick it on the parcel."), "template"),
    MethodKind.OWN_LABEL: (
        _("Post it yourself"),
        _("With any carrier, at your own cost. Tell us the tracking number afterwards."),
        "truck",
    ),
    MethodKind.IN_STORE: (_("Bring it to the shop"), _("No parcel needed."), "home"),
    MethodKind.PICK_UP: (_("Have it picked up"), _("The carrier comes to you."), "truck"),
    MethodKind.KEEP: (_("Keep it"), _("Nothing has to be sent back."), "check"),
}
STEPS = {
    "requested": _("Asked for"),
    "approved": _("Approved"),
    "sent": _("On its way to us"),
    "received": _("Received"),
    "inspected": _("Checked"),
    "refunded": _("Money back"),
    "exchanged": _("Exchange sent"),
    "closed": _("Done"),
}
STATES = {
    ReturnState.REQUESTED: _("We are looking at it"),
    ReturnState.APPROVED: _("Approved"),
    ReturnState.DECLINED: _("Not accepted"),
    ReturnState.CANCELED: _("Canceled"),
    ReturnState.EXPIRED: _("Ended: nothing came back in time"),
    ReturnState.CLOSED: _("Done"),
}
