"""Give customers a tag, or take it away: by hand, through the API, as a step of a journey."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.actions.edit_customer import lock_living, save_changes
from doorstep.rooms.customers.events import CustomerChanged
from doorstep.rooms.customers.rules.names import clean

LONGEST_TAG = 60
MOST_TAGS = 200

# In the order of ids, as everybody locks them.
_LOCKED = """
WITH locked AS (
    SELECT id FROM customers_customer
    WHERE store_id = %(store)s AND id = ANY(%(ids)s)
      AND merged_into_id IS NULL AND erased_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
)
"""


def add_tag(ids: Collection[UUID], *, tag: str, by: Actor, at: datetime) -> None:
    """Give many customers a tag; who was merged or erased meanwhile is left out."""
    update = """
        UPDATE customers_customer c SET tags = array_append(c.tags, %(tag)s)
        FROM locked WHERE c.id = locked.id
          AND NOT %(tag)s = ANY(c.tags) AND cardinality(c.tags) < %(most)s
        RETURNING c.id
        """
    _run(update, ids, tag, by, at)


def drop_tag(ids: Collection[UUID], *, tag: str, by: Actor, at: datetime) -> None:
    """Take a tag from many customers."""
    update = """
        UPDATE customers_customer c SET tags = array_remove(c.tags, %(tag)s)
        FROM locked WHERE c.id = locked.id AND %(tag)s = ANY(c.tags)
        RETURNING c.id
        """
    _run(update, ids, tag, by, at)


def _run(update: str, ids: Collection[UUID], tag: str, by: Actor, at: datetime) -> None:
    """Lock and write in one statement, and say whom it changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LOCKED + update,
            {
                "store": current_store_id(),
                "ids": list(ids),
                "tag": _tag(tag),
                "most": MOST_TAGS,
            },
        )
        changed = [customer_id for (customer_id,) in cursor.fetchall()]
    publish_many(
        [
            EventDraft(
                CustomerChanged(customer_id, ["tags"]),
                customer_id,
                at,
                by,
                f"customer:{customer_id}",
            )
            for customer_id in changed
        ]
    )


def _tag(raw: str) -> str:
    tag = clean(raw, LONGEST_TAG)
    if not tag:
        raise Invalid("Write the tag.", field="tag")
    return tag


@action(
    "customers.tag_customer",
    permission="customers.merge",
    summary="Give a customer a tag",
    undo="customers.untag_customer",
    runs_for="customer_id",
    for_set=add_tag,
)
def tag_customer(*, customer_id: UUID, tag: str, by: Actor, at: datetime) -> None:
    """Add a tag; one that is there already changes nothing.

    :raises NotFound: there is no such customer in this store.
    :raises Invalid: the tag is empty, or the customer has 200 already.
    :raises Conflict: the customer was merged or erased.
    """
    row, wanted = lock_living(customer_id), _tag(tag)
    if wanted in row.tags:
        return
    if len(row.tags) >= MOST_TAGS:
        raise Invalid(f"A customer can have {MOST_TAGS} tags: take one away first.", field="tag")
    save_changes(row, {"tags": [*row.tags, wanted]}, by=by, at=at)


@action(
    "customers.untag_customer",
    permission="customers.merge",
    summary="Take a tag from a customer",
    undo="customers.tag_customer",
    runs_for="customer_id",
    for_set=drop_tag,
)
def untag_customer(*, customer_id: UUID, tag: str, by: Actor, at: datetime) -> None:
    """Remove a tag; one that is not there changes nothing.

    :raises NotFound: there is no such customer in this store.
    :raises Conflict: the customer was merged or erased.
    """
    row, wanted = lock_living(customer_id), _tag(tag)
    if wanted in row.tags:
        kept = [one for one in row.tags if one != wanted]
        save_changes(row, {"tags": kept}, by=by, at=at)
