"""Forget people: what they wrote and showed goes, what came back and was paid stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from doorstep.kernel.actions import approvals
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Person
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
from doorstep.rooms.returns.reading.claims import find_withdrawals_by_contact

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
    _erase_withdrawals(
        Withdrawal.objects.filter(Q(order__in=order_ids) | Q(authorization__in=rows)), at
    )
    approvals.erase_naming([str(one) for one in rows.values_list("id", flat=True)])
    for row in rows.select_for_update(no_key=True).order_by("id"):
        row.recipient_name = row.recipient_email = row.note = ""
        row.search_text = row.number.lower()
        row.save(update_fields=["recipient_name", "recipient_email", "note", "search_text"])


@customers.forgets("withdrawals")
def forget_withdrawals(person: Person, at: datetime) -> None:
    """Erase what a person sent through the withdrawal function where no order was found for it.

    That it came, and when, stays.
    """
    found = find_withdrawals_by_contact(person)
    _erase_withdrawals(Withdrawal.objects.filter(id__in=[row.id for row in found]), at)


def _erase_withdrawals(rows: QuerySet[Withdrawal], at: datetime) -> None:
    rows.update(
        name=ERASED, order_number=ERASED, contact=ERASED, text="", content=ERASED, erased_at=at
    )
