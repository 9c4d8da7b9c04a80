"""Take over what people allowed elsewhere, from a CSV: never without where and when."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentImport,
    ConsentState,
    Purpose,
)
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.consent_words import language_of
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.rules.topics import find_topic
from doorstep.rooms.stores import api as stores

MOST_ROWS = 20_000
MOST_ERRORS = 20
NEEDED = ("address", "state", "said_at", "source")
COLUMNS = (*NEEDED, "channel", "purpose", "topic", "wording", "url", "name", "locale")
_STATES = {
    **dict.fromkeys(("granted", "yes", "subscribed", "true", "1"), ConsentState.GRANTED),
    **dict.fromkeys(("withdrawn", "no", "unsubscribed", "false", "0"), ConsentState.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One line, read and checked."""

    address: str
    channel: Channel
    purpose: Purpose
    topic: str
    state: ConsentState
    source: str
    said_at: datetime
    wording: str
    url: str
    name: str
    locale: str


@action(
    "messaging.import_consents",
    permission="customers.merge",
    summary="Take over consents from a CSV",
)
def import_consents(*, text: str, by: Actor, at: datetime) -> ConsentImport:
    """Take over consents, all lines or none; what was said here later stays in force.

    Columns: ``address``, ``state`` (granted or withdrawn), ``said_at`` (ISO 8601; without a zone
    the store's) and ``source`` are needed; ``channel`` (email), ``purpose`` (marketing), ``topic``,
    ``wording``, ``url``, ``name`` and ``locale`` may be there. A mistake is named with its line.

    :raises Invalid: no CSV with the needed columns, or too many lines.
    """
    reader = csv.DictReader(io.StringIO(storable(text).lstrip("\ufeff")), delimiter=_sign(text))
    names = {str(name).strip().lower() for name in reader.fieldnames or ()}
    if missing := [name for name in NEEDED if name not in names]:
        raise Invalid(f"The first line must name the columns {', '.join(missing)}.", field="file")
    zone = ZoneInfo(stores.get_store().timezone)
    rows: list[_Row] = []
    errors: list[tuple[int, str]] = []
    for record in reader:
        if reader.line_num > MOST_ROWS + 1:
            raise Invalid(f"At most {MOST_ROWS:,} lines at a time: split the file.", field="file")
        values = {str(k).strip().lower(): (v or "").strip() if isinstance(v, str) else ""
                  for k, v in record.items()}  # fmt: skip
        try:
            rows.append(_read(values, zone, at))
        except ValueError as error:
            errors.append((reader.line_num, str(error)))
    if errors:
        return ConsentImport(len(rows) + len(errors), 0, tuple(errors[:MOST_ERRORS]))
    written = _write(rows, by=by, at=at)
    audit.note(
        subject=f"store:{current_store_id()}", changes={"imported_consents": [None, written]}
    )
    return ConsentImport(len(rows), written)


def _sign(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _read(values: Mapping[str, str], zone: ZoneInfo, at: datetime) -> _Row:
    """Read one line.

    :raises ValueError: with what is wrong in it.
    """
    channel = _one_of(values.get("channel") or "email", ("email", "sms"), "channel")
    try:
        normalize_address(channel, values["address"])
    except UnusableAddress as error:
        raise ValueError(f"“{values['address'][:80]}”: {error}") from error
    state = _STATES.get(values["state"].lower())
    if state is None:
        raise ValueError("state: write granted or withdrawn.")
    if not values["source"]:
        raise ValueError("source is empty: where did the person say it?")
    topic = values.get("topic", "")
    if topic and find_topic(topic) is None:
        raise ValueError(f"topic: there is no “{topic[:40]}”.")
    purpose = values.get("purpose") or (find_topic(topic).purpose if topic else "marketing")  # type: ignore[union-attr]
    return _Row(
        values["address"],
        Channel(channel),
        Purpose(_one_of(purpose, ("marketing", "service"), "purpose")),
        topic,
        state,
        values["source"][:100],
        _moment(values["said_at"], zone, at),
        values.get("wording", ""),
        values.get("url", ""),
        values.get("name", "")[:200],
        values.get("locale", "")[:35],
    )


def _one_of(value: str, known: tuple[str, ...], column: str) -> str:
    if value.lower() not in known:
        raise ValueError(f"{column}: write {' or '.join(known)}.")
    return value.lower()


def _moment(text: str, zone: ZoneInfo, at: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("said_at: write date and time like 2025-11-30 14:05.") from error
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if moment > at:
        raise ValueError("said_at lies in the future.")
    return moment


def _write(rows: list[_Row], *, by: Actor, at: datetime) -> int:
    if not rows:
        return 0
    with transaction.atomic():
        people = customers.resolve_customers([_claim(row) for row in rows], at=at)
        grants = [_grant(row, who, at) for row, who in zip(rows, people, strict=True)]
        return record_consent(grants, by=by, at=at)


def _claim(row: _Row) -> PersonClaim:
    is_email = row.channel is Channel.EMAIL
    return PersonClaim(
        email=row.address if is_email else "",
        phone="" if is_email else row.address,
        name=row.name,
        locale=row.locale,
        seen_at=row.said_at,
    )


def _grant(row: _Row, customer_id: UUID, at: datetime) -> ConsentGrant:
    return ConsentGrant(
        customer_id,
        row.channel,
        row.purpose,
        row.state,
        f"import: {row.source}",
        row.said_at,
        topic=row.topic,
        proof={"imported_at": at.isoformat(), "address": row.address},
        wording=row.wording,
        wording_locale=language_of(row.locale),
        url=row.url,
    )
