"""Keep a set of incoming orders in one transaction: the door that every intake goes through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import OperationalError, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import publish
from doorstep.rooms.orders.contracts import (
    IncomingOrder,
    IncomingRefund,
    RecordedOrder,
    RecordOutcome,
)
from doorstep.rooms.orders.events import OrdersImported
from doorstep.rooms.orders.models import Order
from doorstep.rooms.orders.recording.arrivals import Arrival, Things, is_too_old
from doorstep.rooms.orders.recording.consents import record_checkout_consents
from doorstep.rooms.orders.recording.desk import Desk, open_desk
from doorstep.rooms.orders.recording.diffs import without_person
from doorstep.rooms.orders.recording.incoming import check_incoming
from doorstep.rooms.orders.recording.people import resolve_people, resolve_things
from doorstep.rooms.orders.recording.placing import place
from doorstep.rooms.orders.recording.rechecking import recheck_restocked
from doorstep.rooms.orders.recording.refunds import add_refunds, distinct, line_ids_of, refund_of
from doorstep.rooms.orders.recording.updating import Revision, changed_people, revise
from doorstep.rooms.orders.rules.gift_cards import marking_cards
from doorstep.rooms.orders.rules.versions import Version, version

Mode = Literal["live", "history"]


def record_orders(
    incoming: Sequence[IncomingOrder],
    *,
    sales_channel: str,
    connection_id: UUID | None,
    mode: Mode = "live",
    by: Actor,
    at: datetime,
) -> list[RecordedOrder]:
    """Keep orders: new ones are checked and announced, later versions applied, others left.

    All in one transaction with a number of queries that does not depend on how many they are.
    Safe beside other workers that bring the same orders. Live orders placed longer ago than the
    store's ``live_days`` are kept as history, so connecting a store never messages old orders.

    :param mode: ``history`` announces nothing but ``OrdersImported``.
    :raises Invalid: one of them can't be kept; ``field`` names its part. Nothing is kept then:
        call ``check_incoming`` before to sort out the bad ones.
    """
    for order in incoming:
        check_incoming(order)
    if not incoming:
        return []
    with transaction.atomic():
        desk = open_desk(by=by, at=at, sales_channel=sales_channel, connection_id=connection_id)
        return _Recording(desk, mode).record(incoming)


def version_of(order: IncomingOrder) -> Version:
    """Return what versions of one order are compared by."""
    return version(
        order.version_at,
        order.financial_status,
        is_fulfilled=order.fulfilled_at is not None,
        is_canceled=order.canceled_at is not None,
    )


def _stored_version(order: Order) -> Version:
    return version(
        order.version_at,
        order.financial_status,
        is_fulfilled=order.fulfilled_at is not None,
        is_canceled=order.canceled_at is not None,
    )


@dataclass
class _Recording:
    """One call's way through: whom it is about, what is known, what is new."""

    desk: Desk
    mode: Mode

    def record(self, incoming: Sequence[IncomingOrder]) -> list[RecordedOrder]:
        newest: dict[str, IncomingOrder] = {}
        incoming = [marking_cards(order, self.desk.settings) for order in incoming]
        for order in incoming:
            known = newest.get(order.external_id)
            if known is None or version_of(order) > version_of(known):
                newest[order.external_id] = order
        stored = self._lock(list(newest))
        customers = self._customers(newest, stored)
        new = [order for order in newest.values() if order.external_id not in stored]
        # Every line's thing is looked up, also of known orders: that is what keeps the number of
        # queries independent of what turns out to have changed.
        things = resolve_things(
            [line for order in newest.values() for line in order.lines],
            self.desk.sales_channel,
            self.desk.at,
        )
        placed = (
            place(
                [self._arrival(order, customers[order.external_id]) for order in new],
                things,
                self.desk,
            )
            if new
            else {}
        )
        lost = [order.external_id for order in new if order.external_id not in placed]
        if lost:  # somebody else kept them between our look and our insert: theirs is known now
            stored |= self._lock(lost)
            if missing := set(lost) - set(stored):
                raise OperationalError(f"orders came and went: {sorted(missing)[:5]}")
        record_checkout_consents(
            [(order, customers[order.external_id]) for order in new],
            sales_channel=self.desk.sales_channel,
            by=self.desk.by,
            at=self.desk.at,
        )
        changed = self._revise(newest, stored, customers, things)
        self._refund(incoming, stored)
        if self.mode == "history" and placed:
            self._say_imported(len(placed))
        return self._answers(incoming, newest, placed, stored, changed)

    def _lock(self, external_ids: list[str]) -> dict[str, Order]:
        """Read and lock what is known, in the one order of locks: by id."""
        rows = (
            Order.objects.select_for_update(no_key=True)
            .filter(
                store_id=self.desk.store.id,
                sales_channel=self.desk.sales_channel,
                external_id__in=external_ids,
            )
            .order_by("id")
        )
        return {order.external_id: order for order in rows}

    def _customers(
        self, newest: dict[str, IncomingOrder], stored: dict[str, Order]
    ) -> dict[str, UUID]:
        """Recognize the buyers of new orders, and of those that name another buyer now."""
        wanted = [
            order
            for external_id, order in newest.items()
            if external_id not in stored or changed_people(stored[external_id], order)
        ]
        found = resolve_people(wanted, self.desk.sales_channel, self.desk.at)
        return {order.external_id: who for order, who in zip(wanted, found, strict=True)}

    def _arrival(self, order: IncomingOrder, customer_id: UUID) -> Arrival:
        is_history = self.mode == "history" or is_too_old(order, self.desk)
        return Arrival(order, customer_id, is_history)

    def _revise(
        self,
        newest: dict[str, IncomingOrder],
        stored: dict[str, Order],
        customers: dict[str, UUID],
        things: Things,
    ) -> set[UUID]:
        revisions = [
            Revision(
                order,
                without_person(order, newest[external_id]),
                customers.get(external_id, order.customer_id),
            )
            for external_id, order in stored.items()
            if version_of(newest[external_id]) > _stored_version(order)
        ]
        return revise(revisions, things, self.desk)

    def _refund(self, incoming: Sequence[IncomingOrder], stored: dict[str, Order]) -> None:
        """Keep refunds of known orders, from whatever version: each happened once."""
        named: dict[str, list[IncomingRefund]] = defaultdict(list)
        for one in incoming:
            named[one.external_id] += one.refunds
        refunds = [
            refund_of(refund, order)
            for order in stored.values()
            for refund in distinct(named[order.external_id])
        ]
        if refunds:
            added = add_refunds(refunds, line_ids_of([r.order_id for r in refunds]), self.desk)
            recheck_restocked(added, self.desk)

    def _say_imported(self, count: int) -> None:
        desk = self.desk
        publish(
            OrdersImported(desk.import_id, desk.sales_channel, count),
            key=desk.store.id,
            at=desk.at,
            by=desk.by,
        )

    def _answers(
        self,
        incoming: Sequence[IncomingOrder],
        newest: dict[str, IncomingOrder],
        placed: dict[str, UUID],
        stored: dict[str, Order],
        changed: set[UUID],
    ) -> list[RecordedOrder]:
        answers = []
        for order in incoming:
            order_id = placed.get(order.external_id) or stored[order.external_id].id
            outcome = RecordOutcome.UNCHANGED
            if order is newest[order.external_id]:
                if order_id in changed:
                    outcome = RecordOutcome.UPDATED
                elif order.external_id in placed:
                    old = self.mode == "history" or is_too_old(order, self.desk)
                    outcome = RecordOutcome.IMPORTED if old else RecordOutcome.PLACED
            answers.append(RecordedOrder(order.external_id, order_id, outcome))
        return answers
