"""Samples and bonus items: decided once per shipment, reserved from the same stock as orders.

Who already had a sample never gets the same one again: the unique key of ``SampleGiven`` says so
even when two shipments of a person are decided at the same moment. Only what can be promised is
given; nobody's order waits for a sample.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment.contracts import ExtraKind, ShipmentSource, ShipmentState
from doorstep.rooms.fulfillment.models import Shipment, ShipmentLine
from doorstep.rooms.fulfillment.models.packing import ExtrasDecision, PlannedExtra, SampleGiven
from doorstep.rooms.fulfillment.packing.matching import match_rules
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import ReservationRequest
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.stores import api as stores

OPEN = (ShipmentState.TO_PACK.value, ShipmentState.ON_HOLD.value)


def extra_cause(shipment_id: UUID, variant_id: UUID) -> str:
    """Return the cause under which the pieces of an extra are reserved."""
    return f"sample:{shipment_id}:{variant_id}"


def person_key(order: OrderDetail) -> str:
    """Return who is given something: the customer, else a guest's address (hashed), else ""."""
    if order.summary.customer_id is not None:
        return f"customer:{order.summary.customer_id}"
    email = order.summary.email.strip().lower()
    if not email:
        return ""
    return "email:" + hashlib.sha256(f"{current_store_id()}:{email}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """An extra that a rule asks for: one of the variants, the first that may be had."""

    shipment_id: UUID
    order_id: UUID
    sales_channel: str
    person: str
    kind: str
    variants: tuple[UUID, ...]
    quantity: int
    rule_name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A wish with the variant it gets."""

    wish: Wish
    variant_id: UUID

    @property
    def cause(self) -> str:
        return extra_cause(self.wish.shipment_id, self.variant_id)


def decide_extras(shipment_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Decide which samples and bonus items go into shipments; what is decided stays.

    Again for the same shipment does nothing. Shipments that others pack, tests and history get
    nothing, and neither does a second sending of an order whose first got its extras. Reserves
    stock: once per transaction. The number of queries does not grow with the number of shipments.
    """
    with transaction.atomic():
        shipments = _undecided(shipment_ids, at)
        if not shipments:
            return
        wishes = _wishes(shipments, at)
        choices = _choose(wishes)
        given = _give_samples(choices, at)
        _keep(_reserve(given, by, at), given, at)


def _undecided(shipment_ids: Collection[UUID], at: datetime) -> list[Shipment]:
    """Claim the shipments that nobody decided yet, locked by the insert of their decision."""
    rows = Shipment.objects.filter(
        id__in=list(set(shipment_ids)),
        source=ShipmentSource.OWN.value,
        state__in=OPEN,
        is_test=False,
        is_history=False,
    )
    found = {row.id: row for row in rows.order_by("id")}
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_extrasdecision (id, store_id, shipment_id, decided_at)
            SELECT id, %s, shipment_id, %s FROM unnest(%s::uuid[], %s::uuid[]) AS t(id, shipment_id)
            ON CONFLICT (shipment_id) DO NOTHING RETURNING shipment_id
            """,
            [current_store_id(), at, *as_columns([(new_id(), key) for key in found], 2)],
        )
        claimed = {row[0] for row in cursor.fetchall()}
    mine = [found[key] for key in found if key in claimed]
    served = _served({row.order_id for row in mine})
    kept: dict[UUID, Shipment] = {}
    for row in sorted(mine, key=lambda row: row.nth):
        if row.order_id not in served:
            kept.setdefault(row.order_id, row)
    return list(kept.values())


def _served(order_ids: Collection[UUID]) -> set[UUID]:
    """Return the orders that have got extras already."""
    rows = PlannedExtra.objects.filter(shipment__order_id__in=order_ids, released_at__isnull=True)
    return set(rows.values_list("shipment__order_id", flat=True))


def _wishes(shipments: Sequence[Shipment], at: datetime) -> list[Wish]:
    lines: dict[UUID, list[UUID]] = defaultdict(list)
    ids = [row.id for row in shipments]
    for row in ShipmentLine.objects.filter(shipment_id__in=ids):
        lines[row.shipment_id].append(row.order_line_id)
    of_order = orders.get_orders({row.order_id for row in shipments})
    matches = match_rules(
        of_order, [one for found in lines.values() for one in found], at=at, zone=_zone()
    )
    wishes = []
    for shipment in shipments:
        order = of_order[shipment.order_id]
        for rule in matches.of_shipment(shipment.order_id, lines[shipment.id]):
            effects = rule.effects
            asked = [(ExtraKind.SAMPLE, effects.samples, 1)] if effects.samples else []
            if effects.bonus:
                asked.append((ExtraKind.BONUS, (effects.bonus,), effects.bonus_quantity))
            wishes += [
                Wish(
                    shipment_id=shipment.id,
                    order_id=order.summary.id,
                    sales_channel=order.summary.sales_channel,
                    person=person_key(order),
                    kind=str(kind),
                    variants=variants,
                    quantity=quantity,
                    rule_name=rule.name,
                )
                for kind, variants, quantity in asked
            ]
    return wishes


def _zone() -> ZoneInfo:
    return ZoneInfo(stores.get_store().timezone)


def _choose(wishes: Sequence[Wish]) -> list[Choice]:
    """Take for each wish the first variant that is in stock and, of samples, was never had."""
    had: dict[str, set[UUID]] = defaultdict(set)
    people = {wish.person for wish in wishes if wish.kind == ExtraKind.SAMPLE}
    for person, variant_id in SampleGiven.objects.filter(person__in=people).values_list(
        "person", "variant_id"
    ):
        had[person].add(variant_id)
    left = _stock(wishes)
    chosen: dict[tuple[UUID, UUID], Choice] = {}
    for wish in wishes:
        for variant_id in wish.variants:
            free = left[wish.sales_channel].get(variant_id)
            is_sample = wish.kind == ExtraKind.SAMPLE
            if (wish.shipment_id, variant_id) in chosen:
                continue
            if free is not None and free < wish.quantity:
                continue
            if is_sample and (not wish.person or variant_id in had[wish.person]):
                continue
            if free is not None:
                left[wish.sales_channel][variant_id] = free - wish.quantity
            if is_sample:
                had[wish.person].add(variant_id)
            chosen[wish.shipment_id, variant_id] = Choice(wish, variant_id)
            break
    return list(chosen.values())


def _stock(wishes: Iterable[Wish]) -> dict[str, dict[UUID, int | None]]:
    """Return channel → variant → what can be promised (None: not counted)."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for wish in wishes:
        wanted[wish.sales_channel] |= set(wish.variants)
    return {
        channel: dict(inventory.available_to_promise(variants, channel))
        for channel, variants in wanted.items()
    }


def _give_samples(choices: Sequence[Choice], at: datetime) -> list[Choice]:
    """Write down who gets which sample; who got it a moment ago elsewhere does not again."""
    samples = [one for one in choices if one.wish.kind == ExtraKind.SAMPLE]
    if not samples:
        return list(choices)
    rows = sorted(
        (one.wish.person, one.variant_id, one.wish.shipment_id, new_id()) for one in samples
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_samplegiven
                (id, store_id, person, variant_id, shipment_id, given_at)
            SELECT id, %s, person, variant_id, shipment_id, %s
            FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[])
                 AS t(person, variant_id, shipment_id, id)
            ON CONFLICT (store_id, person, variant_id) DO NOTHING
            RETURNING shipment_id, variant_id
            """,
            [current_store_id(), at, *as_columns(rows, 4)],
        )
        won = set(cursor.fetchall())
    return [
        one
        for one in choices
        if one.wish.kind != ExtraKind.SAMPLE or (one.wish.shipment_id, one.variant_id) in won
    ]


