"""What the payments room does when somebody is erased."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.payments.models import PaymentLink


@handles(CustomerErased, name="payments.erase_customers", start="beginning")
def erase_customers(batch: Sequence[Recorded]) -> None:
    """Forget the addresses requests to pay were made out to; what was paid stays in the books."""
    erased = {str(customer) for one in batch for customer in one.event.customer_ids}
    PaymentLink.objects.filter(key__in=erased).exclude(email="").update(email="")
