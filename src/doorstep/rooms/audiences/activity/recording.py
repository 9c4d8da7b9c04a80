"""Record what visitors and customers did on the merchant's site: any number in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.errors import Invalid
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import dump_json
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import RecordedActivities, SiteActivity
from doorstep.rooms.audiences.events import SiteActivityRecorded
from doorstep.rooms.audiences.rules import activity as rules
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.customers import api as customers

MOST_AT_ONCE = 500
OLDEST = timedelta(days=730)
AHEAD = timedelta(minutes=10)  # clocks differ

# Visitors in one order, so that two sets with the same two wait for each other, not deadlock.
_MEET = """
    INSERT INTO audiences_visitor AS v (id, store_id, token, first_seen_at, last_seen_at)
    SELECT id, %(store)s, token, first, last
    FROM unnest(%(ids)s::uuid[], %(tokens)s::text[], %(firsts)s::timestamptz[],
                %(lasts)s::timestamptz[]) AS t(id, token, first, last)
    ORDER BY token
    ON CONFLICT (store_id, token) DO UPDATE SET
        first_seen_at = least(v.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(v.last_seen_at, excluded.last_seen_at)
    RETURNING token, id, customer_id
"""
_WRITE = """
    INSERT INTO audiences_siteactivity
        (id, store_id, key, kind, visitor_id, customer_id, product_id, product_ref, details,
         occurred_at, recorded_at)
    SELECT id, %s, key, kind, visitor, customer, product, ref, details::jsonb, occurred, %s
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
                %s::text[], %s::timestamptz[])
         AS t(id, key, kind, visitor, customer, product, ref, details, occurred)
    ORDER BY key
    ON CONFLICT (store_id, key) DO NOTHING
    RETURNING id
"""


@action(
    "audiences.record_site_activities",
    permission="audiences.edit",
    summary="Record what visitors did on the site",
)
def record_site_activities(
    *, activities: Sequence[SiteActivity], by: Actor, at: datetime
) -> RecordedActivities:
    """Record what the merchant's own systems tell; the same keys again change nothing.

    :raises Invalid: one of them can't be recorded; nothing is then, ``field`` says which.
    """
    if len(activities) > MOST_AT_ONCE:
        raise Invalid(f"Send at most {MOST_AT_ONCE} activities at once.", field="activities")
    for nth, one in enumerate(activities):
        _check(one, f"activities.{nth}", at)
    named = {one.customer_id for one in activities if one.customer_id is not None}
    missing = named - set(customers.get_customers(named)) if named else set()
    for nth, one in enumerate(activities):
        if one.customer_id in missing:
            raise Invalid("There is no such customer.", field=f"activities.{nth}.customer_id")
    return write(activities, teller="api", by=by, at=at)


def _check(one: SiteActivity, where: str, at: datetime) -> None:
    """:raises Invalid: with the field and what to do."""

    def refuse(field: str, words: str) -> None:
        raise Invalid(words, field=f"{where}.{field}")

    if not rules.is_key(one.key):
        refuse("key", f"Give 1 to {rules.LONGEST_KEY} letters, figures or signs without blanks.")
    if not rules.is_kind(one.kind):
        refuse("kind", "Use small letters, figures and “_”, such as product_viewed.")
    if not one.visitor and one.customer_id is None:
        refuse("visitor", "Name the visitor or the customer.")
    if one.visitor and not rules.is_visitor(one.visitor):
        refuse("visitor", "A visitor's id has 16 to 64 letters, figures, “-” or “_”.")
    if one.occurred_at > at + AHEAD:
        refuse("occurred_at", "This lies in the future.")
    if one.occurred_at < at - OLDEST:
        refuse("occurred_at", "This is more than two years ago.")
    if len(one.product_ref) > rules.LONGEST_TEXT or not rules.is_storable(one.product_ref):
        refuse("product_ref", f"Keep it under {rules.LONGEST_TEXT} characters.")
    if one.kind in (rules.WISHED, rules.UNWISHED) and not one.product_ref:
        refuse("product_ref", "Say which product.")
    problem = rules.problem_of(one.details or {})
    if problem is not None:
        refuse(f"details.{problem[0]}", problem[1])


def write(
    activities: Sequence[SiteActivity], *, teller: str, by: Actor, at: datetime
) -> RecordedActivities:
    """Write checked activities within the caller's transaction.

    :param teller: keys are apart by teller, so that a browser can't take up a system's keys.
    """
    if not activities:
        return RecordedActivities(0, 0)
    people = _meet(activities)
    products = catalog.find_products_by_ref({one.product_ref for one in activities})
    rows, whose = [], {}
    for one in activities:
        visitor_id, known = people.get(one.visitor, (None, None))
        customer_id = one.customer_id or known
        row_id = new_id()
        rows.append(
            (
                row_id,
                f"{teller}.{one.visitor if teller == 'site' else ''}.{one.key}",
                one.kind,
                visitor_id,
                customer_id,
                products.get(one.product_ref),
                one.product_ref,
                dump_json(dict(one.details or {})),
                one.occurred_at,
            )
        )
        whose[row_id] = (one, visitor_id, customer_id, products.get(one.product_ref))
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [current_store_id(), at, *as_columns(rows, 9)])
        new = {row_id for (row_id,) in cursor.fetchall()}
    fresh = [(row_id, *whose[row_id]) for row_id in whose if row_id in new]
    keep_wishes([(one, v, c, p) for _row_id, one, v, c, p in fresh])
    publish_many(
        [
            EventDraft(
                SiteActivityRecorded(row_id, customer_id, one.kind, product_id),
                customer_id,
                at,
                by,
                f"customer:{customer_id}",
            )
            for row_id, one, _visitor, customer_id, product_id in fresh
            if customer_id is not None
        ]
    )
    return RecordedActivities(len(new), len(activities) - len(new))


def _meet(activities: Sequence[SiteActivity]) -> dict[str, tuple[UUID, UUID | None]]:
    """Return each visitor's row and customer, holding the rows; new visitors are made."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for one in activities:
        if one.visitor:
            first, last = spans.get(one.visitor, (one.occurred_at, one.occurred_at))
            spans[one.visitor] = (min(first, one.occurred_at), max(last, one.occurred_at))
    if not spans:
        return {}
    rows = [(new_id(), token, first, last) for token, (first, last) in sorted(spans.items())]
    ids, tokens, firsts, lasts = as_columns(rows, 4)
    values: dict[str, Any] = {"store": current_store_id(), "ids": ids, "tokens": tokens}
    with connection.cursor() as cursor:
        cursor.execute(_MEET, {**values, "firsts": firsts, "lasts": lasts})
        return {token: (visitor_id, known) for token, visitor_id, known in cursor.fetchall()}


