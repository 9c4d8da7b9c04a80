"""What orders do when stock or customers change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import update_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged
from doorstep.rooms.orders.contracts import HoldReason, OrderState
from doorstep.rooms.orders.events import OrdersStillWaiting
from doorstep.rooms.orders.models import (
    Hold,
    MergedOrder,
    Order,
    OrderLine,
    OrderNote,
    Refund,
)
from doorstep.rooms.orders.recording.desk import open_desk
from doorstep.rooms.orders.recording.rechecking import STOCK, Recheck, recheck
from doorstep.rooms.orders.rules.search import search_text
from doorstep.rooms.orders.rules.states import OPEN

ONLY_STOCK = frozenset({STOCK})
ERASED_NOTE = "(erased with the customer)"
# More waiting orders than this are left to the next batch: one must not hold row locks for minutes.
MAX_WAITING = 2_000


def fill_waiting(
    variant_ids: Collection[UUID],
    *,
    by: Actor,
    at: datetime,
    after: tuple[datetime, UUID] | None = None,
) -> None:
    """Reserve again for the orders that lack these variants, oldest first.

    :param after: begin behind this order, given as when it was placed and its id.
    """
    lines = OrderLine.objects.filter(
        variant_id__in=variant_ids,
        removed_at__isnull=True,
        order_id__in=Hold.objects.filter(
            reason=HoldReason.OUT_OF_STOCK, lifted_at__isnull=True
        ).values("order_id"),
    )
    waiting = Order.objects.filter(id__in=lines.values("order_id"), state=OrderState.ON_HOLD)
    if after is not None:
        placed_at, order_id = after
        waiting = waiting.filter(
            Q(placed_at__gt=placed_at) | Q(placed_at=placed_at, id__gt=order_id)
        )
    oldest = waiting.order_by("placed_at", "id").values_list("placed_at", "id")[:MAX_WAITING]
    found = list(oldest)
    _reserve_for([order_id for _, order_id in found], by=by, at=at)
    if len(found) == MAX_WAITING:
        left = OrdersStillWaiting(sorted(variant_ids), *found[-1])
        publish(left, key=f"waiting:{current_store_id()}", at=at, by=by)


def reserve_again(subjects: Iterable[str], *, by: Actor, at: datetime) -> None:
    """Reserve again for orders named like ``order:<id>``."""
    named = [s.partition(":")[2] for s in subjects if s.startswith("order:")]
    _reserve_for([UUID(order_id) for order_id in named], by=by, at=at)


def _reserve_for(order_ids: Sequence[UUID], *, by: Actor, at: datetime) -> None:
    orders = [
        order
        for order in Order.objects.select_for_update(no_key=True)
        .filter(id__in=order_ids)
        .order_by("id")
        if OrderState(order.state) in OPEN
    ]
    if orders:
        asked = [Recheck(o.id, o.customer_id, o.state, ONLY_STOCK) for o in orders]
        recheck(asked, open_desk(by=by, at=at))


def follow_merges(events: Sequence[CustomersMerged | CustomersUnmerged]) -> None:
    """Apply merges and their undoing, a set of orders each.

    Two merges in a row (C into B, B into A) may come from two lanes and so in either order:
    whichever comes last, C's orders end with A, and with B once the outer merge is undone.
    """
    for event in events:
        if isinstance(event, CustomersMerged):
            _move(event)
        else:
            _move_back(event)


def _move(event: CustomersMerged) -> None:
    """Move the absorbed customer's orders and remember which; a second time moves nothing."""
    orders = Order.objects.select_for_update(no_key=True).filter(customer_id=event.absorbed_id)
    ids = list(orders.order_by("id").values_list("id", flat=True))
    store_id = current_store_id()
    MergedOrder.objects.bulk_create(
        [
            MergedOrder(
                id=new_id(),
                store_id=store_id,
                order_id=order_id,
                merge_id=event.merge_id,
                moved_from_id=event.absorbed_id,
                moved_to_id=event.survivor_id,
            )
            for order_id in ids
        ],
        ignore_conflicts=True,
    )
    # The survivor may have been merged into somebody itself by now.
    survivor = customers.get_customers([event.survivor_id])[event.survivor_id]
    Order.objects.filter(id__in=ids).update(customer_id=survivor.id)


def _move_back(event: CustomersUnmerged) -> None:
    """Move back what that merge moved, and what had reached the restored customer by a merge."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order AS o
            SET customer_id = CASE WHEN m.merge_id = %(merge)s THEN m.moved_from_id
                                   ELSE m.moved_to_id END
            FROM orders_mergedorder AS m
            WHERE m.store_id = %(store)s AND o.id = m.order_id AND o.store_id = m.store_id
                  AND (m.merge_id = %(merge)s
                       OR m.moved_to_id = %(restored)s AND o.customer_id = %(survivor)s
                          AND NOT EXISTS (SELECT 1 FROM orders_mergedorder n
                                          WHERE n.order_id = o.id AND n.merge_id = %(merge)s))
            """,
            {
                "store": current_store_id(),
                "merge": event.merge_id,
                "restored": event.restored_id,
                "survivor": event.survivor_id,
            },
        )
    MergedOrder.objects.filter(merge_id=event.merge_id).delete()


def erase_people(customer_ids: Collection[UUID], *, at: datetime) -> None:
    """Erase names, addresses, contacts, wishes and notes; what the books need stays.

    Kept: amounts, dates, what was bought, the country (tax) and the order's number.
    """
    ids = list(
        Order.objects.select_for_update(no_key=True)
        .filter(customer_id__in=customer_ids, erased_at__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    Order.objects.filter(id__in=ids).update(
        erased_at=at,
        platform_person_id="",
        email="",
        phone="",
        shopper_name="",
        shipping_address=None,
        billing_address=None,
        platform_address=None,
        postcode_key="",
        note="",
        gift_message="",
        status_url="",
    )
    # Engravings and gift texts are personal; options (color, size) are not.
    OrderLine.objects.filter(order_id__in=ids).update(properties=[])
    Hold.objects.filter(order_id__in=ids, reason=HoldReason.MANUAL).update(details={"note": ""})
    # Its words quote what was written in the address.
    Hold.objects.filter(order_id__in=ids, reason=HoldReason.ADDRESS_INVALID).update(
        details={"fields": {"address": "The address was erased."}}
    )
    Refund.objects.filter(order_id__in=ids).update(reason="")
    OrderNote.objects.filter(order_id__in=ids).update(text=ERASED_NOTE)
    rows = Order.objects.filter(id__in=ids).values_list("id", "number")
    update_rows(
        Order,
        [
            {
                "id": order_id,
                "search_text": search_text(number=number, email="", names=(), skus=()),
            }
            for order_id, number in rows
        ],
    )
