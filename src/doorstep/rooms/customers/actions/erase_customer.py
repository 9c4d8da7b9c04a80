"""A person's right to a copy and to be forgotten (GDPR art. 15, 17, 20; CCPA)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.rooms.customers.actions.merge_customers import lock_customers
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.customers.exporting import read_all
from doorstep.rooms.customers.forgetting import forget_all
from doorstep.rooms.customers.models import Customer, Identity, Merge, MergeSuggestion
from doorstep.rooms.customers.queries import person_of

_EMPTY = {
    "name": "",
    "search_name": "",
    "email": "",
    "email_is_relay": False,
    "phone": "",
    "phone_shown": "",
    "locale": "",
    "timezone": "",
    "preferred_channel": "",
    "country_code": "",
    "region_code": "",
    "tags": [],
    "note": "",
    "birth_day": None,
    "birth_month": None,
    "birth_year": None,
    "favorite_holiday": "",
    "favorite_color": "",
    "sizes": {},
    "interests": [],
}
_EXPORTED = (
    "name",
    "email",
    "phone",
    "phone_shown",
    "locale",
    "timezone",
    "preferred_channel",
    "country_code",
    "region_code",
    "tags",
    "note",
    "birth_day",
    "birth_month",
    "birth_year",
    "favorite_holiday",
    "favorite_color",
    "sizes",
    "interests",
    "created_at",
    "first_seen_at",
    "last_seen_at",
)


def _survivor_of(customer_id: UUID) -> UUID:
    row = Customer.objects.filter(id=customer_id).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return row.merged_into_id or row.id


def _absorbed_by(customer_id: UUID) -> set[UUID]:
    return set(Customer.objects.filter(merged_into=customer_id).values_list("id", flat=True))


@action(
    "customers.export_customer",
    permission="customers.merge",
    summary="Export what is known of a person",
)
def export_customer(*, customer_id: UUID, by: Actor, at: datetime) -> dict[str, Any]:
    """Return everything that is kept about the person, those merged into the customer included.

    Here ``exported_at``, ``customers`` and ``identities`` as plain JSON; beside them, under its
    name, what each room registered (``exporting.py``), as contracts.

    :raises NotFound: there is no such customer in this store.
    """
    survivor = _survivor_of(customer_id)
    audit.note(subject=f"customer:{survivor}")
    rows = Customer.objects.filter(Q(id=survivor) | Q(merged_into=survivor)).order_by("id")
    identities = Identity.objects.filter(customer_id=survivor).order_by("id")
    return {
        "exported_at": at.isoformat(),
        "customers": [
            {"id": str(row.id)} | {field: _plain(getattr(row, field)) for field in _EXPORTED}
            for row in rows
        ],
        "identities": [
            {
                "kind": row.kind,
                "channel": row.channel,
                "value": row.value,
                "since": row.created_at.isoformat(),
            }
            for row in identities
        ],
        **read_all(survivor, at=at),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@action(
    "customers.erase_customer",
    permission="settings.edit",
    summary="Erase a person; ids stay, so that sums and ledgers still add up",
)
def erase_customer(*, customer_id: UUID, by: Actor, at: datetime) -> None:
    """Empty the customer and everybody merged into it, and forget what they are recognized by.

    Cannot be undone. Other rooms erase their copies on ``CustomerErased``; what the law makes
    the store keep (the money of an order) stays under the bare id. Erasing twice is fine.

    :raises NotFound: there is no such customer in this store.
    """
    survivor = _survivor_of(customer_id)
    rows = lock_customers(survivor, *_absorbed_by(survivor))
    ids = sorted(rows)
    if rows[survivor].merged_into_id or not rows.keys() >= _absorbed_by(survivor):
        raise Conflict("The customer was merged with another just now: try again.")
    audit.note(subject=f"customer:{survivor}", changes={"erased": [False, True]})
    forget_all(person_of(ids), at=at)
    Identity.objects.filter(customer_id__in=ids).delete()
    # The pairs themselves say that two people were one; with both unknown they say nothing.
    MergeSuggestion.objects.filter(Q(first_id__in=ids) | Q(second_id__in=ids)).delete()
    Merge.objects.filter(Q(survivor_id__in=ids) | Q(absorbed_id__in=ids)).update(moved={})
    changed = Customer.objects.filter(id__in=ids, erased_at__isnull=True).update(
        **_EMPTY, erased_at=at
    )
    if changed:
        publish(
            CustomerErased(ids),
            key=survivor,
            at=at,
            by=by,
            subject=f"customer:{survivor}",
        )
