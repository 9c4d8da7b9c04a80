"""What the changes room does when something happened."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.billing.events import PaymentNotReceived, PaymentReceived
from doorstep.rooms.changes import erasing, telling_shoppers
from doorstep.rooms.changes.events import ChangeApplied, ChangeEnded, ChangePaymentNeeded
from doorstep.rooms.changes.flow.paying import change_of, payment_came, payment_failed
from doorstep.rooms.changes.notices import notice_missed
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.fulfillment.events import ShipByMissed


@handles(PaymentReceived, name="changes.follow_payments")
def follow_payments(batch: Sequence[Recorded]) -> None:
    """Let changes go on that were paid."""
    for one in batch:
        change_id = change_of(one.event.cause)
        if change_id is not None:
            payment_came(change_id, at=one.at)


@handles(PaymentNotReceived, name="changes.follow_unpaid")
def follow_unpaid(batch: Sequence[Recorded]) -> None:
    """End changes whose request to pay ended unpaid."""
    for one in batch:
        change_id = change_of(one.event.cause)
        if change_id is not None:
            payment_failed(change_id, one.event.state, at=one.at)


@handles(CustomerErased, name="changes.erase_people", start="beginning")
def erase_people(batch: Sequence[Recorded]) -> None:
    """Erase addresses and reasons that people wrote; what changed when stays."""
    erasing.erase_people({customer for one in batch for customer in one.event.customer_ids})


def _tell(batch: Sequence[Recorded], kind: str) -> None:
    telling_shoppers.tell(
        {one.event.change_id for one in batch},
        kind,
        by=Actor.system("changes.tell"),
        at=max(one.at for one in batch),
    )


@handles(ChangeApplied, name="changes.tell_applied")
def tell_applied(batch: Sequence[Recorded]) -> None:
    """Tell shoppers that their change is made."""
    _tell(batch, telling_shoppers.APPLIED)


@handles(ChangePaymentNeeded, name="changes.tell_payment")
def tell_payment(batch: Sequence[Recorded]) -> None:
    """Tell shoppers where to pay for their change."""
    _tell(batch, telling_shoppers.PAYMENT)


@handles(ChangeEnded, name="changes.tell_ended")
def tell_ended(batch: Sequence[Recorded]) -> None:
    """Tell shoppers that their change will not be."""
    _tell(batch, telling_shoppers.ENDED)


@handles(ShipByMissed, name="changes.notice_missed")
def notice_late(batch: Sequence[Recorded]) -> None:
    """Ask shoppers in the United States whether a later day is fine with them."""
    notice_missed([one.event for one in batch], at=max(one.at for one in batch))
