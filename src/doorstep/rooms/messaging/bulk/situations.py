"""Group people by everything the contact gate looks at: one statement for thousands of them.

A *situation* is what many people share: where they are, what they said, how much they got lately.
Each is decided once, by the same rules as any single message. Who has something of their own that
counts (a suppressed address, a pause, an odd address, a chat) is left to be asked one by one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_uuids
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contacts import consent_defaults
from doorstep.rooms.messaging.contracts import BatchSpec, Channel, ConsentState, Purpose
from doorstep.rooms.messaging.rules.contact import Contact
from doorstep.rooms.messaging.rules.contact_rules import ALL, ContactRules
from doorstep.rooms.messaging.rules.marketplaces import MARKETPLACES
from doorstep.rooms.messaging.rules.places import PHONE_START, place_of
from doorstep.rooms.stores.contracts import StoreInfo

# What SQL and rules/addresses.py write the same way; anything else is read by the latter.
# The length of what stands before the @ is looked at apart: "{1,64}" in here took longer than
# all the rest of the statement.
_PLAIN_EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_PLAIN_PHONE = r"^\+[1-9][0-9]{6,14}$"
RELAYS = [m.relay for m in MARKETPLACES if m.relay != r"(?!)"]
_LENT = "@(" + "|".join(RELAYS) + ")$"
# A word of each relay's domain: few addresses hold one, and only theirs are looked at closely.
LENT_WORDS = [f"%{max(re.findall(r'[a-z-]{4,}', relay), key=len)}%" for relay in RELAYS]

_GROUP = r"""
    SELECT p.is_plain, p.has_email, p.has_phone, p.preferred, p.timezone, p.country, p.region,
           p.phone_start, p.said, p.counts, array_agg(p.n)
    FROM (
        SELECT w.n,
            c.id IS NOT NULL AND c.merged_into_id IS NULL AND c.erased_at IS NULL
                AND NOT c.email_is_relay AND c.preferred_channel IN ('', 'email', 'sms')
                AND (c.email = '' OR c.email ~ %(plain_email)s AND strpos(c.email, '@') <= 65
                     AND (lower(c.email) NOT LIKE ALL (%(lent_words)s)
                          OR lower(c.email) !~ %(lent)s))
                AND (c.phone = '' OR c.phone ~ %(plain_phone)s)
                AND NOT EXISTS (
                    SELECT 1 FROM messaging_suppression s
                    WHERE s.store_id = %(store)s AND s.address IN (lower(c.email), c.phone)
                      AND s.address <> '' AND s.since <= %(as_of)s
                      AND (s.lifted_at IS NULL OR s.lifted_at > %(as_of)s))
                AND (%(purpose)s <> 'marketing' OR NOT EXISTS (
                    SELECT 1 FROM messaging_pause u
                    WHERE u.store_id = %(store)s AND u.customer_id = c.id AND u.until > %(at)s
                      AND u.since <= %(as_of)s
                      AND (u.lifted_at IS NULL OR u.lifted_at > %(as_of)s))) AS is_plain,
            c.email <> '' AS has_email, c.phone <> '' AS has_phone,
            c.preferred_channel AS preferred, c.timezone, c.country_code AS country,
            c.region_code AS region, left(c.phone, %(start)s) AS phone_start,
            said.words AS said, coalesce(held.counts, %(nothing_held)s) AS counts
        FROM unnest(%(customers)s::uuid[]) WITH ORDINALITY AS w(id, n)
        -- LIMIT: one by one through the key. Joined freely, customers are read from the first on.
        LEFT JOIN LATERAL (
            SELECT * FROM customers_customer WHERE id = w.id AND store_id = %(store)s LIMIT 1
        ) c ON TRUE
        LEFT JOIN LATERAL (
            SELECT string_agg(l.channel || '/' || l.topic || '/' || l.state, ' '
                              ORDER BY l.channel, l.topic) AS words
            FROM (
                SELECT DISTINCT ON (k.channel, k.topic)
                    k.channel, k.topic, k.purpose, k.state, k.at
                FROM messaging_consent k
                WHERE k.store_id = %(store)s AND k.customer_id = c.id AND k.at <= %(as_of)s
                  AND (k.topic = '' AND k.purpose = %(purpose)s
                       OR k.topic = %(topic)s AND k.topic <> '')
                ORDER BY k.channel, k.topic, k.at DESC, k.id DESC
            ) l
            -- As contacts.py: a no to a topic always counts, a yes for its own purpose until a
            -- later no to the whole of it.
            WHERE l.topic = '' OR l.state = 'withdrawn'
               OR l.purpose = %(purpose)s AND NOT EXISTS (
                SELECT 1 FROM (
                    SELECT b.state, b.at FROM messaging_consent b
                    WHERE b.store_id = %(store)s AND b.customer_id = c.id
                      AND b.channel = l.channel AND b.purpose = %(purpose)s AND b.topic = ''
                      AND b.at <= %(as_of)s
                    ORDER BY b.at DESC, b.id DESC LIMIT 1
                ) whole WHERE whole.state = 'withdrawn' AND whole.at > l.at)
        ) said ON %(asks_consent)s
        -- One by one as well: joined as a whole it takes the square of the set when the planner
        -- thinks that hardly anybody got a message yet.
        LEFT JOIN LATERAL (
            SELECT ARRAY[{counts}]::int[] AS counts
            FROM (
                SELECT m.channel,
                       CASE WHEN m.status IN ('queued', 'deferred')
                            THEN greatest(m.due_at, %(at)s)
                            WHEN m.status = 'sending' THEN %(at)s::timestamptz
                            ELSE m.sent_at END AS moment
                FROM messaging_message m
                WHERE m.status IN ('queued', 'deferred', 'sending', 'sent', 'delivered',
                                   'complained')
                  AND m.purpose IN ('service', 'marketing')
                  AND m.store_id = %(store)s AND m.customer_id = c.id
                  AND m.purpose = ANY(%(counted)s::text[]) AND NOT m.is_test
                  AND (m.status IN ('queued', 'deferred', 'sending') OR m.sent_at > %(since)s)
                  -- What waits with a lower priority goes after this one.
                  AND NOT (m.status IN ('queued', 'deferred') AND m.priority < %(priority)s)
            ) h
        ) held ON %(asks_slots)s
    ) p
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""


