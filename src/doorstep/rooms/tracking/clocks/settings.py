"""The store's clocks: read and changed as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.tracking.contracts import Clocks
from doorstep.rooms.tracking.models import ClockRule

_NAMES = [field.name for field in fields(Clocks)]
_RANGES = {
    "no_scan_hours": (1, 24 * 60),
    "stalled_hours": (1, 24 * 60),
    "late_hours": (0, 24 * 30),
    "lost_days": (1, 365),
}


def list_clocks() -> list[Clocks]:
    """Return the store's own clocks first (the defaults where none are set), then the special."""
    rows = ClockRule.objects.order_by("carrier", "service_level").values_list(*_NAMES)
    found = [Clocks(**dict(zip(_NAMES, row, strict=True))) for row in rows]
    return found if found and not found[0].carrier else [Clocks(), *found]


@action("tracking.set_clocks", permission="settings.edit", summary="Set when parcels are late")
def set_clocks(*, clocks: Sequence[Clocks], by: Actor, at: datetime) -> list[Clocks]:
    """Replace the store's clocks; the next check counts by them.

    :param clocks: one for each carrier and service level; one without either is the store's own.
    :raises Invalid: a figure is out of its range, or a carrier's service stands there twice.
    """
    seen: set[tuple[str, str]] = set()
    for one in clocks:
        _check(one, seen)
    before = [asdict(one) for one in list_clocks()]
    ClockRule.objects.all().delete()
    ClockRule.objects.bulk_create(
        ClockRule(id=new_id(), store_id=current_store_id(), **asdict(one)) for one in clocks
    )
    after = list_clocks()
    audit.note(
        subject=f"store:{current_store_id()}",
        changes={"clocks": [before, [asdict(one) for one in after]]},
    )
    return after


def _check(clocks: Clocks, seen: set[tuple[str, str]]) -> None:
    for name, (low, high) in _RANGES.items():
        if not low <= getattr(clocks, name) <= high:
            raise Invalid(f"Give a number between {low} and {high}.", field=name)
    if clocks.service_level and not clocks.carrier:
        raise Invalid("A service level belongs to a carrier: choose one.", field="carrier")
    if (clocks.carrier, clocks.service_level) in seen:
        raise Invalid("There are two lines for this carrier and service.", field="service_level")
    seen.add((clocks.carrier, clocks.service_level))
