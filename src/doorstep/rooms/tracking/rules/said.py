"""What reports say beside their steps; of each thing the newest counts.

``said`` is JSON: name → ``[as of, …]``. "As of" is the instant a report is about, so the outcome
does not depend on the order in which reports come; of two as of the same instant the greater
text wins, whichever it is: it must only be the same one every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from doorstep.rooms.tracking.contracts import PickupPoint, TrackingReport
from doorstep.rooms.tracking.rules.steps import clean

Said = dict[str, Any]


def said_of(report: TrackingReport, as_of: datetime) -> Said:
    """Return what a report says beside its steps."""
    stamp = as_of.astimezone(UTC).isoformat(timespec="minutes")
    found: Said = {}
    first, last = report.estimated_from, report.estimated_to
    if first is not None or last is not None:
        days = sorted(day.isoformat() for day in (first or last, last or first) if day)
        found["estimate"] = [stamp, *days]
    if report.signed_by:
        found["signed"] = [stamp, clean(report.signed_by, 120)]
    if report.pickup is not None:
        found["pickup"] = [stamp, _pickup_json(report.pickup)]
    if report.tracking_url.startswith(("https://", "http://")):
        found["url"] = [stamp, clean(report.tracking_url, 1000)]
    if report.service_level:
        found["level"] = [stamp, clean(report.service_level, 60)]
    return found


def merge(known: Mapping[str, Any], new: Mapping[str, Any]) -> Said:
    """Return both together, the newest of each; what has no instant stays as it is known."""
    merged = {**new, **known}
    for name, value in new.items():
        if name in known and name != "service" and _order(value) > _order(known[name]):
            merged[name] = value
    return merged


def _order(value: list[Any]) -> tuple[str, str]:
    return value[0], repr(value[1:])


def _pickup_json(pickup: PickupPoint) -> dict[str, Any]:
    return {
        "name": clean(pickup.name, 200),
        "address_lines": [clean(line, 200) for line in pickup.address_lines[:6]],
        "code": clean(pickup.code, 60),
        "until_date": pickup.until_date.isoformat() if pickup.until_date else None,
    }
