"""Make two customers one, and take it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.contracts import MergeInfo
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged
from doorstep.rooms.customers.models import Customer, Identity, Merge, MergeSuggestion
from doorstep.rooms.customers.queries import merge_info
from doorstep.rooms.customers.rules import merging


def lock_customers(*customer_ids: UUID) -> dict[UUID, Customer]:
    """Lock customers in the order of their ids, as everybody does, against intake and merges.

    :raises NotFound: one is not in this store.
    """
    rows = Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id")
    found = {row.id: row for row in rows}
    if len(found) < len(set(customer_ids)):
        raise NotFound("There is no such customer.")
    return found


@action(
    "customers.merge_customers",
    permission="customers.merge",
    summary="Make two customers one",
    undo="customers.undo_merge",
)
def merge_customers(*, survivor_id: UUID, absorbed_id: UUID, by: Actor, at: datetime) -> MergeInfo:
    """Move everything of one customer to another, who stays.

    Identities and blanks move here; other rooms follow on ``CustomersMerged``.

    :raises NotFound: one of them is not in this store.
    :raises Conflict: one of them was merged or erased before.
    """
    if survivor_id == absorbed_id:
        raise Invalid("Choose two different customers.", field="absorbed_id")
    rows = lock_customers(survivor_id, absorbed_id)
    survivor, absorbed = rows[survivor_id], rows[absorbed_id]
    for row in (survivor, absorbed):
        if row.merged_into_id is not None or row.erased_at is not None:
            raise Conflict("One of the two was merged or erased meanwhile: look again.")
    merge = Merge.objects.create(
        store_id=current_store_id(),
        survivor=survivor,
        absorbed=absorbed,
        moved=_move(survivor, absorbed),
        at=at,
        by=by.key,
        by_label=by.label,
    )
    _settle(survivor_id, absorbed_id, by=by, at=at)
    audit.note(subject=f"customer:{survivor_id}", changes={"absorbed": [None, str(absorbed_id)]})
    publish(
        CustomersMerged(merge.id, survivor_id, absorbed_id),
        key=survivor_id,
        at=at,
        by=by,
        subject=f"customer:{survivor_id}",
    )
    return merge_info(merge)


def _move(survivor: Customer, absorbed: Customer) -> dict[str, Any]:
    """Move what this room keeps; return it in the form :func:`undo_merge` takes back."""
    identities = list(
        Identity.objects.filter(customer=absorbed).order_by("id").values_list("id", flat=True)
    )
    Identity.objects.filter(id__in=identities).update(customer=survivor)
    # Those absorbed earlier point to the new survivor too, so that one step finds it.
    earlier = list(
        Customer.objects.filter(merged_into=absorbed).order_by("id").values_list("id", flat=True)
    )
    Customer.objects.filter(id__in=earlier).update(merged_into=survivor)
    filled = merging.fill(survivor, absorbed)
    survivor.save(update_fields=sorted(filled))
    absorbed.merged_into = survivor
    absorbed.save(update_fields=["merged_into"])
    return {
        "identities": [str(key) for key in identities],
        "absorbed_earlier": [str(key) for key in earlier],
        "filled": filled,
    }


def _settle(first: UUID, second: UUID, *, by: Actor, at: datetime) -> None:
    small, large = sorted((first, second))
    MergeSuggestion.objects.filter(first_id=small, second_id=large, settled_at__isnull=True).update(
        settled_at=at, settled_by=by.key
    )


@action("customers.undo_merge", permission="customers.merge", summary="Take a merge of two back")
def undo_merge(*, merge_id: UUID, by: Actor, at: datetime) -> MergeInfo:
    """Move exactly what the merge moved back to who had it.

    What came after the merge (orders, new addresses) stays with the survivor, and so does a
    field that was edited after the merge had filled it.

    :raises NotFound: there is no such merge in this store.
    :raises Conflict: undone before, or the survivor was merged or erased since.
    """
    known = Merge.objects.filter(id=merge_id).first()
    if known is None:
        raise NotFound("There is no such merge.")
    rows = lock_customers(known.survivor_id, known.absorbed_id)
    merge = Merge.objects.select_for_update().get(id=merge_id)  # as it is now we hold the locks
    survivor, absorbed = rows[merge.survivor_id], rows[merge.absorbed_id]
    if merge.undone_at is not None:
        raise Conflict("This merge was undone before.")
    if survivor.erased_at is not None:
        raise Conflict("The customer was erased: there is nothing left to move back.")
    if survivor.merged_into_id is not None:
        raise Conflict("The survivor was merged into another since: undo that merge first.")
    _move_back(merge, survivor, absorbed)
    merge.undone_at, merge.undone_by, merge.undone_by_label = at, by.key, by.label
    merge.save(update_fields=["undone_at", "undone_by", "undone_by_label"])
    audit.note(subject=f"customer:{survivor.id}", changes={"restored": [None, str(absorbed.id)]})
    publish(
        CustomersUnmerged(merge.id, survivor.id, absorbed.id),
        key=survivor.id,
        at=at,
        by=by,
        subject=f"customer:{survivor.id}",
    )
    return merge_info(merge)


def _move_back(merge: Merge, survivor: Customer, absorbed: Customer) -> None:
    moved = merge.moved
    Identity.objects.filter(id__in=moved["identities"], customer=survivor).update(customer=absorbed)
    Customer.objects.filter(id__in=moved["absorbed_earlier"], merged_into=survivor).update(
        merged_into=absorbed
    )
    survivor.save(update_fields=sorted(merging.unfill(survivor, moved["filled"])))
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])


@action(
    "customers.dismiss_suggestion",
    permission="customers.merge",
    summary="Say that two customers are two people",
)
def dismiss_suggestion(*, suggestion_id: UUID, by: Actor, at: datetime) -> None:
    """Settle a suggestion without merging; the pair is not suggested again.

    :raises NotFound: there is no open suggestion with this id.
    """
    changed = MergeSuggestion.objects.filter(id=suggestion_id, settled_at__isnull=True).update(
        settled_at=at, settled_by=by.key
    )
    if not changed:
        raise NotFound("This suggestion was settled before.")
    audit.note(subject=f"suggestion:{suggestion_id}", changes={"settled": [False, True]})
