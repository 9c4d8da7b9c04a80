"""What conditions can ask about parcels: of an order, and of a customer's orders."""

from __future__ import annotations

from doorstep.kernel.conditions.facts import Fact, FactType, register_fact
from doorstep.kernel.conditions.sqlfacts import Aggregate

# Tests count like any other here: a condition that wants none asks for order.is_test.
_OF_ORDER = {
    "source": "tracking_tracker parcel",
    "key": "parcel.order_id",
    "store": "parcel.store_id",
    "where": "parcel.canceled_at IS NULL",
}
_OF_CUSTOMER = {
    "source": "tracking_tracker parcel JOIN orders_order shipped ON shipped.id = parcel.order_id",
    "key": "shipped.customer_id",
    "store": "parcel.store_id",
}


def _fact(
    name: str,
    type: FactType,
    label: str,
    description: str,
    sql: Aggregate,
    *,
    windowed: bool = False,
) -> None:
    subject = name.partition(".")[0]
    register_fact(
        Fact(
            name=name,
            subject=subject,
            type=type,
            label=label,
            description=description,
            sql=sql,
            windowed=windowed,
        )
    )


_fact(
    "order.delivered_at",
    FactType.DATETIME,
    "last delivery",
    "When the last of the order's parcels arrived so far.",
    Aggregate(value="max(parcel.delivered_at)", **_OF_ORDER),
)
_fact(
    "order.open_parcels",
    FactType.COUNT,
    "parcels on their way",
    "How many of the order's parcels left and can still arrive.",
    Aggregate(
        value="count(*)",
        **{**_OF_ORDER, "where": "parcel.canceled_at IS NULL AND parcel.is_open"},
    ),
)
_fact(
    "order.late_parcels",
    FactType.COUNT,
    "late parcels",
    "How many of the order's parcels are late, without news for too long, or lost.",
    Aggregate(
        value="count(*)",
        **{
            **_OF_ORDER,
            "where": "parcel.late_since IS NOT NULL OR parcel.stalled_since IS NOT NULL "
            "OR parcel.lost_since IS NOT NULL",
        },
    ),
)
_fact(
    "order.days_late",
    FactType.COUNT,
    "days late",
    "How many days after its promised day the latest parcel arrived; nothing while none has.",
    Aggregate(
        value="max(greatest(0, (parcel.delivered_at AT TIME ZONE parcel.zone)::date "
        "- parcel.promised_to))",
        **_OF_ORDER,
    ),
)
_fact(
    "customer.late_parcels",
    FactType.COUNT,
    "late parcels",
    "How many parcels of the customer's are late, without news for too long, or lost right now.",
    Aggregate(
        value="count(*)",
        where="parcel.late_since IS NOT NULL OR parcel.stalled_since IS NOT NULL "
        "OR parcel.lost_since IS NOT NULL",
        **_OF_CUSTOMER,
    ),
)
_fact(
    "customer.last_delivery_at",
    FactType.DATETIME,
    "last delivery",
    "When a parcel last arrived at the customer's.",
    Aggregate(value="max(parcel.delivered_at)", moment="parcel.delivered_at", **_OF_CUSTOMER),
)
_fact(
    "customer.days_since_delivery",
    FactType.NUMBER,
    "days since the last delivery",
    "How many days of the store ago a parcel last arrived at the customer's; not known while none has.",
    Aggregate(
        value="min(({at} AT TIME ZONE {zone})::date"
        " - (parcel.delivered_at AT TIME ZONE {zone})::date)",
        moment="parcel.delivered_at",
        **_OF_CUSTOMER,
    ),
)
_fact(
    "customer.deliveries",
    FactType.COUNT,
    "parcels delivered",
    "How many parcels arrived at the customer's.",
    Aggregate(value="count(*)", moment="parcel.delivered_at", **_OF_CUSTOMER),
    windowed=True,
)
_fact(
    "customer.late_deliveries",
    FactType.COUNT,
    "parcels that came late",
    "How many parcels arrived at the customer's after the day they were promised for.",
    Aggregate(
        value="count(*)",
        where="(parcel.delivered_at AT TIME ZONE parcel.zone)::date > parcel.promised_to",
        moment="parcel.delivered_at",
        **_OF_CUSTOMER,
    ),
    windowed=True,
)
_fact(
    "customer.open_parcels",
    FactType.COUNT,
    "parcels on their way",
    "How many parcels of the customer's left and can still arrive.",
    Aggregate(
        value="count(*)",
        where="parcel.canceled_at IS NULL AND parcel.is_open",
        **_OF_CUSTOMER,
    ),
)
