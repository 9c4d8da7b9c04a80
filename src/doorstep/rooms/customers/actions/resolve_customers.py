"""Recognize the people behind orders, in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction

from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.contracts import IdentityKind, PersonClaim
from doorstep.rooms.customers.rules import matching
from doorstep.rooms.customers.rules.emails import is_relay, normalize_email
from doorstep.rooms.customers.rules.matching import Evidence, Key, Matches, Person
from doorstep.rooms.customers.rules.names import clean, fold_name
from doorstep.rooms.customers.rules.phones import normalize_phone
from doorstep.rooms.stores import api as stores

# Each attempt that fails means that another transaction committed one of our keys meanwhile;
# the next attempt sees it. Nobody loses that often against the same few keys.
_ATTEMPTS = 20


class _LostRace(Exception):
    """Somebody else took an identity, or merged a customer, between our look and our write."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A claim with everything normalized."""

    evidence: Evidence
    name: str
    email: str  # normalized, also a relay's
    email_shown: str
    email_is_relay: bool
    phone: str
    phone_shown: str
    locale: str
    country: str
    region: str
    seen_at: datetime


def resolve_customers(claims: Sequence[PersonClaim], *, at: datetime) -> list[UUID]:
    """Return the customer behind each claim, in order; people nobody knows are created.

    Call it once per transaction, with everybody the transaction is about: identities and rows
    are locked in one global order, so that concurrent intakes wait for each other but never
    in a circle. A claim without e-mail, phone and platform id gets a customer of its own.

    The customers found stay locked (against merging and erasing) until the transaction ends, so
    what the caller writes for them can't miss a merge.

    :param at: the instant of the intake; ``seen_at`` of a claim defaults to it.
    """
    if not claims:
        return []
    store_id = current_store_id()
    read = _read_claims(claims, at)
    for _ in range(_ATTEMPTS):
        try:
            # A savepoint: rolling back frees the keys we did get, so that nobody waits for
            # keys while we start again from the smallest.
            with transaction.atomic():
                return _resolve(store_id, read, at)
        except _LostRace:
            continue
    raise OperationalError("customers kept changing while an intake recognized them")


def _read_claims(claims: Sequence[PersonClaim], at: datetime) -> list[_Read]:
    home = stores.get_store().country_code
    return [_read_claim(claim, home, at) for claim in claims]


def _read_claim(claim: PersonClaim, home: str, at: datetime) -> _Read:
    name = clean(claim.name, 300)
    email = normalize_email(claim.email)
    relay = is_relay(email)
    country = _country(claim.country)
    phone = normalize_phone(claim.phone, country or home)
    platform_id = clean(claim.platform_id, 255)
    evidence = Evidence(
        (IdentityKind.PLATFORM.value, claim.channel, platform_id)
        if platform_id and claim.channel
        else None,
        (IdentityKind.EMAIL.value, "", email) if email and not relay else None,
        (IdentityKind.PHONE.value, "", phone) if phone else None,
        fold_name(name),
    )
    return _Read(
        evidence=evidence,
        name=name,
        email=email,
        email_shown=claim.email.strip() if email else "",
        email_is_relay=relay,
        phone=phone,
        phone_shown=clean(claim.phone, 60),
        locale=clean(claim.locale, 35),
        country=country,
        region=clean(claim.region, 60) if country else "",
        seen_at=claim.seen_at or at,
    )


def _resolve(store_id: UUID, read: list[_Read], at: datetime) -> list[UUID]:
    holders, people = _known(store_id, {key for one in read for key in one.evidence.identities()})
    found = matching.match([one.evidence for one in read], holders, people, new_id)
    _insert_identities(store_id, found, at)
    existing = sorted(set(found.customer_ids) - found.created.keys())
    _lock(store_id, existing)
    _insert_customers(store_id, read, found, at)
    _insert_relays(store_id, read, found, at)
    _update_customers(store_id, read, found)
    _insert_suggestions(store_id, found, at)
    return found.customer_ids


