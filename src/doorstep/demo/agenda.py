"""Everything that happens in the demo shop, played in the order in which it happened.

Orders, packing, scans and the looks at the clock are put on one line of time: so each message has
the time of its cause, and a parcel is called late on the day on which it became late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from doorstep.demo.orders import Scene, play
from doorstep.demo.ways import FORGOTTEN, LONGEST, STRANGER, WAYS, Box, Scan, Way
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ParcelContents, ShipmentDetail
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ReportedCheckpoint, TrackingReport, TrackingStatus

SEEDER = Actor.system("demo.seed")
CARRIER = Actor.system("demo.carrier")
_SOURCE = "aftership"
TOGETHER_HOURS = 30  # scans closer than this are told together


@dataclass(frozen=True)
class Entry:
    """Something that happens at an instant."""

    at: datetime
    do: Callable[[datetime], None]


def play_all(scenes: Sequence[Scene], now: datetime, more: Iterable[Entry] = ()) -> None:
    """Play the scenes, the ways of the parcels and what else happens up to ``now``."""
    entries = [*_orders([*scenes, FORGOTTEN, *(way.scene for way in WAYS)], now)]
    for way in WAYS:
        entries += _way(way, now)
    entries += [Entry(scan[0], scan[1]) for scan in _scans(STRANGER, "dhl", now)]
    entries += more
    days = int(LONGEST / timedelta(days=1))
    entries += [Entry(now - timedelta(days=ago), _look_at_clocks) for ago in range(days, -1, -1)]
    # Stable: what happens at one instant happens in the order written above.
    for entry in sorted(entries, key=lambda entry: entry.at):
        entry.do(entry.at)
        run_until_idle()


def _orders(scenes: Sequence[Scene], now: datetime) -> Iterator[Entry]:
    for scene in scenes:
        placed_at = now - timedelta(hours=scene.hours_ago)
        yield Entry(placed_at + timedelta(seconds=2), partial(_place, scene, now))
        if scene.canceled_hours_ago is not None:
            canceled_at = now - timedelta(hours=scene.canceled_hours_ago)
            yield Entry(canceled_at, partial(_cancel, scene, now))


def _place(scene: Scene, now: datetime, at: datetime) -> None:
    orders.record_orders(
        [play(scene, now)], sales_channel=scene.channel, connection_id=None, by=SEEDER, at=at
    )


def _cancel(scene: Scene, now: datetime, at: datetime) -> None:
    order = replace(
        play(scene, now), canceled_at=at, cancel_reason="Changed their mind", version_at=at
    )
    orders.record_orders([order], sales_channel=scene.channel, connection_id=None, by=SEEDER, at=at)


def _way(way: Way, now: datetime) -> Iterator[Entry]:
    gone = way.shipped_hours_ago
    packed_hours_ago = gone + 2 if gone is not None else 2
    yield Entry(now - timedelta(hours=packed_hours_ago), partial(_pack, way))
    if gone is not None:
        yield Entry(now - timedelta(hours=gone), partial(_ship, way))
    for box in way.boxes:
        for at, tell in _scans(box, way.carrier, now):
            yield Entry(at, tell)
    if way.not_found_hours_ago is not None:
        yield Entry(now - timedelta(hours=way.not_found_hours_ago), partial(_miss, way))


def _order_of(way: Way) -> UUID:
    external_id = f"demo-{way.scene.number}"
    return orders.find_order_ids(way.scene.channel, [external_id])[external_id]


def _shipment_of(way: Way) -> ShipmentDetail:
    order_id = _order_of(way)
    [shipment] = fulfillment.list_shipments_of([order_id])[order_id]
    return shipment


def _pack(way: Way, at: datetime) -> None:
    detail = _shipment_of(way)
    lines = [(thing.order_line_id, thing.quantity) for thing in detail.things]
    parcels = [
        ParcelContents(
            contents={
                line_id: quantity
                for nth, (line_id, quantity) in enumerate(lines)
                if line_id is not None and (box.lines is None or nth in box.lines)
            },
            carrier=way.carrier,
            service_level=way.service_level,
            tracking_number=box.number,
            weight_grams=900,
        )
        for box in way.boxes
    ]
    fulfillment.pack_shipment(shipment_id=detail.summary.id, parcels=parcels, by=SEEDER, at=at)


def _ship(way: Way, at: datetime) -> None:
    shipment_id = _shipment_of(way).summary.id
    fulfillment.ship_shipment(shipment_id=shipment_id, by=SEEDER, at=at)


def _miss(way: Way, at: datetime) -> None:
    order_id = _order_of(way)
    [parcel] = tracking.list_progress([order_id])[order_id]
    assert parcel.parcel_id is not None
    tracking.report_not_found(
        order_id=order_id,
        parcel_id=parcel.parcel_id,
        note="It is not at the door, and my neighbors do not have it.",
        by=Actor("shopper", str(order_id), "Shopper"),
        at=at,
    )


def _scans(
    box: Box, carrier: str, now: datetime
) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """Tell scans as carriers do: what only moves the parcel comes along with the next news."""
    untold: list[Scan] = []
    for nth, scan in enumerate(box.scans, 1):
        untold.append(scan)
        after = box.scans[nth].hours_ago if nth < len(box.scans) else -TOGETHER_HOURS
        is_plain = scan.status == TrackingStatus.IN_TRANSIT
        if not is_plain or scan.hours_ago - after >= TOGETHER_HOURS:
            at = now - timedelta(hours=scan.hours_ago) + timedelta(minutes=1)
            yield at, partial(_tell, box.number, carrier, tuple(untold), now)
            untold = []


def _tell(number: str, carrier: str, scans: Sequence[Scan], now: datetime, at: datetime) -> None:
    days = [scan.arrives_in_days for scan in scans if scan.arrives_in_days is not None]
    arrives = (now + timedelta(days=days[-1])).date() if days else None
    report = TrackingReport(
        source=_SOURCE,
        tracking_number=number,
        carrier=carrier,
        checkpoints=tuple(_step(scan, now) for scan in scans),
        estimated_from=arrives,
        estimated_to=arrives,
        pickup=scans[-1].pickup,
    )
    tracking.record_reports([report], by=CARRIER, at=at)


def _step(scan: Scan, now: datetime) -> ReportedCheckpoint:
    city, _, rest = scan.place.partition(", ")
    region, _, country = rest.rpartition(", ")
    return ReportedCheckpoint(
        now - timedelta(hours=scan.hours_ago),
        scan.status,
        scan.substatus,
        code=scan.code or (scan.status or ""),
        description=scan.words,
        city=city,
        region=region,
        country_code=country,
        raw={"status": scan.code or scan.status, "location": scan.place, "message": scan.words},
    )


def _look_at_clocks(at: datetime) -> None:
    tracking.check_store(current_store_id(), at=at)
    fulfillment.look_at_promises(at)
