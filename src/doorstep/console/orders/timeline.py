"""One order's whole timeline: what happened, where its parcels were, what was sent, who did what.

Each thing stands there once. What a person did leaves an event and an audit entry at one instant:
of these two only one is told. Events that merely repeat a parcel's step give way to the step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.console.access import ConsoleRequest
from doorstep.console.orders.words import say_changes, say_event
from doorstep.console.parcels.words import (
    say_settled,
    say_source,
    say_status,
    status_tone,
)
from doorstep.console.templatetags.console import channel_words, state_tone, state_words
from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import find_action
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.models.audit import AuditEntry
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import CheckpointView, ParcelProgress

SHOWN = 12  # what is older is folded
# A message is shown as what it is, with its reasons; of pauses, the events tell.
_PAUSES = {"messaging.pause_put", "messaging.pause_lifted"}
# The steps of the parcels tell these.
_TOLD_BY_STEPS = {"tracking.parcel_moved", "tracking.parcel_seen", "tracking.parcel_delivered"}
# Actions whose entry says more than the event beside it.
_SAY_MORE = {
    "orders.edit_address": "orders.order_updated",
    "tracking.settle_parcel": "tracking.alarm_ended",
}
_TOLD_ANYHOW = {"tracking.record_checkpoint_by_hand", "tracking.report_not_found"}


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    title: str
    body: str
    icon: str
    tone: str
    by: str = ""
    why: str = ""
    href: str = ""
    href_words: str = ""


def order_timeline(request: ConsoleRequest, order: OrderDetail) -> list[Entry]:
    """Collect everything about an order, newest first, with a handful of queries."""
    subject = f"order:{order.summary.id}"
    notes = {str(note.id): note.text for note in order.notes}
    parcels = tracking.list_progress([order.summary.id])[order.summary.id]
    events = _without_doubles(list_events(subjects=[subject])[::-1])
    subjects = [subject, *(f"parcel:{one.tracker_id}" for one in parcels)]
    done = audit.list_entries(request.store.id, subjects=subjects)[::-1]
    told = _Told(events, done)
    # What happened stands before what was sent because of it, also within one instant: the sort
    # keeps the order of equals, and the whole is turned round at the end.
    entries = [
        *_events(request, told.events(), notes, parcels),
        *_steps(request, parcels),
        *_audit(told.entries()),
        *_messages(request, subject),
    ]
    return sorted(entries, key=lambda entry: entry.at)[::-1]


def _without_doubles(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out events that another one tells with more words."""
    shipped = [e["payload"] for e in events if e["name"] == "fulfillment.shipment_shipped"]
    left_out = set(_TOLD_BY_STEPS)
    if any(one["is_whole_order"] for one in shipped):
        left_out.add("orders.order_shipped")
    if any(one["source"] == "platform" for one in shipped):
        left_out.add("orders.order_shipped_on_platform")
    return [
        event
        for event in events
        if event["name"] not in left_out
        and (not event["name"].startswith("messaging.") or event["name"] in _PAUSES)
    ]


class _Told:
    """Events and audit entries of the same deeds: which of the two is told."""

    def __init__(self, events: list[dict[str, Any]], done: Sequence[AuditEntry]) -> None:
        self._events, self._done = events, done
        self._by_event = {(event["at"], event["actor"]) for event in events}
        self._by_entry = {
            (entry.at, entry.actor, _SAY_MORE[entry.action])
            for entry in done
            if entry.action in _SAY_MORE
        }

    def events(self) -> list[dict[str, Any]]:
        """Return the events, but for those whose audit entry says more."""
        return [e for e in self._events if (e["at"], e["actor"], e["name"]) not in self._by_entry]

    def entries(self) -> list[AuditEntry]:
        """Return the audit entries of what no event tells."""
        return [
            entry
            for entry in self._done
            if entry.action in _SAY_MORE
            or (entry.action not in _TOLD_ANYHOW and (entry.at, entry.actor) not in self._by_event)
        ]


def _events(
    request: ConsoleRequest,
    events: Iterable[dict[str, Any]],
    notes: dict[str, str],
    parcels: Collection[ParcelProgress],
) -> list[Entry]:
    known = {str(one.tracker_id): one for one in parcels}
    found = []
    for row in events:
        said = say_event(row["name"], row["payload"], notes)
        by = row["actor_label"] if not row["actor"].startswith("system:") else ""
        parcel = known.get(str(row["payload"].get("tracker_id", "")))
        href = _parcel_page(request, parcel.tracker_id) if parcel else ""
        body = said.body
        if parcel and len(known) > 1:
            body = " · ".join(filter(None, (body, parcel.tracking_number)))
        found.append(
            Entry(
                row["at"],
                said.title,
                body,
                said.icon,
                said.tone,
                by,
                href=href,
                href_words=_("The parcel") if href else "",
            )
        )
    return found


def _parcel_page(request: ConsoleRequest, tracker_id: UUID) -> str:
    if "parcels.view" not in request.permissions:
        return ""
    return reverse("console:parcels-detail", args=[request.store.slug, tracker_id])


def _steps(request: ConsoleRequest, parcels: Collection[ParcelProgress]) -> list[Entry]:
    """Return the parcels' steps; of one box for several orders each step once."""
    seen: set[UUID] = set()
    found = []
    for parcel in parcels:
        for step in reversed(parcel.checkpoints):
            if step.id not in seen:
                seen.add(step.id)
                found.append(_step(step, parcel, len(parcels) > 1))
    return found


def _step(step: CheckpointView, parcel: ParcelProgress, is_one_of_many: bool) -> Entry:
    words = [step.description, step.place]
    if is_one_of_many:
        words.append(step.tracking_number or parcel.tracking_number)
    marks = []
    if not step.status:
        marks.append(_("not understood"))
    elif step.is_ignored:
        marks.append(_("without effect"))
    if step.is_clock_off:
        marks.append(_("its clock was off"))
    return Entry(
        step.at,
        say_status(step.status, step.substatus),
        " · ".join(filter(None, words)),
        "pin",
        "neutral" if step.is_ignored or not step.status else status_tone(step.status),
        by=" · ".join([_("told by %(source)s") % {"source": say_source(step.source)}, *marks]),
    )


def _messages(request: ConsoleRequest, subject: str) -> list[Entry]:
    if "messages.view" not in request.permissions:
        return []
    found = []
    sent = messaging.list_messages(subject=subject).items[::-1]
    decisions = messaging.explain_many(message.id for message in sent)
    for message in sent:
        decision = decisions[message.id]
        title = f"{message.subject_line or messaging.kind_title(message.kind)}"
        found.append(
            Entry(
                message.created_at,
                title,
                f"{channel_words(message.channel)} · "
                f"{message.to_address} · {state_words(message.status)}",
                "mail" if message.channel == "email" else "phone",
                state_tone(message.status),
                why=decision[-1].words if decision else "",
                href=reverse("console:messages-detail", args=[request.store.slug, message.id]),
                href_words=_("Read it"),
            )
        )
    return found


def _audit(entries: Iterable[AuditEntry]) -> list[Entry]:
    found = []
    for entry in entries:
        action = find_action(entry.action)
        title, body = action.summary if action else entry.action, say_changes(entry.changes)
        if entry.action == "tracking.settle_parcel":
            title, body = str(say_settled(entry.changes["settled_as"][1])), ""
        found.append(Entry(entry.at, title, body, "edit", "neutral", entry.actor_label))
    return found
