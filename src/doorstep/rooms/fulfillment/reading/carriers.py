"""Reading the carriers a store ships with, and its settings."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.fulfillment.contracts import CarrierInfo, FulfillmentSettings, ServiceLevelInfo
from doorstep.rooms.fulfillment.models import Carrier, FulfillmentRules, ServiceLevel


def list_carriers() -> list[CarrierInfo]:
    """List the store's carriers, the default one first (two queries)."""
    levels: dict[UUID, list[ServiceLevelInfo]] = defaultdict(list)
    for row in ServiceLevel.objects.order_by("transit_days_max", "code"):
        levels[row.carrier_id].append(
            ServiceLevelInfo(
                row.id,
                row.code,
                row.name,
                row.transit_days_min,
                row.transit_days_max,
                tuple(row.shipping_methods),
            )
        )
    return [
        CarrierInfo(
            id=row.id,
            code=row.code,
            name=row.name,
            provider=row.provider,
            tracking_url=row.tracking_url,
            is_default=row.is_default,
            is_active=row.is_active,
            service_levels=tuple(levels[row.id]),
        )
        for row in Carrier.objects.order_by("-is_default", "-is_active", "name")
    ]


def get_carrier(code: str) -> CarrierInfo:
    """Return a carrier of the store by its code. :raises NotFound: there is none."""
    for one in list_carriers():
        if one.code == code:
            return one
    raise NotFound("There is no such carrier.")


def get_fulfillment_settings() -> FulfillmentSettings:
    """Return how the store watches over its promises."""
    row = FulfillmentRules.objects.first()
    if row is None:
        return FulfillmentSettings()
    return FulfillmentSettings(row.cut_off_hour, row.catch_up_days, row.tells_late)