def _known(store_id: UUID, keys: set[Key]) -> tuple[dict[Key, UUID], dict[UUID, Person]]:
    holders: dict[Key, UUID] = {}
    people: dict[UUID, Person] = {}
    if not keys:
        return holders, people
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.kind, i.channel, i.value, c.id, c.search_name,
                   CASE WHEN c.email_is_relay THEN '' ELSE c.email END
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS k(kind, channel, value)
            JOIN customers_identity i
              ON i.store_id = %s AND i.kind = k.kind AND i.channel = k.channel
             AND i.value = k.value AND NOT i.is_relay
            JOIN customers_customer c ON c.id = i.customer_id
            """,
            [*as_columns(sorted(keys), 3), store_id],
        )
        for kind, channel, value, customer_id, name, email in cursor.fetchall():
            holders[kind, channel, value] = customer_id
            people[customer_id] = Person(name, normalize_email(email))
    return holders, people


def _insert_identities(store_id: UUID, found: Matches, at: datetime) -> None:
    """Claim the new identities, smallest first; the customers follow (foreign keys wait).

    :raises _LostRace: another transaction has one of them by now.
    """
    if not found.learned:
        return
    rows = [(new_id(), found.learned[key], *key) for key in sorted(found.learned)]
    with connection.cursor() as cursor:
        # Waits for whoever is inserting the same key; when they commit we insert less.
        cursor.execute(
            """
            INSERT INTO customers_identity
                (id, store_id, customer_id, kind, channel, value, is_relay, created_at)
            SELECT id, %s, customer_id, kind, channel, value, false, %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[])
                 WITH ORDINALITY AS t(id, customer_id, kind, channel, value, nth)
            ORDER BY nth
            ON CONFLICT DO NOTHING
            """,
            [store_id, at, *as_columns(rows, 5)],
        )
        if cursor.rowcount < len(rows):
            raise _LostRace


def _lock(store_id: UUID, customer_ids: list[UUID]) -> None:
    """Lock known customers in the order of their ids.

    :raises _LostRace: one was merged or erased since we looked.
    """
    if not customer_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM customers_customer
            WHERE store_id = %s AND id = ANY(%s::uuid[])
              AND merged_into_id IS NULL AND erased_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
            """,
            [store_id, as_array(customer_ids)],
        )
        if len(cursor.fetchall()) < len(customer_ids):
            raise _LostRace


