"""What the changes room does when something happened."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.billing.events import PaymentNotReceived, PaymentReceived
from doorstep.rooms.changes import erasing
from doorstep.rooms.changes.flow.paying import change_of, payment_came, payment_failed
from doorstep.rooms.customers.events import CustomerErased


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