def _reserve(choices: Sequence[Choice], by: Actor, at: datetime) -> set[str]:
    """Reserve what was chosen; return the causes that hold all they need."""
    if not choices:
        return set()
    requests = [
        ReservationRequest(
            cause=one.cause,
            variant_id=one.variant_id,
            quantity=one.wish.quantity,
            sales_channel=one.wish.sales_channel,
            subject=f"order:{one.wish.order_id}",
        )
        for one in choices
    ]
    results = inventory.reserve(requests, at=at, by=by)
    short = [one.cause for one in results if one.missing_quantity]
    if short:
        inventory.release(short, at=at, by=by)
    return {one.cause for one in results if not one.missing_quantity}


def _keep(held: Collection[str], choices: Sequence[Choice], at: datetime) -> None:
    PlannedExtra.objects.bulk_create(
        PlannedExtra(
            store_id=current_store_id(),
            shipment_id=one.wish.shipment_id,
            variant_id=one.variant_id,
            kind=one.wish.kind,
            quantity=one.wish.quantity,
            rule_name=one.wish.rule_name,
            decided_at=at,
        )
        for one in choices
        if one.cause in held
    )
    missed = [one for one in choices if one.cause not in held]
    if missed:
        _take_back(missed)


def _take_back(missed: Sequence[Choice]) -> None:
    """Forget samples that could not be reserved after all: they may be given another time."""
    pairs = [(one.wish.shipment_id, one.variant_id) for one in missed]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM fulfillment_samplegiven g
            USING unnest(%s::uuid[], %s::uuid[]) AS t(shipment_id, variant_id)
            WHERE g.store_id = %s AND g.shipment_id = t.shipment_id
              AND g.variant_id = t.variant_id
            """,
            [*as_columns(pairs, 2), current_store_id()],
        )


def release_extras(shipment_ids: Collection[UUID], *, by: Actor, at: datetime) -> int:
    """Give back what was planned for canceled shipments; it may be given another time.

    :returns: how many extras were released.
    """
    rows = PlannedExtra.objects.select_for_update().filter(
        shipment_id__in=list(shipment_ids), released_at__isnull=True
    )
    found = list(rows.order_by("id"))
    if not found:
        return 0
    PlannedExtra.objects.filter(id__in=[row.id for row in found]).update(released_at=at)
    SampleGiven.objects.filter(shipment_id__in={row.shipment_id for row in found}).delete()
    inventory.release([extra_cause(row.shipment_id, row.variant_id) for row in found], at=at, by=by)
    return len(found)


def consume_extras(shipment_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Take the extras of shipped shipments off the shelves."""
    rows = PlannedExtra.objects.filter(shipment_id__in=list(shipment_ids), released_at__isnull=True)
    causes = [extra_cause(*row) for row in rows.values_list("shipment_id", "variant_id")]
    if causes:
        inventory.consume(causes, at=at, by=by)