@dataclass(frozen=True, slots=True)
class Situation:
    """What some people share, and which of those asked about they are (by index)."""

    contact: Contact
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Situations, and who must be asked one by one (by index)."""

    situations: tuple[Situation, ...]
    personal: tuple[int, ...]


def group(
    customer_ids: Sequence[UUID],
    spec: BatchSpec,
    *,
    store: StoreInfo,
    rules: ContactRules,
    ways_out: frozenset[Channel],
    written: frozenset[Channel],
    at: datetime,
    as_of: datetime | None = None,
    counts_slots: bool = True,
) -> Grouped:
    """Group people by situation; one statement for any number of them.

    :param written: channels there is a text for.
    :param as_of: look at consents, suppressions and pauses as they stood then; None: as they are.
    :param counts_slots: False leaves out what people got, for who knows it otherwise.
    """
    caps = [key for key, _ in rules.caps]
    asks_slots = counts_slots and rules.counts(spec.purpose) and bool(caps)
    values: dict[str, Any] = {
        "store": current_store_id(),
        "customers": as_uuids(customer_ids),
        "plain_email": _PLAIN_EMAIL,
        "plain_phone": _PLAIN_PHONE,
        "lent": _LENT,
        "lent_words": LENT_WORDS,
        "purpose": spec.purpose.value,
        "topic": spec.topic,
        "start": PHONE_START,
        "at": at,
        "as_of": as_of or "infinity",
        "asks_consent": spec.purpose is not Purpose.TRANSACTIONAL,
        "asks_slots": asks_slots,
        "counted": [purpose.value for purpose in rules.counted_purposes],
        "since": at - timedelta(days=rules.longest_window),
        "priority": spec.priority,
        "nothing_held": [0] * max(1, len(caps)),
    }
    statement = _GROUP.replace("{counts}", _count_columns(rules, values, at))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    situations: list[Situation] = []
    personal: list[int] = []
    for row in rows:
        indexes = tuple(n - 1 for n in row[-1])
        if not row[0]:
            personal.extend(indexes)
            continue
        contact = _contact(
            row[1:-1], spec, caps if asks_slots else (), store=store, rules=rules,
            ways_out=ways_out, written=written, at=at,
        )  # fmt: skip
        situations.append(Situation(contact, indexes))
    return Grouped(tuple(situations), tuple(personal))


def _count_columns(rules: ContactRules, values: dict[str, Any], at: datetime) -> str:
    """Return one count per cap, as ``rules/caps.py`` counts: less than its days around now."""
    columns = []
    for nth, (key, cap) in enumerate(rules.caps):
        window = timedelta(days=cap.days)
        values |= {f"from{nth}": at - window, f"to{nth}": at + window, f"key{nth}": key}
        of = "TRUE" if key == ALL else f"h.channel = %(key{nth})s"
        columns.append(
            f"count(*) FILTER (WHERE {of} AND h.moment > %(from{nth})s AND h.moment < %(to{nth})s)"
        )
    return ", ".join(columns) or "0"


def _contact(
    row: Sequence[Any],
    spec: BatchSpec,
    caps: Collection[str],
    *,
    store: StoreInfo,
    rules: ContactRules,
    ways_out: frozenset[Channel],
    written: frozenset[Channel],
    at: datetime,
) -> Contact:
    has_email, has_phone, preferred, timezone, country, region, phone, said, counts = row
    addresses = {}
    if has_email:
        addresses[Channel.EMAIL] = "plain"
    if has_phone:
        addresses[Channel.SMS] = "plain"
    consents, topics = _read_said(said, spec)
    return Contact(
        purpose=spec.purpose,
        at=at,
        addresses=addresses,
        preferred=Channel(preferred) if preferred else Channel.EMAIL,
        forced=spec.channel,
        ways_out=ways_out,
        written=written,
        consents=consents,
        consent_defaults=consent_defaults(store),
        is_demo=store.is_demo,
        kind=spec.kind,
        topic=spec.topic,
        topics=topics,
        priority=spec.priority,
        rules=rules,
        place=place_of(timezone, country, region, phone, store.timezone),
        held=dict(zip(caps, counts, strict=False)),
    )


def _read_said(
    said: str | None, spec: BatchSpec
) -> tuple[
    dict[tuple[Channel, Purpose], ConsentState], dict[tuple[Channel, Purpose], ConsentState]
]:
    whole: dict[tuple[Channel, Purpose], ConsentState] = {}
    topics: dict[tuple[Channel, Purpose], ConsentState] = {}
    for channel, topic, state in _words(said):
        kept = topics if topic else whole
        kept[Channel(channel), spec.purpose] = ConsentState(state)
    return whole, topics


def _words(said: str | None) -> Iterator[tuple[str, str, str]]:
    for word in (said or "").split(" "):
        if word:
            channel, topic, state = word.split("/")
            yield channel, topic, state
