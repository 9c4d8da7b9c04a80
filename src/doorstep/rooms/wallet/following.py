"""What wallets do when customers are merged, separated or erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged
from doorstep.rooms.wallet import books
from doorstep.rooms.wallet.models import GiftCard, MergedValue


def merge(event: CustomersMerged, *, by: Actor, at: datetime) -> None:
    """Move the absorbed customer's credit and cards, and remember which.

    Two merges in a row may come in either order: the survivor is asked for anew, so whichever
    comes last, everything ends with the last survivor. A second time moves nothing.
    """
    absorbed, nominal = event.absorbed_id, event.survivor_id
    survivor = books.survivors([nominal]).get(nominal, nominal)
    lots = ledger.move_holder(
        books.CREDIT, f"customer:{absorbed}", f"customer:{survivor}",
        cause=f"merge:{event.merge_id}", words="", by=by, at=at,
    )  # fmt: skip
    bought = list(GiftCard.objects.filter(buyer_id=absorbed).values_list("id", flat=True))
    GiftCard.objects.filter(id__in=bought).update(buyer_id=survivor)
    shared = {
        "store_id": current_store_id(), "merge_id": event.merge_id, "moved_from_id": absorbed,
        "moved_to_id": nominal,
    }  # fmt: skip
    MergedValue.objects.bulk_create(
        [
            *(MergedValue(id=new_id(), lot_id=lot, **shared) for lot in lots),
            *(MergedValue(id=new_id(), gift_card_id=card, **shared) for card in bought),
        ],
        ignore_conflicts=True,
    )


def unmerge(event: CustomersUnmerged, *, by: Actor, at: datetime) -> None:
    """Move back what that merge moved, with what is left of it, and what had reached the restored
    customer by a merge before.
    """
    restored = event.restored_id
    rows = MergedValue.objects.filter(Q(merge_id=event.merge_id) | Q(moved_to_id=restored))
    values = list(rows.values_list("lot_id", "gift_card_id"))
    ledger.move_lots(
        {lot for lot, _ in values if lot}, f"customer:{restored}",
        cause=f"unmerge:{event.merge_id}", words="", by=by, at=at,
        from_holder=f"customer:{event.survivor_id}",
    )  # fmt: skip
    GiftCard.objects.filter(
        id__in={card for _, card in values if card}, buyer_id=event.survivor_id
    ).update(buyer_id=restored)
    MergedValue.objects.filter(merge_id=event.merge_id).delete()


def erase(customer_ids: Collection[UUID]) -> None:
    """Erase what buyers wrote on gift cards; the books stay, and a card not sent yet is still sent.

    Store credit stays on the nameless account until it ends: the figures belong to the books.
    """
    mine = GiftCard.objects.filter(buyer_id__in=customer_ids)
    mine.update(sender_name="", words="")
    mine.filter(Q(send_at__isnull=True) | Q(sent_at__isnull=False)).update(
        recipient_name="", recipient_email="", send_at=None
    )
