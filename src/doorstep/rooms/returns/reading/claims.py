"""Withdrawals and make-goods as others see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Func, Q, Sum, TextField, Value
from django.db.models.functions import Lower, Trim

from doorstep.kernel.errors import NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Person
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import (
    MakeGoodRemedy,
    MakeGoodRule,
    MakeGoodState,
    MakeGoodView,
    WithdrawalState,
    WithdrawalView,
)
from doorstep.rooms.returns.flow.making_good import month_of
from doorstep.rooms.returns.flow.withdrawing import refund_by
from doorstep.rooms.returns.models import MakeGood, MakeGoodPlan, Withdrawal
from doorstep.rooms.returns.models.claims import TROUBLES

MAX_LIST = 200


def withdrawal_view(row: Withdrawal) -> WithdrawalView:
    """Return a withdrawal as it was sent, and what became of it."""
    return WithdrawalView(
        id=row.id,
        number=row.number,
        name=row.name,
        order_number=row.order_number,
        contact=row.contact,
        text=row.text,
        received_at=row.received_at,
        state=WithdrawalState(row.state),
        order_id=row.order_id,
        return_id=row.authorization_id,
        refund_by=refund_by(row.received_at),
        note=row.note,
    )


def get_withdrawal(withdrawal_id: UUID) -> WithdrawalView:
    """Return one. :raises NotFound: there is none in this store."""
    row = Withdrawal.objects.filter(id=withdrawal_id).first()
    if row is None:
        raise NotFound("There is no such withdrawal.")
    return withdrawal_view(row)


def list_withdrawals(*, state: str = "", limit: int = 50) -> list[WithdrawalView]:
    """List withdrawals: those a person has to look at oldest first, else newest first."""
    rows = Withdrawal.objects.order_by("-received_at", "-id")
    if state:
        rows = rows.filter(state=state)
    if state == WithdrawalState.UNMATCHED:
        rows = rows.order_by("received_at", "id")
    return [withdrawal_view(row) for row in rows[: min(limit, MAX_LIST)]]


def list_withdrawals_of(order_ids: Collection[UUID]) -> list[WithdrawalView]:
    """List the withdrawals of orders, oldest first."""
    rows = Withdrawal.objects.filter(order__in=order_ids).order_by("received_at")
    return [withdrawal_view(row) for row in rows]


def find_withdrawals_by_contact(person: Person) -> list[Withdrawal]:
    """Find what a person sent through the withdrawal function, recognized by its contact alone.

    A telephone number is read as its sender would write it, with or without the country.
    """
    if not person.emails and not person.phones:
        return []
    tails = Q()
    for phone in person.phones:
        tails |= Q(digits__endswith=phone[-_TAIL:])
    by_number = Q(pk__in=[])
    if tails:
        by_number = ~Q(contact__contains="@") & tails
    rows = Withdrawal.objects.annotate(
        digits=Func(
            F("contact"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace",
            output_field=TextField(),
        ),
        address=Lower(Trim("contact")),
    ).filter(Q(address__in=person.emails) | by_number, erased_at__isnull=True)  # fmt: skip
    return [row for row in rows.order_by("received_at", "id") if _is_theirs(row, person)]


_TAIL = 7  # digits that two writings of one number share; the whole number is compared after


def _is_theirs(row: Withdrawal, person: Person) -> bool:
    if "@" in row.contact:
        return True
    owner = customers.find_customer_by_phone(row.contact)
    return owner is not None and owner.id in person.customer_ids


def make_good_view(row: MakeGood, number: str = "") -> MakeGoodView:
    """Return what was done, or is proposed, for one parcel."""
    if not number:
        number = orders.get_order_marks([row.order_id])[row.order_id].number
    return MakeGoodView(
        id=row.id,
        order_id=row.order_id,
        order_number=number,
        tracker_id=row.tracker_id,
        trouble=row.trouble,
        remedy=MakeGoodRemedy(row.remedy),
        state=MakeGoodState(row.state),
        currency=row.currency,
        amount_minor=row.amount_minor,
        new_order_id=row.new_order_id,
        words=row.words,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )


def list_make_goods(*, state: str = "", limit: int = 50) -> list[MakeGoodView]:
    """List make-goods, newest first; those that still wait for their day are left out."""
    rows = MakeGood.objects.filter(due_at__isnull=True).order_by("-proposed_at", "-id")
    if state:
        rows = rows.filter(state=state)
    return _views(list(rows[: min(limit, MAX_LIST)]))


def list_make_goods_of(order_ids: Collection[UUID]) -> list[MakeGoodView]:
    """List what was done for the parcels of orders, oldest first."""
    return _views(list(MakeGood.objects.filter(order__in=order_ids).order_by("proposed_at")))


def _views(rows: list[MakeGood]) -> list[MakeGoodView]:
    marks = orders.get_order_marks({row.order_id for row in rows})
    return [make_good_view(row, marks[row.order_id].number) for row in rows]


def list_make_good_rules() -> list[MakeGoodRule]:
    """List the rule of each kind of trouble; one that nobody set is off."""
    rows = {row.trouble: row for row in MakeGoodPlan.objects.all()}
    return [_rule(trouble, rows.get(trouble)) for trouble in TROUBLES]


def _rule(trouble: str, row: MakeGoodPlan | None) -> MakeGoodRule:
    if row is None:
        remedy = MakeGoodRemedy.CREDIT if trouble == "late" else MakeGoodRemedy.RESHIP
        return MakeGoodRule(trouble, remedy, percent=10 if trouble == "late" else 100)
    return MakeGoodRule(
        row.trouble,
        MakeGoodRemedy(row.remedy),
        row.percent,
        row.after_days,
        row.auto_below_minor,
        row.budget_minor,
        row.is_active,
    )


def budget_spent(*, at: datetime) -> dict[str, int]:
    """Return what this month took of each rule's budget, in the store's currency."""
    rows = (
        MakeGood.objects.filter(state=MakeGoodState.MADE, budget_month=month_of(at))
        .values_list("trouble")
        .annotate(Sum("budget_minor"))
    )
    return dict(rows)
