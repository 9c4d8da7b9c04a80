"""The withdrawal function of EU law, and what a person does where no order was found.

Directive 2011/83/EU, art. 11a (in force since 19 June 2026): always there, no login, asks only for
name, order and contact; acknowledged by e-mail with what was sent and when. A withdrawal counts from
the moment it is sent, whether or not we recognize the order; so the answer is always the same.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import (
    WithdrawalReceipt,
    WithdrawalState,
    WithdrawalView,
)
from doorstep.rooms.returns.events import WithdrawalReceived, WithdrawalSettled
from doorstep.rooms.returns.flow.numbering import next_number
from doorstep.rooms.returns.flow.withdrawal_returns import make_return
from doorstep.rooms.returns.flow.withdrawing import refund_by
from doorstep.rooms.returns.models import Withdrawal
from doorstep.rooms.returns.reading.claims import withdrawal_view

MAX_FIELD, MAX_TEXT = 300, 5000


@action(
    "returns.withdraw_from_contract",
    permission="returns.change",
    summary="Withdraw from a contract (EU)",
)
def withdraw_from_contract(
    *, name: str, order_number: str, contact: str, text: str = "", by: Actor, at: datetime
) -> WithdrawalReceipt:
    """Take a withdrawal, whatever it says; the order is looked for after the commit.

    :param contact: where it is acknowledged: an e-mail address (or a telephone number).
    :raises Invalid: one of the three fields is empty or far too long.
    """
    fields = {"name": name, "order_number": order_number, "contact": contact}
    for field, value in fields.items():
        if not value.strip() or len(value) > MAX_FIELD or "\x00" in value:
            raise Invalid("Fill this in.", field=field)
    if len(text) > MAX_TEXT or "\x00" in text:
        raise Invalid(f"Keep it below {MAX_TEXT} characters.", field="text")
    number = next_number("W")
    row = Withdrawal.objects.create(
        store_id=current_store_id(),
        number=number,
        name=name.strip(),
        order_number=order_number.strip(),
        contact=contact.strip(),
        text=text.strip(),
        content=_content(number, name, order_number, contact, text, at),
        received_at=at,
        received_by=by.key,
        state=WithdrawalState.UNMATCHED.value,
    )
    fact = WithdrawalReceived(row.id, number, None, None, refund_by(at))
    publish(fact, key=row.id, at=at, by=by, subject=f"withdrawal:{row.id}")
    audit.note(subject=f"withdrawal:{row.id}", changes={"received": [None, number]})
    return WithdrawalReceipt(row.id, number, at)


@action(
    "returns.match_withdrawal",
    permission="returns.change",
    summary="Say which order a withdrawal is about",
)
def match_withdrawal(
    *, withdrawal_id: UUID, order_id: UUID, by: Actor, at: datetime
) -> WithdrawalView:
    """Give a withdrawal its order; the return is made for all of it that is not back yet.

    :raises NotFound: no such withdrawal or order.
    :raises Conflict: it was settled already.
    """
    row = _open(withdrawal_id)
    if not orders.get_order_marks([order_id]):
        raise NotFound("There is no such order.")
    settle_match(row, order_id, by=by, at=at)
    return withdrawal_view(row)


@action(
    "returns.dismiss_withdrawal",
    permission="returns.change",
    summary="Say that a withdrawal is about no contract of this store",
)
def dismiss_withdrawal(
    *, withdrawal_id: UUID, reason: str, by: Actor, at: datetime
) -> WithdrawalView:
    """Close a withdrawal that belongs to no order here; it stays as evidence, with the reason.

    :raises Invalid: no reason.
    :raises Conflict: it was settled already.
    """
    if not reason.strip():
        raise Invalid("Say what you found.", field="reason")
    row = _open(withdrawal_id)
    row.state, row.note = WithdrawalState.DISMISSED.value, reason.strip()[:2000]
    _settled(row, None, by=by, at=at)
    return withdrawal_view(row)


def match_by_itself(withdrawal_id: UUID, *, by: Actor, at: datetime) -> bool:
    """Look for a withdrawal's order by number and contact; False: a person has to.

    Joins the caller's transaction.
    """
    row = Withdrawal.objects.select_for_update().filter(id=withdrawal_id).first()
    if row is None or row.state != WithdrawalState.UNMATCHED:
        return row is not None
    order_id = orders.find_for_lookup(row.order_number, row.contact)
    if order_id is None:
        return False
    settle_match(row, order_id, by=by, at=at)
    return True


def settle_match(row: Withdrawal, order_id: UUID, *, by: Actor, at: datetime) -> None:
    """Write whose contract it was and make the return."""
    row.order_id = order_id
    row.state = WithdrawalState.MATCHED.value
    row.authorization_id = make_return(row.id, order_id, row.received_at, by=by, at=at)
    if row.authorization_id is None:
        row.note = "Everything of this order is back already, or was taken off it."
    _settled(row, order_id, by=by, at=at)


def _settled(row: Withdrawal, order_id: UUID | None, *, by: Actor, at: datetime) -> None:
    row.settled_at, row.settled_by = at, by.key
    row.save()
    owner = orders.get_customers_of([order_id]).get(order_id) if order_id else None
    fact = WithdrawalSettled(row.id, row.number, order_id, owner, row.state)
    subject = f"order:{order_id}" if order_id else f"withdrawal:{row.id}"
    publish(fact, key=owner or order_id or row.id, at=at, by=by, subject=subject)
    audit.note(subject=subject, changes={"withdrawal": [row.number, row.state]})


def _open(withdrawal_id: UUID) -> Withdrawal:
    row = Withdrawal.objects.select_for_update().filter(id=withdrawal_id).first()
    if row is None:
        raise NotFound("There is no such withdrawal.")
    if row.state != WithdrawalState.UNMATCHED:
        raise Conflict(f"{row.number} was settled already.")
    return row


def _content(
    number: str, name: str, order_number: str, contact: str, text: str, at: datetime
) -> str:
    """Return what the acknowledgment repeats, word for word."""
    lines = [
        f"Withdrawal {number}",
        f"Received: {at.isoformat(timespec='seconds')}",
        f"Name: {name.strip()}",
        f"Order: {order_number.strip()}",
        f"Contact: {contact.strip()}",
        "I withdraw from the contract for the goods of this order.",
    ]
    return "\n".join(lines + ([text.strip()] if text.strip() else []))
