"""One order's whole timeline: what happened, what was sent and why, who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.console.access import ConsoleRequest
from doorstep.console.orders.words import say_changes, say_event
from doorstep.console.templatetags.console import channel_words, state_tone, state_words
from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import find_action
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders.contracts import OrderDetail


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
    # What happened stands before what was sent because of it, also within one instant: the sort
    # keeps the order of equals, and the whole is turned round at the end.
    entries = [*_events(subject, notes), *_audit(request, subject), *_messages(request, subject)]
    return sorted(entries, key=lambda entry: entry.at)[::-1]


def _events(subject: str, notes: dict[str, str]) -> list[Entry]:
    found = []
    for row in reversed(list_events(subjects=[subject])):
        if row["name"].startswith("messaging."):
            continue  # messages are shown as what they are, with their reasons
        said = say_event(row["name"], row["payload"], notes)
        by = row["actor_label"] if not row["actor"].startswith("system:") else ""
        found.append(Entry(row["at"], said.title, said.body, said.icon, said.tone, by))
    return found


def _messages(request: ConsoleRequest, subject: str) -> list[Entry]:
    if "messages.view" not in request.permissions:
        return []
    found = []
    sent = messaging.list_messages(subject=subject).items[::-1]
    decisions = messaging.explain_many(message.id for message in sent)
    for message in sent:
        decision = decisions[message.id]
        title = f"{message.subject_line or message.kind.replace('_', ' ').capitalize()}"
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


def _audit(request: ConsoleRequest, subject: str) -> list[Entry]:
    found = []
    for entry in reversed(audit.list_entries(request.store.id, subject=subject)):
        action = find_action(entry.action)
        found.append(
            Entry(
                entry.at,
                action.summary if action else entry.action,
                say_changes(entry.changes),
                "edit",
                "neutral",
                entry.actor_label,
            )
        )
    return found
