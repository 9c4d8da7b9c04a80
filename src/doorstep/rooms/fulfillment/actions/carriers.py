"""The carriers a store ships with, and its settings for shipping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment import ports
from doorstep.rooms.fulfillment.contracts import (
    CarrierInfo,
    FulfillmentSettings,
    ServiceLevelInput,
)
from doorstep.rooms.fulfillment.models import Carrier, FulfillmentRules, ServiceLevel, Shipment
from doorstep.rooms.fulfillment.reading.carriers import get_carrier, get_fulfillment_settings
from doorstep.rooms.fulfillment.rules import carriers as known

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_URL = re.compile(r"https?://[^{}\s]*\{number\}[^{}\s]*")
MAX_LEVELS = 50


@action("fulfillment.save_carrier", permission="settings.edit",
        summary="Add or change a carrier of the store")  # fmt: skip
def save_carrier(
    *,
    code: str,
    name: str = "",
    provider: str = "manual",
    tracking_url: str = "",
    is_default: bool = False,
    is_active: bool = True,
    service_levels: Sequence[ServiceLevelInput] = (),
    by: Actor,
    at: datetime,
) -> CarrierInfo:
    """Add a carrier, or change the one of this code; its service levels are these from now on.

    Name and tracking page of a carrier everybody knows may be left empty.

    :raises Invalid: naming the field.
    """
    code = code.strip().lower()
    if not _CODE.fullmatch(code):
        raise Invalid("Small letters, digits and dashes, at most 40.", field="code")
    everywhere = known.get_carrier(code)
    name = name.strip()[:100] or (everywhere.name if everywhere else "")
    if not name or "\x00" in name:
        raise Invalid("Give the carrier a name.", field="name")
    tracking_url = tracking_url.strip()
    if tracking_url and (len(tracking_url) > 500 or not _URL.fullmatch(tracking_url)):
        raise Invalid(
            "The address of the tracking page, with {number} where the number goes.",
            field="tracking_url",
        )
    if provider not in ports.providers():
        raise Invalid("Nobody makes labels under this name.", field="provider")
    if is_default and not is_active:
        raise Invalid("A carrier that is not used can't be the default.", field="is_default")
    levels = _checked(service_levels)
    if is_default:
        Carrier.objects.select_for_update().filter(is_default=True).exclude(code=code).update(
            is_default=False
        )
    values = {
        "name": name,
        "provider": provider,
        "tracking_url": tracking_url,
        "is_default": is_default,
        "is_active": is_active,
    }
    try:
        with transaction.atomic():
            row, _ = Carrier.objects.update_or_create(
                code=code,
                defaults=values,
                create_defaults={**values, "store_id": current_store_id(), "created_at": at},
            )
    except IntegrityError:
        raise Conflict("Another carrier was made the default at this moment. Look again.") from None
    _write_levels(row, levels)
    audit.note(subject=f"carrier:{row.id}", changes={"carrier": [None, code]})
    return get_carrier(code)


def _checked(levels: Sequence[ServiceLevelInput]) -> list[ServiceLevelInput]:
    if len(levels) > MAX_LEVELS:
        raise Invalid(f"At most {MAX_LEVELS} service levels.", field="service_levels")
    seen: set[str] = set()
    for nth, one in enumerate(levels):
        where = f"service_levels.{nth}"
        if not one.code.strip() or len(one.code) > 100 or "\x00" in one.code + one.name:
            raise Invalid("Give the service level a code.", field=f"{where}.code")
        if one.code.strip() in seen:
            raise Invalid("This service level is there twice.", field=f"{where}.code")
        if not 0 <= one.transit_days_min <= one.transit_days_max <= 365:
            raise Invalid("Working days from fewest to most.", field=f"{where}.transit_days_max")
        seen.add(one.code.strip())
    return list(levels)


def _write_levels(carrier: Carrier, levels: Sequence[ServiceLevelInput]) -> None:
    """Exchange the levels; those that stay keep their ids."""
    ids = dict(ServiceLevel.objects.filter(carrier=carrier).values_list("code", "id"))
    ServiceLevel.objects.filter(carrier=carrier).delete()
    ServiceLevel.objects.bulk_create(
        [
            ServiceLevel(
                id=ids.get(one.code.strip()) or new_id(),
                store_id=current_store_id(),
                carrier=carrier,
                code=one.code.strip(),
                name=one.name.strip()[:100] or one.code.strip(),
                transit_days_min=one.transit_days_min,
                transit_days_max=one.transit_days_max,
                shipping_methods=[m.strip()[:200] for m in one.shipping_methods if m.strip()],
            )
            for one in levels
        ]
    )


@action("fulfillment.delete_carrier", permission="settings.edit", summary="Remove a carrier")
def delete_carrier(*, code: str, by: Actor, at: datetime) -> None:
    """Remove a carrier; parcels that went with it keep its name. :raises NotFound: no such one."""
    row = Carrier.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound("There is no such carrier.")
    row.delete()
    audit.note(subject=f"carrier:{row.id}", changes={"carrier": [code, None]})


@action("fulfillment.change_settings", permission="settings.edit",
        summary="Change how the promise to ship is watched")  # fmt: skip
def change_fulfillment_settings(
    *,
    cut_off_hour: int | None = None,
    catch_up_days: int | None = None,
    tells_late: bool | None = None,
    by: Actor,
    at: datetime,
) -> FulfillmentSettings:
    """Change some of ``contracts.FulfillmentSettings``. :raises Invalid: out of bounds."""
    if cut_off_hour is not None and not 0 <= cut_off_hour <= 23:
        raise Invalid("An hour is between 0 and 23.", field="cut_off_hour")
    if catch_up_days is not None and not 1 <= catch_up_days <= 60:
        raise Invalid("Between 1 and 60 working days.", field="catch_up_days")
    FulfillmentRules.objects.bulk_create(
        [FulfillmentRules(store_id=current_store_id())], ignore_conflicts=True
    )
    row = FulfillmentRules.objects.select_for_update().get()
    given = {
        "cut_off_hour": cut_off_hour,
        "catch_up_days": catch_up_days,
        "tells_late": tells_late,
    }
    changed = {
        n: [getattr(row, n), v] for n, v in given.items() if v is not None and getattr(row, n) != v
    }
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    row.save()
    if "cut_off_hour" in changed:  # the watch counts again for what is not at risk yet
        Shipment.objects.filter(watch_at__isnull=False, at_risk_at__isnull=True).update(watch_at=at)
    audit.note(subject=f"store:{current_store_id()}", changes=changed)
    return get_fulfillment_settings()
