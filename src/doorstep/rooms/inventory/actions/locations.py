"""Places with stock, and what is kept back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import reservations
from doorstep.rooms.inventory.contracts import LocationInfo, LocationKind, SafetyInfo
from doorstep.rooms.inventory.models import Location, SafetyStock, StockLevel
from doorstep.rooms.inventory.queries import location_info

_MOST = 32_767
MAX_CHANNEL = 50  # as the API has it


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were given, cleaned. :raises Invalid: one makes no sense."""
    given = {name: value for name, value in fields.items() if value is not None}
    if "name" in given:
        given["name"] = given["name"].replace("\x00", "").strip()[:100]
        if not given["name"]:
            raise Invalid("Give the location a name.", field="name")
    if "country_code" in given:
        code = given["country_code"] = given["country_code"].strip().upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise Invalid("A country is two letters, like DE.", field="country_code")
    if not 0 <= given.get("priority", 0) <= _MOST:
        raise Invalid(f"A priority is between 0 and {_MOST}.", field="priority")
    return given


@action("inventory.create_location", permission="settings.edit", summary="Add a place with stock")
def create_location(
    *,
    name: str,
    kind: LocationKind = LocationKind.OWN,
    priority: int = 100,
    country_code: str = "",
    sales_channel: str = "",
    by: Actor,
    at: datetime,
) -> LocationInfo:
    """Add a location; orders are served from the smallest priority first.

    :param sales_channel: not ``""``: its stock serves this channel's orders only.
    :raises Invalid: no name, or not a country.
    :raises Conflict: the name is taken.
    """
    fields = _checked({"name": name, "priority": priority, "country_code": country_code})
    try:
        with transaction.atomic():
            row = Location.objects.create(
                store_id=current_store_id(),
                kind=kind.value,
                sales_channel=sales_channel.strip(),
                created_at=at,
                **fields,
            )
    except IntegrityError:
        raise Conflict(f"A location is called “{name}” already.", field="name") from None
    audit.note(subject=f"location:{row.id}", changes={"name": [None, row.name]})
    return location_info(row)


@action("inventory.edit_location", permission="settings.edit", summary="Change a place with stock")
def edit_location(
    *,
    location_id: UUID,
    name: str | None = None,
    kind: LocationKind | None = None,
    priority: int | None = None,
    country_code: str | None = None,
    sales_channel: str | None = None,
    is_active: bool | None = None,
    by: Actor,
    at: datetime,
) -> LocationInfo:
    """Change what is given. What is reserved at a location stays reserved when it closes.

    :raises NotFound: there is no such location in this store.
    :raises Conflict: the name is taken.
    """
    row = Location.objects.select_for_update().filter(id=location_id).first()
    if row is None:
        raise NotFound("There is no such location.")
    wanted = _checked(
        {
            "name": name,
            "kind": kind.value if kind is not None else None,
            "priority": priority,
            "country_code": country_code,
            "sales_channel": sales_channel.strip() if sales_channel is not None else None,
            "is_active": is_active,
        }
    )
    changed = {f: [getattr(row, f), v] for f, v in wanted.items() if getattr(row, f) != v}
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save(update_fields=list(changed))
    except IntegrityError:
        raise Conflict(f"A location is called “{name}” already.", field="name") from None
    if changed.keys() & {"is_active", "sales_channel"}:
        variants = StockLevel.objects.filter(location=row, on_hand__gt=0)
        reservations.tell_increase(variants.values_list("variant_id", flat=True), at=at, by=by)
    audit.note(subject=f"location:{row.id}", changes=changed)
    return location_info(row)


@action(
    "inventory.set_safety_stock",
    permission="inventory.adjust",
    summary="Keep pieces back from a channel or from all",
)
def set_safety_stock(
    *,
    quantity: int | None,
    variant_id: UUID | None = None,
    sales_channel: str = "",
    by: Actor,
    at: datetime,
) -> SafetyInfo | None:
    """Set how many pieces may not be promised; the most specific rule counts.

    Pieces promised already stay promised.

    :param quantity: ``None`` removes the rule.
    :param variant_id: ``None``: of every variant. ``sales_channel`` ``""``: for every channel.
    :raises Invalid: below 0, or no such variant.
    """
    if quantity is not None and not 0 <= quantity <= 1_000_000_000:
        raise Invalid("Keep back a number of pieces from 0.", field="quantity")
    if len(sales_channel.strip()) > MAX_CHANNEL:
        raise Invalid(f"A channel has at most {MAX_CHANNEL} characters.", field="sales_channel")
    if variant_id is not None and variant_id not in catalog.get_variants([variant_id]):
        raise Invalid("There is no such variant.", field="variant_id")
    key = {"variant_id": variant_id, "sales_channel": sales_channel.strip()}
    before = SafetyStock.objects.select_for_update().filter(**key).first()
    old = before.quantity if before else None
    row = None
    if quantity is None:
        SafetyStock.objects.filter(**key).delete()
    else:
        row, _ = SafetyStock.objects.update_or_create(
            **key, defaults={"quantity": quantity}, create_defaults=_new(key, quantity)
        )
    if old is not None and old > (quantity or 0):
        reservations.tell_increase(_variants_of(variant_id), at=at, by=by)
    audit.note(
        subject=f"variant:{variant_id}" if variant_id else "safety_stock",
        changes={f"safety_stock.{key['sales_channel'] or 'all'}": [old, quantity]},
    )
    return SafetyInfo(row.id, variant_id, row.sales_channel, row.quantity) if row else None


def _new(key: dict[str, Any], quantity: int) -> dict[str, Any]:
    return {"store_id": current_store_id(), **key, "quantity": quantity}


def _variants_of(variant_id: UUID | None) -> list[UUID]:
    if variant_id is not None:
        return [variant_id]
    rows = StockLevel.objects.filter(on_hand__gt=0).values_list("variant_id", flat=True)
    return list(rows.distinct())
