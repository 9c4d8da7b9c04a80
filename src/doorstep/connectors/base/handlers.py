"""What happens to stored deliveries when a person is erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from doorstep.connectors.base.models import RECEIVED, Delivery
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.orders import api as orders


@handles(CustomerErased, name="connectors_base.delete_bodies", start="beginning")
def delete_bodies(batch: Sequence[Recorded]) -> None:
    """Delete what platforms sent about erased people's orders, problems too.

    What has not been read yet stays: recording it brings nothing of the person back, and it is
    deleted with all others when its time is over.
    """
    erased = {customer for one in batch for customer in one.event.customer_ids}
    by_channel: dict[str, list[str]] = defaultdict(list)
    for sales_channel, external_id in orders.list_external_ids(erased):
        by_channel[sales_channel].append(external_id)
    for sales_channel, external_ids in by_channel.items():  # a handful, whoever was erased
        Delivery.objects.filter(
            connection__sales_channel=sales_channel, order_external_id__in=external_ids
        ).exclude(status=RECEIVED).delete()
