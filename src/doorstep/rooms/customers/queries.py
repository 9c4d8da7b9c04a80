"""Reading customers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import F, Q, QuerySet

from doorstep.kernel.columns import as_array
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.instants import read_instants_fast
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.contracts import (
    Birthday,
    CustomerInfo,
    CustomerPage,
    IdentityInfo,
    MergeInfo,
    Person,
    SuggestionInfo,
    SuggestionReason,
)
from doorstep.rooms.customers.models import Customer, Identity, Merge, MergeSuggestion
from doorstep.rooms.customers.rules.emails import normalize_email
from doorstep.rooms.customers.rules.names import clean, fold_name
from doorstep.rooms.customers.rules.phones import normalize_phone, phone_beginning
from doorstep.rooms.stores import api as stores

# Somebody who types one letter gets a page of whom it finds first, not a wait for everybody.
_MOST_MATCHES = 20_000
_WORDS = {
    SuggestionReason.CONFLICTING_EVIDENCE: "One order named an address or number of both.",
    SuggestionReason.SAME_PHONE: "They share a phone number, but names or e-mails differ.",
}


def info_of(row: Customer) -> CustomerInfo:
    """Turn a row into what crosses the wall."""
    return CustomerInfo(
        id=row.id,
        name=row.name,
        email=row.email,
        email_is_relay=row.email_is_relay,
        phone=row.phone,
        phone_shown=row.phone_shown,
        locale=row.locale,
        timezone=row.timezone,
        preferred_channel=row.preferred_channel,
        country_code=row.country_code,
        region_code=row.region_code,
        tags=tuple(row.tags),
        note=row.note,
        merged_into=row.merged_into_id,
        created_at=row.created_at,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        erased_at=row.erased_at,
        birthday=_birthday(row),
        favorite_holiday=row.favorite_holiday,
        favorite_color=row.favorite_color,
        sizes=row.sizes,
        interests=tuple(row.interests),
    )


def _birthday(row: Customer) -> Birthday | None:
    if row.birth_day is None or row.birth_month is None:
        return None
    return Birthday(row.birth_day, row.birth_month, row.birth_year)


def get_customer(customer_id: UUID) -> CustomerInfo:
    """Return a customer as it is; ``merged_into`` says where somebody merged went.

    :raises NotFound: there is none in this store.
    """
    row = Customer.objects.filter(id=customer_id).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return info_of(row)


def get_customers(customer_ids: Iterable[UUID]) -> dict[UUID, CustomerInfo]:
    """Return customers by the ids asked for; who was merged answers as the survivor.

    Ids that do not exist in this store are left out.
    """
    ids = as_array(set(customer_ids))
    if ids == "{}":
        return {}
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(_BY_ID, {"store": current_store_id(), "ids": ids})
        rows = cursor.fetchall()
    return {row[0]: _info(row[1:]) for row in rows}


# In the order of CustomerInfo's fields. Said once, and read without instances of the model: a
# campaign asks for everybody it writes to, twice.
_COLUMNS = """c.id, c.name, c.email, c.email_is_relay, c.phone, c.phone_shown, c.locale,
           c.timezone, c.preferred_channel, c.country_code, c.region_code, c.tags, c.note,
           c.merged_into_id, c.created_at, c.first_seen_at, c.last_seen_at, c.erased_at,
           c.birth_day, c.birth_month, c.birth_year,
           c.favorite_holiday, c.favorite_color, c.sizes, c.interests"""
# In two halves: a join on coalesce() finds no index, and reads everybody there is.
_BY_ID = """
    SELECT c.id, {columns}
    FROM customers_customer c
    WHERE c.store_id = %(store)s AND c.id = ANY(%(ids)s::uuid[]) AND c.merged_into_id IS NULL
    UNION ALL
    SELECT asked.id, {columns}
    FROM customers_customer asked JOIN customers_customer c ON c.id = asked.merged_into_id
    WHERE asked.store_id = %(store)s AND asked.id = ANY(%(ids)s::uuid[])
      AND asked.merged_into_id IS NOT NULL