def follow_merge(merge_id: UUID, absorbed_id: UUID, survivor_id: UUID) -> None:
    """Let the survivor of a merge be the one who had the other's samples."""
    mine, other = f"customer:{survivor_id}", f"customer:{absorbed_id}"
    known = SampleGiven.objects.filter(person=mine).values("variant_id")
    moved = SampleGiven.objects.filter(person=other).exclude(variant_id__in=known)
    moved.update(person=mine, merge_id=merge_id)


def undo_merge(merge_id: UUID, restored_id: UUID) -> None:
    """Move back what a merge moved."""
    SampleGiven.objects.filter(merge_id=merge_id).update(
        person=f"customer:{restored_id}", merge_id=None
    )


def planned_extras(shipment_ids: Collection[UUID]) -> Mapping[UUID, list[PlannedExtra]]:
    """Return what goes into each shipment besides the order."""
    found: dict[UUID, list[PlannedExtra]] = defaultdict(list)
    rows = PlannedExtra.objects.filter(shipment_id__in=shipment_ids, released_at__isnull=True)
    for row in rows.order_by("decided_at", "id"):
        found[row.shipment_id].append(row)
    return found


def decided(shipment_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the shipments whose extras were decided."""
    rows = ExtrasDecision.objects.filter(shipment_id__in=shipment_ids)
    return set(rows.values_list("shipment_id", flat=True))