_ADD_WISHES = """
    INSERT INTO audiences_wishlistitem
        (id, store_id, visitor_id, customer_id, product_id, product_ref, added_at)
    SELECT id, %s, visitor, customer, product, ref, added
    FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[])
         AS t(id, visitor, customer, product, ref, added)
    ORDER BY customer, visitor, ref
    ON CONFLICT DO NOTHING
"""
_END_WISHES = """
    UPDATE audiences_wishlistitem w SET removed_at = greatest(w.added_at, t.removed)
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[])
         AS t(visitor, customer, ref, removed)
    WHERE w.store_id = %s AND w.removed_at IS NULL AND w.product_ref = t.ref
      AND (w.customer_id = t.customer
           OR t.customer IS NULL AND w.customer_id IS NULL AND w.visitor_id = t.visitor)
"""
Wish = tuple[SiteActivity, UUID | None, UUID | None, UUID | None]


def keep_wishes(told: Sequence[Wish]) -> None:
    """Bring the wish lists to what was last said of each product: on it, or off it."""
    last: dict[tuple[object, str], Wish] = {}
    wishes = [one for one in told if one[0].kind in (rules.WISHED, rules.UNWISHED)]
    for wish in sorted(wishes, key=lambda one: one[0].occurred_at):
        last[(wish[2] or wish[1], wish[0].product_ref)] = wish
    added = [
        (new_id(), visitor, customer, product, one.product_ref, one.occurred_at)
        for one, visitor, customer, product in last.values()
        if one.kind == rules.WISHED
    ]
    ended = [
        (visitor, customer, one.product_ref, one.occurred_at)
        for one, visitor, customer, _product in last.values()
        if one.kind == rules.UNWISHED
    ]
    with connection.cursor() as cursor:
        if added:
            cursor.execute(_ADD_WISHES, [current_store_id(), *as_columns(added, 6)])
        if ended:
            cursor.execute(_END_WISHES, [*as_columns(ended, 4), current_store_id()])
