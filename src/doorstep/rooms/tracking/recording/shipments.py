"""Parcels that left get a tracker each, and find what was already told about their numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows, update_rows
from doorstep.rooms.fulfillment.contracts import CarrierInfo, ParcelView
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderPromise
from doorstep.rooms.tracking.models import Checkpoint, Tracker, TrackingNumber
from doorstep.rooms.tracking.recording.desk import Desk, open_desk, zone_named
from doorstep.rooms.tracking.recording.joining import join_trackers, move_steps
from doorstep.rooms.tracking.recording.numbers import (
    Known,
    find_numbers,
    lock_numbers,
    of_carrier,
)
from doorstep.rooms.tracking.recording.releasing import release_numbers
from doorstep.rooms.tracking.recording.rows import all_columns, number_row
from doorstep.rooms.tracking.recording.saying import NOTHING_KNOWN
from doorstep.rooms.tracking.recording.standing import Held, hold, restate
from doorstep.rooms.tracking.rules.estimates import usual_time
from doorstep.rooms.tracking.rules.numbers import normalize_number
from doorstep.rooms.tracking.rules.status import counts_from
from doorstep.rooms.tracking.rules.zones import zone_of_destination

# Two parcels with one number that left within so many days are one thing: a box for several
# orders, or boxes under a master number. Carriers use numbers again only after months.
TOGETHER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left, and what is known of its shipment.

    :param is_order_shipped: nothing of its order is left to ship.
    """

    parcel: ParcelView
    is_order_shipped: bool = False
    is_history: bool = False
    is_test: bool = False


def follow_parcels(
    shipped: Sequence[Shipped], carriers: Collection[CarrierInfo], *, by: Actor, at: datetime
) -> None:
    """Give parcels their trackers, or their trackers another number; all of it in sets.

    A number that was reported before finds its parcel, with all its steps. Doing it twice
    changes nothing.
    """
    if not shipped:
        return
    with transaction.atomic():
        _Following(shipped, carriers, open_desk(by=by, at=at)).follow()