""".replace("{columns}", _COLUMNS)


def _info(row: tuple[Any, ...]) -> CustomerInfo:
    """Return a row of :data:`_BY_ID`, without the id that was asked for."""
    *_, day, month, year, holiday, color, sizes, interests = row
    birthday = None if day is None or month is None else Birthday(day, month, year)
    told = (birthday, holiday, color, {} if sizes == "{}" else json.loads(sizes), tuple(interests))
    values: list[Any] = [*row[:11], tuple(row[11]), *row[12:18], *told]
    return CustomerInfo(*values)


def search_customers(
    text: str = "", *, tag: str = "", cursor: str = "", limit: int = 50
) -> CustomerPage:
    """List customers, last seen first, whose name words, e-mail or phone begin with ``text``.

    :param tag: only customers with this tag.
    :param cursor: ``next_cursor`` of the page before.
    :raises Invalid: the cursor is not one of ours.
    """
    rows = Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True)
    if text.strip():
        rows = rows.filter(id__in=_ids_matching(clean(text, 200)))
    if tag:
        rows = rows.filter(tags__contains=[tag])
    if cursor:
        seen_at, last_id = _read_cursor(cursor)
        rows = rows.filter(Q(last_seen_at__lt=seen_at) | Q(last_seen_at=seen_at, id__lt=last_id))
    page = list(rows.order_by("-last_seen_at", "-id")[: limit + 1])
    more = len(page) > limit
    customers = tuple(info_of(row) for row in page[:limit])
    return CustomerPage(customers, _write_cursor(customers[-1]) if more else "")


def _ids_matching(text: str) -> list[UUID]:
    """Return the ids of customers who match.

    A union, so that each part uses its own index, and read first: as a subquery it is planned
    on statistics that know nothing of an import a minute ago, and then takes seconds.
    """
    found: QuerySet[Any, tuple[UUID]] = Identity.objects.filter(
        value__startswith=text.lower()
    ).values_list("customer_id")
    home = stores.get_store().country_code
    if phone := phone_beginning(text, home):
        phones = Identity.objects.filter(value__startswith=phone).values_list("customer_id")
        found = found.union(phones)
    words = ["".join(filter(str.isalnum, word)) for word in fold_name(text).split()]
    if any(words) and "@" not in text:
        query = " & ".join(f"'{word}':*" for word in words if word)
        named = (
            Customer.objects.annotate(words=SearchVector("search_name", config="simple"))
            .filter(words=SearchQuery(query, config="simple", search_type="raw"))
            .values_list("id")
        )
        found = found.union(named)
    return [customer_id for (customer_id,) in found[:_MOST_MATCHES]]


def _write_cursor(last: CustomerInfo) -> str:
    raw = f"{last.last_seen_at.isoformat()}|{last.id}"
    return base64.urlsafe_b64encode(raw.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        seen_at, _, last_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
        return datetime.fromisoformat(seen_at), UUID(last_id)
    except (binascii.Error, ValueError):
        raise Invalid("This page does not exist: start from the first.", field="cursor") from None


def find_customer_by_email(email: str) -> CustomerInfo | None:
    """Return who has this e-mail address, None when nobody or a marketplace's relay."""
    return _find_by("email", normalize_email(email))


def find_customer_by_phone(phone: str, country: str = "") -> CustomerInfo | None:
    """Return who has this phone number; without a prefix it is read as one of ``country``."""
    region = country or stores.get_store().country_code
    return _find_by("phone", normalize_phone(phone, region))


def _find_by(kind: str, value: str) -> CustomerInfo | None:
    if not value:
        return None
    row = (
        Identity.objects.filter(kind=kind, channel="", value=value, is_relay=False)
        .select_related("customer")
        .first()
    )
    return info_of(row.customer) if row else None


def list_identities(customer_id: UUID) -> list[IdentityInfo]:
    """List what a customer is recognized by, oldest first."""
    rows = Identity.objects.filter(customer_id=customer_id).order_by("created_at", "id")
    return [
        IdentityInfo(row.id, row.kind, row.channel, row.value, row.is_relay, row.created_at)
        for row in rows
    ]


def person_of(customer_ids: Collection[UUID]) -> Person:
    """Return how customers can be recognized by address or number; relay addresses don't count."""
    rows = Identity.objects.filter(customer_id__in=customer_ids, is_relay=False)
    values = sorted(rows.values_list("kind", "value"))
    return Person(
        tuple(customer_ids),
        tuple(value for kind, value in values if kind == "email"),
        tuple(value for kind, value in values if kind == "phone"),
    )


def list_merges(customer_id: UUID) -> list[MergeInfo]:
    """List the merges a customer took part in on either side, newest first."""
    rows = Merge.objects.filter(Q(survivor_id=customer_id) | Q(absorbed_id=customer_id))
    return [merge_info(row) for row in rows.order_by("-at", "-id")]


def list_made_one(customer_ids: Collection[UUID], *, since: datetime) -> list[tuple[UUID, UUID]]:
    """Return who was made one with whom lately, as survivor and absorbed, of any of these; a query."""
    asked = as_array(set(customer_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT survivor_id, absorbed_id FROM customers_merge
            WHERE store_id = %(store)s AND survivor_id = ANY(%(ids)s::uuid[])
              AND at > %(since)s AND undone_at IS NULL
            UNION
            SELECT survivor_id, absorbed_id FROM customers_merge
            WHERE store_id = %(store)s AND absorbed_id = ANY(%(ids)s::uuid[])
              AND at > %(since)s AND undone_at IS NULL
            """,
            {"store": current_store_id(), "ids": asked, "since": since},
        )
        return list(cursor.fetchall())


def merge_info(row: Merge) -> MergeInfo:
    """Turn a row into what crosses the wall."""
    return MergeInfo(
        row.id,
        row.survivor_id,
        row.absorbed_id,
        row.at,
        row.by_label,
        row.undone_at,
        row.undone_by_label,
    )


def list_suggestions(*, customer_id: UUID | None = None, limit: int = 50) -> list[SuggestionInfo]:
    """List pairs nobody decided about yet, newest first, of one customer where given."""
    rows = MergeSuggestion.objects.filter(
        settled_at__isnull=True,
        first__merged_into__isnull=True,
        second__merged_into__isnull=True,
    ).select_related("first", "second")
    if customer_id is not None:
        rows = rows.filter(Q(first_id=customer_id) | Q(second_id=customer_id))
    return [
        SuggestionInfo(
            row.id,
            info_of(row.first),
            info_of(row.second),
            row.reason,
            _WORDS[SuggestionReason(row.reason)],
            row.created_at,
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    ]


def list_tags() -> list[str]:
    """List the tags in use, by name."""
    rows = Customer.objects.filter(merged_into__isnull=True).exclude(tags=[])
    found = rows.values_list(F("tags"), flat=True)
    return sorted({tag for tags in found for tag in tags})
