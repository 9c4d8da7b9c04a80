"""Which messages hold people's slots in the frequency caps, read in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.instants import read_instants_fast
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import Channel, MessageStatus
from doorstep.rooms.messaging.rules.contact import Holder
from doorstep.rooms.messaging.rules.contact_rules import ContactRules
from doorstep.rooms.messaging.rules.kind_words import kind_title

# The first two conditions are those of the index "message_slots", word for word.
_HOLDERS = """
    SELECT m.customer_id, m.id, m.requested_channel, m.cause, m.channel, m.status, m.priority,
           m.created_at, coalesce(m.sent_at, m.due_at), m.due_at, m.kind, coalesce(b.label, '')
    FROM messaging_message m LEFT JOIN messaging_messagebatch b ON b.id = m.batch_id
    WHERE m.status IN ('queued', 'deferred', 'sending', 'sent', 'delivered', 'complained')
      AND m.purpose IN ('service', 'marketing')
      AND m.store_id = %(store)s AND m.customer_id = ANY(%(customers)s::uuid[])
      AND m.purpose = ANY(%(purposes)s::text[]) AND NOT m.is_test
      AND (m.status IN ('queued', 'deferred', 'sending') OR m.sent_at > %(since)s)
      AND m.id <> ALL(%(besides)s::uuid[])
"""
_WAITING = frozenset({MessageStatus.QUEUED.value, MessageStatus.DEFERRED.value})


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A message that holds a slot of one person."""

    message_id: UUID
    key: tuple[str, str]  # requested channel and cause: what makes a message one
    channel: Channel
    status: str
    priority: int
    created_at: datetime
    moment: datetime
    label: str

    def as_holder(
        self, *, priority: int, asked: tuple[datetime, UUID] | None, at: datetime
    ) -> Holder | None:
        """Return it as another message sees it; None when it comes after that one.

        :param priority: the other's.
        :param asked: when the other was asked for, with its id; None: just now.
        """
        if self.status not in _WAITING:
            # On its way with another sender. It may have been cleared before the other was there.
            is_going = self.status == MessageStatus.SENDING
            moment = at if is_going else self.moment
            return Holder(self.channel, moment, self.label, self.priority,
                          is_sure=not is_going or asked is None,
                          is_ahead=self._goes_before(priority, asked))  # fmt: skip
        if not self._goes_before(priority, asked):
            return None
        moment = max(self.moment, at)
        return Holder(self.channel, moment, self.label, self.priority,
                      is_sure=asked is None or moment > at)  # fmt: skip

    def _goes_before(self, priority: int, asked: tuple[datetime, UUID] | None) -> bool:
        if self.priority != priority:
            return self.priority > priority
        return asked is None or (self.created_at, self.message_id) < asked


def held_slots(
    customer_ids: Collection[UUID],
    rules: ContactRules,
    *,
    since: datetime,
    besides: Collection[UUID] = (),
) -> dict[UUID, list[HeldSlot]]:
    """Return what holds slots, per customer (one query).

    :param since: the earliest moment from which anything is decided; windows reach back from it.
    :param besides: messages that are left out.
    """
    found: dict[UUID, list[HeldSlot]] = defaultdict(list)
    if not customer_ids or not rules.caps or not rules.counted_purposes:
        return found
    values: dict[str, Any] = {
        "store": current_store_id(),
        "customers": as_array(customer_ids),
        "purposes": [purpose.value for purpose in rules.counted_purposes],
        "since": since - timedelta(days=rules.longest_window),
        "besides": as_array(besides),
    }
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(_HOLDERS, values)
        for row in cursor.fetchall():
            found[row[0]].append(_slot(row))
    return found


def _slot(row: tuple[Any, ...]) -> HeldSlot:
    (_, message_id, requested, cause, channel, status, priority, created_at,
     sent_or_due, due_at, kind, label) = row  # fmt: skip
    moment = due_at if status in _WAITING else sent_or_due
    return HeldSlot(
        message_id,
        (requested, cause),
        Channel(channel),
        status,
        priority,
        created_at,
        moment,
        str(label) or kind_title(str(kind)),
    )


def holders_for(
    slots: Iterable[HeldSlot],
    *,
    priority: int,
    asked: tuple[datetime, UUID] | None,
    at: datetime,
    besides: Collection[UUID] = (),
) -> list[Holder]:
    """Return the slots that one message finds taken.

    :param besides: messages decided in the same breath; those tell each other.
    """
    seen = (
        one.as_holder(priority=priority, asked=asked, at=at)
        for one in slots
        if one.message_id not in besides
    )
    return [holder for holder in seen if holder is not None]