def close_shipments(shipment_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Close the trackers of shipments that were called off."""
    with transaction.atomic():
        ids = Tracker.objects.filter(shipment__in=shipment_ids).values_list("id", flat=True)
        trackers = hold(list(ids))
        for one in trackers.values():
            if one.tracker.shipment_id in shipment_ids and one.tracker.canceled_at is None:
                one.tracker.canceled_at = at
        restate(list(trackers.values()), open_desk(by=by, at=at))


class _Following:
    """One call's way through. Locks: numbers first, then trackers by id."""

    def __init__(
        self, shipped: Sequence[Shipped], carriers: Collection[CarrierInfo], desk: Desk
    ) -> None:
        self.desk = desk
        self.shipped = {one.parcel.id: one for one in shipped}
        self.days = {
            (carrier.code, level.code): (level.transit_days_min, level.transit_days_max)
            for carrier in carriers
            for level in carrier.service_levels
        }
        self.numbers: list[tuple[Known, bool]] = []
        self.joined: dict[UUID, UUID] = {}
        self.moves: dict[UUID, tuple[UUID, UUID]] = {}
        self.begins: dict[UUID, datetime | None] = {}  # generations that get a beginning

    def follow(self) -> None:
        """Do all of it."""
        keys = {key: normalize_number(one.parcel.tracking_number) for key, one in self._items()}
        wanted = {key for key in keys.values() if key}
        lock_numbers(wanted)
        self.known = find_numbers(wanted)
        self.of_parcel = dict(
            Tracker.objects.filter(parcel__in=self.shipped).values_list("parcel_id", "id")
        )
        self._take_unmatched(keys)
        self._insert()
        order_ids = {one.parcel.order_id for _, one in self._items()}
        beside = Tracker.objects.filter(order__in=order_ids).values_list("id", flat=True)
        claimed = {one.tracker_id for found in self.known.values() for one in found}
        self.trackers = hold({*self.of_parcel.values(), *beside, *claimed})
        self._release(keys)
        self._claim(keys)
        insert_rows(TrackingNumber, [number_row(*one) for one in self.numbers])
        update_rows(TrackingNumber, [{"id": k, "counts_from": at} for k, at in self.begins.items()])
        move_steps(self.moves)
        self._join()
        self._describe(keys, orders.list_promises(order_ids))
        restate(list(self.trackers.values()), self.desk)

    def _items(self) -> Collection[tuple[UUID, Shipped]]:
        return self.shipped.items()

    def _take_unmatched(self, keys: Mapping[UUID, str]) -> None:
        """Let a parcel without a tracker take the one its number was kept under."""
        self.matched: set[UUID] = set()
        for parcel_id, one in self._items():
            found = self.known.get(keys[parcel_id])
            if parcel_id in self.of_parcel or not found:
                continue
            last = of_carrier(found, one.parcel.carrier)[-1]
            if not last.has_parcel:
                self.of_parcel[parcel_id] = last.tracker_id
                self.matched.add(last.tracker_id)
                found[found.index(last)] = last._replace(has_parcel=True)

    def _insert(self) -> None:
        rows = []
        for parcel_id, one in self._items():
            if parcel_id not in self.of_parcel:
                tracker = Tracker(
                    id=new_id(),
                    store_id=self.desk.store.id,
                    parcel_id=parcel_id,
                    shipment_id=one.parcel.shipment_id,
                    order_id=one.parcel.order_id,
                    created_at=self.desk.at,
                )
                self.of_parcel[parcel_id] = tracker.id
                rows.append(all_columns(tracker))
        insert_rows(Tracker, rows)

    def _release(self, keys: Mapping[UUID, str]) -> None:
        """Take wrong numbers, and what was told about them, away from their parcels."""
        wrong = []
        for parcel_id, key in keys.items():
            one = self.trackers[self.of_parcel[parcel_id]]
            if one.tracker.tracking_number not in ("", key):
                wrong.append(one)
        release_numbers(wrong, self.trackers, self.desk)

    def _claim(self, keys: Mapping[UUID, str]) -> None:
        for parcel_id, one in self._items():  # parcels of one call are compared with each other
            tracker = self.trackers[self.of_parcel[parcel_id]].tracker
            tracker.shipped_at = one.parcel.shipped_at or self.desk.at
        for parcel_id, one in sorted(self._items(), key=lambda item: item[0]):
            if key := keys[parcel_id]:
                self._claim_one(self.trackers[self.of_parcel[parcel_id]], one.parcel, key)

    def _claim_one(self, held: Held, parcel: ParcelView, key: str) -> None:
        tracker = held.tracker
        left = parcel.shipped_at or self.desk.at
        if tracker.shares_with_id is not None:
            return  # it has its number already, by way of the other one
        known = self.known.setdefault(key, [])
        same = of_carrier(known, parcel.carrier)
        if any(one.tracker_id == tracker.id for one in same):
            return
        generation = max((one.generation for one in known), default=0) + 1
        mine = Known(
            new_id(), tracker.id, parcel.carrier, key, generation, None, True, tracker.zone
        )
        if same:
            last = same[-1]
            other = self.trackers[last.tracker_id].tracker
            if not last.has_parcel:
                self.joined[last.tracker_id] = tracker.id
                return
            if other.shipped_at and abs(other.shipped_at - left) <= TOGETHER:
                tracker.shares_with_id = other.shares_with_id or other.id
                return
            mine = mine._replace(counts_from=counts_from(left))
            if other.shipped_at and other.shipped_at > left:  # an earlier parcel came to us later
                self.begins[last.id] = counts_from(other.shipped_at)
            else:
                self.moves[last.id] = (mine.id, tracker.id)
        known.append(mine)
        self.numbers.append((mine, False))

    def _join(self) -> None:
        rows = {key: one.tracker for key, one in self.trackers.items()}
        join_trackers(self.joined, rows)
        self.matched.update(self.joined.values())
        for goes in self.joined:
            del self.trackers[goes]
        counts = dict(
            Checkpoint.objects.filter(tracker__in=self.matched)
            .values_list("tracker")
            .annotate(Count("id"))
        )
        for tracker_id in self.matched:
            held = self.trackers[tracker_id]
            held.matched_steps = counts.get(tracker_id, 0)
            if held.tracker.parcel_id is None:  # to its order, all of this is news
                held.before = NOTHING_KNOWN

    def _describe(self, keys: Mapping[UUID, str], promises: Mapping[UUID, OrderPromise]) -> None:
        whole = {one.parcel.order_id for _, one in self._items() if one.is_order_shipped}
        for held in self.trackers.values():
            if held.tracker.order_id in whole:
                held.tracker.is_order_shipped = True
        for parcel_id, one in self._items():
            tracker = self.trackers[self.of_parcel[parcel_id]].tracker
            promise = promises[one.parcel.order_id]
            for name, value in self._columns(tracker, one, keys[parcel_id], promise).items():
                setattr(tracker, name, value)
            tracker.customer_id = promise.customer_id  # type: ignore[attr-defined]
            days = self.days.get((one.parcel.carrier, one.parcel.service_level))
            if days and tracker.shipped_at:
                zone = zone_named(tracker.zone)
                usual = usual_time(tracker.shipped_at, days, zone=zone, closed=self.desk.closed)
                tracker.said = tracker.said | {"service": [day.isoformat() for day in usual]}
            leader = self.trackers.get(tracker.shares_with_id) if tracker.shares_with_id else None
            if leader is not None:
                tracker.said = {**leader.tracker.said, **tracker.said}

    def _columns(
        self, tracker: Tracker, one: Shipped, key: str, promise: OrderPromise
    ) -> dict[str, Any]:
        parcel = one.parcel
        return {
            "parcel_id": parcel.id,
            "shipment_id": parcel.shipment_id,
            "order_id": parcel.order_id,
            "carrier": parcel.carrier,
            "carrier_name": parcel.carrier_name,
            "tracking_number": key,
            "shown_number": parcel.tracking_number.strip(),
            "tracking_url": parcel.tracking_url,
            "service_level": parcel.service_level,
            "destination_country": promise.country_code,
            "zone": zone_of_destination(
                promise.country_code, promise.region, self.desk.store.timezone
            ),
            "shipped_at": parcel.shipped_at or self.desk.at,
            "promised_from": promise.delivery_from_date,
            "promised_to": promise.delivery_to_date,
            "is_test": one.is_test or promise.is_test or tracker.is_test,
            "is_history": one.is_history or promise.is_history or tracker.is_history,
            "canceled_at": None,
        }