def _insert_customers(store_id: UUID, read: list[_Read], found: Matches, at: datetime) -> None:
    if not found.created:
        return
    rows = [
        (
            customer_id,
            one.name,
            one.evidence.name,
            one.email_shown,
            one.email_is_relay,
            one.phone,
            one.phone_shown,
            one.locale,
            one.country,
            one.region,
            one.seen_at,
        )
        for customer_id, one in ((key, read[index]) for key, index in found.created.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_customer
                (id, store_id, name, search_name, email, email_is_relay, phone, phone_shown,
                 locale, country_code, region_code, timezone, preferred_channel, tags, note,
                 created_at, first_seen_at, last_seen_at)
            SELECT id, %s, name, search_name, email, email_is_relay, phone, phone_shown,
                   locale, country_code, region_code, '', '', '{}', '', %s, seen_at, seen_at
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[],
                        %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
                 AS t(id, name, search_name, email, email_is_relay, phone, phone_shown, locale,
                      country_code, region_code, seen_at)
            """,
            [store_id, at, *as_columns(rows, 11)],
        )


def _insert_relays(store_id: UUID, read: list[_Read], found: Matches, at: datetime) -> None:
    """Keep new customers' relay addresses, so that a person can be searched by them."""
    rows = [
        (new_id(), customer_id, read[index].email)
        for customer_id, index in found.created.items()
        if read[index].email_is_relay
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_identity
                (id, store_id, customer_id, kind, channel, value, is_relay, created_at)
            SELECT id, %s, customer_id, %s, '', value, true, %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS t(id, customer_id, value)
            """,
            [store_id, IdentityKind.EMAIL.value, at, *as_columns(rows, 3)],
        )


def _update_customers(store_id: UUID, read: list[_Read], found: Matches) -> None:
    """Fill what was blank and move "last seen"; what is known is never overwritten."""
    rows = _gathered(read, found)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE customers_customer AS c SET
                search_name = CASE WHEN c.name = '' THEN t.search_name ELSE c.search_name END,
                name = CASE WHEN c.name = '' THEN t.name ELSE c.name END,
                email_is_relay = CASE WHEN better THEN t.email_is_relay
                                      ELSE c.email_is_relay END,
                email = CASE WHEN better THEN t.email ELSE c.email END,
                phone = CASE WHEN c.phone = '' THEN t.phone ELSE c.phone END,
                phone_shown = CASE WHEN c.phone = '' AND (t.phone <> '' OR c.phone_shown = '')
                                   THEN t.phone_shown ELSE c.phone_shown END,
                locale = CASE WHEN c.locale = '' THEN t.locale ELSE c.locale END,
                country_code = CASE WHEN c.country_code = '' THEN t.country_code
                                    ELSE c.country_code END,
                -- where they live now: the latest address in their country tells
                region_code = CASE WHEN t.region_code <> '' AND t.last_seen_at >= c.last_seen_at
                                        AND c.country_code IN ('', t.country_code)
                                   THEN t.region_code ELSE c.region_code END,
                first_seen_at = least(c.first_seen_at, t.first_seen_at),
                last_seen_at = greatest(c.last_seen_at, t.last_seen_at)
            FROM (
                SELECT t.*, old.email = '' OR (old.email_is_relay AND NOT t.email_is_relay
                                               AND t.email <> '') AS better
                FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bool[],
                            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                            %s::timestamptz[], %s::timestamptz[])
                     AS t(id, name, search_name, email, email_is_relay, phone, phone_shown,
                          locale, country_code, region_code, first_seen_at, last_seen_at)
                JOIN customers_customer old ON old.id = t.id
            ) AS t
            WHERE c.store_id = %s AND c.id = t.id
            """,
            [*as_columns(rows, 12), store_id],
        )


def _gathered(read: list[_Read], found: Matches) -> list[tuple[object, ...]]:
    """Sum up what the claims say of each customer: one row a customer, blanks filled in order.

    A customer created by the only claim about them has nothing to add.
    """
    claims: dict[UUID, list[_Read]] = {}
    for customer_id, one in zip(found.customer_ids, read, strict=True):
        claims.setdefault(customer_id, []).append(one)
    rows: list[tuple[object, ...]] = []
    for customer_id, ones in claims.items():
        if len(ones) == 1 and customer_id in found.created:
            continue
        named = next((one for one in ones if one.evidence.name), ones[0])
        mailed = next((one for one in ones if one.evidence.email), None) or next(
            (one for one in ones if one.email), ones[0]
        )
        phoned = next((one for one in ones if one.phone), ones[0])
        country = next((one.country for one in ones if one.country), "")
        rows.append(
            (
                customer_id,
                named.name,
                named.evidence.name,
                mailed.email_shown,
                mailed.email_is_relay,
                phoned.phone,
                phoned.phone_shown,
                next((one.locale for one in ones if one.locale), ""),
                country,
                _latest_region(ones, country),
                min(one.seen_at for one in ones),
                max(one.seen_at for one in ones),
            )
        )
    return rows


def _latest_region(ones: list[_Read], country: str) -> str:
    of_country = [one for one in ones if one.region and one.country == country]
    latest = max(of_country, key=lambda one: one.seen_at, default=None)
    return latest.region if latest else ""


def _insert_suggestions(store_id: UUID, found: Matches, at: datetime) -> None:
    if not found.suggestions:
        return
    rows = [(new_id(), *pair, found.suggestions[pair].value) for pair in sorted(found.suggestions)]
    with connection.cursor() as cursor:
        # A pair that was suggested before, and perhaps dismissed, is not asked again.
        cursor.execute(
            """
            INSERT INTO customers_mergesuggestion
                (id, store_id, first_id, second_id, reason, created_at, settled_by)
            SELECT id, %s, first_id, second_id, reason, %s, ''
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[])
                 WITH ORDINALITY AS t(id, first_id, second_id, reason, nth)
            ORDER BY nth
            ON CONFLICT DO NOTHING
            """,
            [store_id, at, *as_columns(rows, 4)],
        )


def _country(code: str) -> str:
    upper = code.strip().upper()
    return upper if len(upper) == 2 and upper.isascii() and upper.isalpha() else ""
