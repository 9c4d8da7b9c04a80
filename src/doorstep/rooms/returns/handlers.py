"""What the returns room does when money, parcels or customers change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.billing.events import PaymentReceived, RefundSettled
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.payments.events import ChargeSucceeded
from doorstep.rooms.returns import erasing, events
from doorstep.rooms.returns.actions.withdraw import match_by_itself
from doorstep.rooms.returns.contracts import DepositState, NewThingState
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.making_good import Trouble, propose
from doorstep.rooms.returns.flow.opening import open_return
from doorstep.rooms.returns.flow.pausing import sync_pauses
from doorstep.rooms.returns.flow.swapping import mark_paid
from doorstep.rooms.returns.flow.telling import TOLD, acknowledge, tell_made_good, tell_returns
from doorstep.rooms.returns.models import NewThing, ReturnSettlement
from doorstep.rooms.tracking.events import ParcelLate, ParcelLost, ParcelStalled

_TROUBLES = {ParcelLate: "late", ParcelStalled: "stalled", ParcelLost: "lost"}


@handles(PaymentReceived, name="returns.follow_payments")
def follow_payments(batch: Sequence[Recorded]) -> None:
    """Let orders made here go out once they are paid; a deposit that came in secures its exchange."""
    by = Actor.system("returns.follow_payments")
    for one in batch:
        if one.event.outstanding_minor > 0:
            continue
        things = list(NewThing.objects.filter(order=one.event.order_id))
        if not things:
            continue
        if one.event.cause.endswith(":deposit"):
            _secure(things, None, one.at)
        mark_paid(one.event.order_id, by=by, at=one.at)
        _close(things, by, one.at)


@handles(ChargeSucceeded, name="returns.follow_holds")
def follow_holds(batch: Sequence[Recorded]) -> None:
    """Let an instant exchange go out once its price is held on the card."""
    by = Actor.system("returns.follow_holds")
    for one in batch:
        event = one.event
        if event.is_captured or not event.cause.endswith(":deposit"):
            continue
        order_id = UUID(event.subject.partition(":")[2])
        things = list(NewThing.objects.filter(order=order_id))
        if things:
            _secure(things, event.charge_id, one.at)
            mark_paid(order_id, by=by, at=one.at)


def _secure(things: Sequence[NewThing], charge_id: UUID | None, at: datetime) -> None:
    for thing in things:
        if thing.deposit == DepositState.REQUESTED:
            thing.deposit, thing.charge_id = DepositState.HELD.value, charge_id
            thing.state, thing.changed_at = NewThingState.ORDERED.value, at
            thing.save(update_fields=["deposit", "charge_id", "state", "changed_at"])


def _close(things: Sequence[NewThing], by: Actor, at: datetime) -> None:
    """Close returns whose last open thing was this payment."""
    for return_id in dict.fromkeys(one.authorization_id for one in things):
        opened = open_return(return_id, by=by, at=at)
        close_if_done(opened)
        opened.save()


@handles(RefundSettled, name="returns.follow_refunds")
def follow_refunds(batch: Sequence[Recorded]) -> None:
    """Note that a return's refund arrived, or was refused: then a person has to look."""
    for one in batch:
        event = one.event
        rows = ReturnSettlement.objects.select_for_update().filter(
            authorization__order=event.order_id
        )
        for row in rows.order_by("id"):
            is_open = str(event.refund_id) in row.refund_ids
            # A vendor may say yes and later no: what was settled is owed again.
            is_taken_back = event.is_refused and row.cause == event.cause and not is_open
            if not is_open and not is_taken_back:
                continue
            if event.is_refused:
                row.state, row.words = "refused", f"{row.words} Refused: {event.words}".strip()
                row.settled_at = None
                row.refund_ids = sorted({*row.refund_ids, str(event.refund_id)})
            else:
                row.refund_ids = [x for x in row.refund_ids if x != str(event.refund_id)]
                if not row.refund_ids:
                    row.state, row.settled_at = "settled", one.at
            row.save()


@handles(ParcelLate, ParcelStalled, ParcelLost, name="returns.make_good")
def make_good(batch: Sequence[Recorded]) -> None:
    """Make lost and late parcels good, by the store's rules."""
    troubles = [
        Trouble(
            one.event.tracker_id,
            one.event.order_id,
            one.event.parcel_id,
            _TROUBLES[type(one.event)],
        )
        for one in batch
        if one.event.order_id is not None and not one.event.is_test
    ]
    if troubles:
        propose(troubles, by=Actor.system("returns.make_good"), at=batch[-1].at)


@handles(CustomerErased, name="returns.erase_customers")
def erase_customers(batch: Sequence[Recorded]) -> None:
    """Erase what people wrote and showed; what was sent back and paid stays."""
    erased = {customer for one in batch for customer in one.event.customer_ids}
    erasing.erase_people(erased, at=batch[-1].at)


@handles(*TOLD, name="returns.tell")
def tell(batch: Sequence[Recorded]) -> None:
    """Tell shoppers what became of their returns."""
    tell_returns(batch, by=Actor.system("returns.telling"), at=batch[-1].at)


@handles(events.MadeGood, name="returns.tell_made_good")
def tell_good(batch: Sequence[Recorded]) -> None:
    """Tell shoppers that their parcel was made good."""
    tell_made_good(batch, by=Actor.system("returns.telling"), at=batch[-1].at)


@handles(events.WithdrawalReceived, name="returns.acknowledge")
def acknowledge_withdrawals(batch: Sequence[Recorded]) -> None:
    """Acknowledge withdrawals by message."""
    ids = [one.event.withdrawal_id for one in batch]
    acknowledge(ids, by=Actor.system("returns.acknowledge"), at=batch[-1].at)


@handles(events.WithdrawalReceived, name="returns.match_withdrawals")
def match_withdrawals(batch: Sequence[Recorded]) -> None:
    """Look for the orders of withdrawals; whoever sent one can't tell from anything we answer."""
    by = Actor.system("returns.match_withdrawals")
    for one in batch:
        match_by_itself(one.event.withdrawal_id, by=by, at=one.at)


@handles(
    events.ReturnRequested,
    events.ReturnApproved,
    events.ReturnDeclined,
    events.ReturnCanceled,
    events.ReturnExpired,
    events.ReturnRefunded,
    events.ReturnClosed,
    name="returns.pause_selling",
)
def pause_selling(batch: Sequence[Recorded]) -> None:
    """Sell nothing while a return is under way; start again when it is settled."""
    by = Actor.system("returns.pause_selling")
    sync_pauses({one.event.return_id for one in batch}, by=by, at=batch[-1].at)
