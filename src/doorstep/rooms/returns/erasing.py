"""Forget people: what they wrote and showed goes, what came back and was paid stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.models import (
    ReturnAuthorization,
    ReturnedPiece,
    ReturnLabel,
    ReturnLine,
    ReturnPhoto,
    ReturnScan,
    Withdrawal,
)

ERASED = "erased"


def erase_people(customer_ids: Collection[UUID], *, at: datetime) -> None:
    """Erase names, addresses, notes, pictures and labels of customers' returns."""
    order_ids = orders.list_order_ids_of(customer_ids)
    rows = ReturnAuthorization.objects.filter(order__in=order_ids)
    ReturnPhoto.objects.filter(order__in=order_ids).delete()
    ReturnLine.objects.filter(authorization__in=rows).update(note="")
    ReturnedPiece.objects.filter(authorization__in=rows).update(note="")
    ReturnScan.objects.filter(authorization__in=rows).update(place="", words="")
    ReturnLabel.objects.filter(authorization__in=rows).update(
        document=None, content_type="", code_document=None, code_type=""
    )
    Withdrawal.objects.filter(Q(order__in=order_ids) | Q(authorization__in=rows)).update(
        name=ERASED, contact=ERASED, text="", content=ERASED, erased_at=at
    )
    for row in rows.select_for_update(no_key=True).order_by("id"):
        row.recipient_name = row.recipient_email = row.note = ""
        row.search_text = row.number.lower()
        row.save(update_fields=["recipient_name", "recipient_email", "note", "search_text"])
