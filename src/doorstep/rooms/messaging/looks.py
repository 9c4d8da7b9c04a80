"""What providers report of opens and clicks, and the events of a person's first ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft
from doorstep.rooms.messaging.contracts import DeliveryReport
from doorstep.rooms.messaging.events import MessageClicked, MessageOpened
from doorstep.rooms.messaging.models import DeliveryEvent, Message
from doorstep.rooms.messaging.rules.machines import (
    Sight,
    agent_in_report,
    machine_sign,
    provider_says_machine,
)

BY = Actor.system("messaging.looks")
KINDS = ("opened", "clicked")


def look_draft(message: Message, kind: str, target: str, at: datetime) -> EventDraft:
    """Return the event of a person's first open or click."""
    about = (message.id, message.customer_id, message.kind, message.channel)
    event = MessageOpened(*about) if kind == "opened" else MessageClicked(*about, target)
    key = message.customer_id or message.id
    return EventDraft(event, key, at, BY, message.subject_ref)


def sign_of_report(report: DeliveryReport, sent_at: datetime | None, occurred_at: datetime) -> str:
    """Return how it shows that a reported open or click is a program's, "" for a person's."""
    if report.kind not in KINDS:
        return ""
    if provider_says_machine(report.raw):
        return "provider_says"
    agent = agent_in_report(report.raw)
    since: timedelta | None = occurred_at - sent_at if sent_at else None
    # Providers' clocks are full seconds, and not ours: "too soon" can't be told from them.
    if since is not None and since < timedelta(seconds=2):
        since = None
    if agent is None:  # the provider does not say: that is no sign of a program
        return ""
    return machine_sign(Sight(report.kind, occurred_at, "", agent, since_sent=since))


def first_looks(
    fresh: Iterable[tuple[DeliveryReport, Message, bool]], row_ids: Collection[UUID], at: datetime
) -> list[EventDraft]:
    """Return events for reported looks that are the first of a person at their message.

    :param fresh: report, its message, and whether a program did it.
    :param row_ids: what was written just now, and so is not looked at as earlier.
    """
    looks = [(r, m) for r, m, by_machine in fresh if r.kind in KINDS and not by_machine]
    if not looks:
        return []
    earlier = set(
        DeliveryEvent.objects.filter(
            message_id__in={m.id for _, m in looks}, kind__in=KINDS, by_machine=False
        )
        .exclude(id__in=list(row_ids))
        .values_list("message_id", "kind")
    )
    drafts = []
    for report, message in looks:
        if (message.id, report.kind) not in earlier:
            earlier.add((message.id, report.kind))
            drafts.append(look_draft(message, report.kind, _url_of(report.raw), at))
    return drafts


def _url_of(raw: Mapping[str, object]) -> str:
    found = raw.get("url") or raw.get("OriginalLink") or raw.get("link") or ""
    return str(found)[:2000]
