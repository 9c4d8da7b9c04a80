"""What happened to one shipment, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import find_action
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.fulfillment.contracts import ShipmentDetail

# event → (words, icon, tone)
_EVENTS: dict[str, tuple[Any, str, str]] = {
    "fulfillment.shipment_created": (gettext_lazy("Planned"), "box", "neutral"),
    "fulfillment.shipment_packed": (gettext_lazy("Packed"), "check", "ok"),
    "fulfillment.shipment_reopened": (gettext_lazy("Opened again"), "refresh", "warn"),
    "fulfillment.shipment_shipped": (gettext_lazy("Handed to the carrier"), "truck", "ok"),
    "fulfillment.shipment_canceled": (gettext_lazy("Called off"), "close", "neutral"),
    "fulfillment.tracking_number_changed": (gettext_lazy("Tracking number"), "scan", "info"),
    "fulfillment.ship_by_at_risk": (gettext_lazy("At risk of leaving late"), "clock", "warn"),
    "fulfillment.ship_by_missed": (gettext_lazy("The promised day was missed"), "alert", "bad"),
}
# What people did that no event tells.
_ACTIONS = frozenset(
    {
        "fulfillment.pick_shipments",
        "fulfillment.split_shipment",
        "fulfillment.cancel_shipment",
        "fulfillment.confirm_packed",
        "fulfillment.set_tracking_number",
    }
)


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    at: datetime
    title: str
    body: str
    icon: str
    tone: str
    by: str


def shipment_history(store_id: UUID, detail: ShipmentDetail) -> list[Entry]:
    """Collect what happened to a shipment, newest first (a handful of queries)."""
    subject, own = f"order:{detail.summary.order_id}", str(detail.summary.id)
    entries = [
        _said(row)
        for row in reversed(list_events(subjects=[subject]))
        if row["name"] in _EVENTS and str(row["payload"].get("shipment_id")) == own
    ]
    entries += _done(store_id, subject, detail)
    return sorted(entries, key=lambda entry: entry.at)[::-1]


def _said(row: dict[str, Any]) -> Entry:
    title, icon, tone = _EVENTS[row["name"]]
    told: dict[str, Any] = row["payload"]
    body = str(told.get("reason") or told.get("tracking_number") or "")
    if told.get("previous_number"):
        body = _("%(old)s became %(new)s") % {"old": told["previous_number"], "new": body or "–"}
    by = row["actor_label"] if not row["actor"].startswith("system:") else ""
    return Entry(row["at"], str(title), body, icon, tone, by)


def _done(store_id: UUID, subject: str, detail: ShipmentDetail) -> list[Entry]:
    found = []
    number = detail.summary.number
    for entry in reversed(audit.list_entries(store_id, subject=subject)):
        told = entry.changes.values()
        names = {one for pair in told if isinstance(pair, list) for one in pair}
        if entry.action not in _ACTIONS or number not in names:
            continue
        action = find_action(entry.action)
        title = action.summary if action else entry.action
        body = " → ".join(str(one) for one in (next(iter(told), []) or []) if one)
        found.append(Entry(entry.at, title, body, "edit", "neutral", entry.actor_label))
    return found
