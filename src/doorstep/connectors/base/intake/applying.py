"""Apply what deliveries say, in sets, through the doors of the rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from doorstep.connectors.base.contracts import (
    CustomerReceived,
    Ignored,
    MoneyReported,
    OrderReceived,
    OrderWithdrawn,
    PrivacyRequested,
    ProductReceived,
    RefundReceived,
    Rejected,
    ShipmentReceived,
    TrackingReceived,
)
from doorstep.connectors.base.intake.reading import Read
from doorstep.connectors.base.models import (
    IGNORED,
    PARKED,
    PROCESSED,
    REJECTED,
    WAITING,
    Connection,
    Delivery,
)
from doorstep.kernel.actors import Actor
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import RecordOutcome
from doorstep.rooms.payments import api as payments
from doorstep.rooms.tracking import api as tracking


@dataclass(slots=True)
class Verdict:
    """What became of one delivery."""

    delivery: Delivery
    status: str
    code: str = ""
    detail: str = ""
    field: str = ""
    is_retriable: bool = True
    waiting_for: str = ""
    order_external_id: str = ""
    if_never: str = PARKED  # the status when what it waits for never comes


@dataclass(slots=True)
class Applied:
    """What became of a set, and which orders are new (others may wait for them)."""

    verdicts: list[Verdict] = field(default_factory=list)
    new_orders: list[str] = field(default_factory=list)


def apply_set(connection: Connection, reads: Sequence[Read], *, at: datetime) -> Applied:
    """Apply the deliveries of one connection; the caller holds transaction and store scope.

    Orders come first, so that refunds and cancellations of the same set find them.
    """
    by = Actor("connector", str(connection.id), connection.name)
    applied = Applied()
    _record_orders(connection, reads, applied, by, at)
    missing = _record_refunds(connection, reads, by, at) | _withdraw(connection, reads, by, at)
    missing |= _record_shipments(connection, reads, by, at)
    _record_customers(connection, reads, at)
    _record_products(connection, reads, at)
    _record_tracking(reads, by, at)
    _record_money(connection, reads, by, at)
    applied.verdicts = [_judge(read, missing) for read in reads]
    return applied


def _record_orders(
    connection: Connection, reads: Sequence[Read], applied: Applied, by: Actor, at: datetime
) -> None:
    """Record orders in the order of arrival; the room sorts out which version is the newest."""
    found = [
        outcome.order
        for read in reads
        for outcome in read.outcomes
        if isinstance(outcome, OrderReceived)
    ]
    if not found:
        return
    recorded = orders.record_orders(
        found,
        sales_channel=connection.sales_channel,
        connection_id=connection.id,
        mode="live",
        by=by,
        at=at,
    )
    applied.new_orders = [
        one.external_id
        for one in recorded
        if one.outcome in (RecordOutcome.PLACED, RecordOutcome.IMPORTED)
    ]


def _record_refunds(
    connection: Connection, reads: Sequence[Read], by: Actor, at: datetime
) -> set[str]:
    """Record lone refunds and return the orders that are not here yet."""
    found = {
        (outcome.refund.order_external_id, outcome.refund.external_id): outcome.refund
        for read in reads
        for outcome in read.outcomes
        if isinstance(outcome, RefundReceived)
    }
    if not found:
        return set()
    answers = orders.record_refunds(
        list(found.values()), sales_channel=connection.sales_channel, by=by, at=at
    )
    return {one.order_external_id for one in answers if one.order_id is None}


def _record_shipments(
    connection: Connection, reads: Sequence[Read], by: Actor, at: datetime
) -> set[str]:
    """Record what was sent, named in orders or alone; return the orders that are not here yet."""
    found = []
    for read in reads:
        for outcome in read.outcomes:
            if isinstance(outcome, ShipmentReceived):
                found.append(outcome.shipment)
            elif isinstance(outcome, OrderReceived):
                found += outcome.shipments
    if not found:
        return set()
    answers = fulfillment.record_platform_shipments(
        found,
        sales_channel=connection.sales_channel,
        connection_id=connection.id,
        by=by,
        at=at,
    )
    return {one.order_external_id for one in answers if one.order_id is None}


def _withdraw(connection: Connection, reads: Sequence[Read], by: Actor, at: datetime) -> set[str]:
    """Cancel what the platform deleted and return the orders that are not here yet."""
    missing = set()
    for read in reads:
        for outcome in read.outcomes:
            if isinstance(outcome, OrderWithdrawn) and not orders.cancel_from_platform(
                sales_channel=connection.sales_channel,
                external_id=outcome.order_external_id,
                reason=outcome.reason,
                canceled_at=outcome.canceled_at,
                by=by,
                at=at,
            ):
                missing.add(outcome.order_external_id)
    return missing


def _record_customers(connection: Connection, reads: Sequence[Read], at: datetime) -> None:
    claims = {
        outcome.person.platform_id: PersonClaim(
            platform_id=outcome.person.platform_id,
            channel=connection.sales_channel,
            email=outcome.person.email,
            phone=outcome.person.phone,
            name=outcome.person.name,
            locale=outcome.person.locale,
            seen_at=outcome.version_at,
        )
        for read in reads
        for outcome in read.outcomes
        if isinstance(outcome, CustomerReceived)
    }
    if claims:
        customers.resolve_customers(list(claims.values()), at=at)


def _record_products(connection: Connection, reads: Sequence[Read], at: datetime) -> None:
    newest: dict[str, ProductReceived] = {}
    for read in reads:
        for outcome in read.outcomes:
            if isinstance(outcome, ProductReceived):
                known = newest.get(outcome.product.external_id)
                if known is None or outcome.version_at >= known.version_at:
                    newest[outcome.product.external_id] = outcome
    if newest:
        listed = [one.product for one in newest.values()]
        catalog.upsert_products(listed, channel=connection.sales_channel, at=at)


def _record_tracking(reads: Sequence[Read], by: Actor, at: datetime) -> None:
    """Record the reports of a whole set at once, in the order they came."""
    found = [
        report
        for read in reads
        for outcome in read.outcomes
        if isinstance(outcome, TrackingReceived)
        for report in outcome.reports
    ]
    if found:
        tracking.record_reports(found, by=by, at=at)


def _record_money(connection: Connection, reads: Sequence[Read], by: Actor, at: datetime) -> None:
    """Record what a payment provider says, in the order it came."""
    found = [
        report
        for read in reads
        for outcome in read.outcomes
        if isinstance(outcome, MoneyReported)
        for report in outcome.reports
    ]
    if found:
        payments.record_reports(found, provider=connection.kind, by=by, at=at)


def _judge(read: Read, missing: set[str]) -> Verdict:
    """Return the verdict on one delivery: its worst outcome decides."""
    ids = read.order_ids()
    verdict = Verdict(read.delivery, PROCESSED, order_external_id=ids[0] if len(ids) == 1 else "")
    rejected = [one for one in read.outcomes if isinstance(one, Rejected)]
    if rejected:
        first = rejected[0]
        verdict.status = PARKED if read.is_broken else REJECTED
        verdict.code, verdict.detail, verdict.field = first.code, first.detail, first.field
        verdict.is_retriable = first.retriable
        if len(read.outcomes) > 1:
            verdict.detail += f" ({len(rejected)} of {len(read.outcomes)} entries rejected)"
        return verdict
    waiting = [one for one in ids if one in missing]
    if waiting:
        verdict.status, verdict.waiting_for = WAITING, waiting[0]
        verdict.detail = f"Waits for the order {waiting[0]}, which has not arrived yet."
        if all(isinstance(one, OrderWithdrawn) for one in read.outcomes):
            verdict.if_never = IGNORED  # it was deleted before anybody told us of it
        return verdict
    asked = [one for one in read.outcomes if isinstance(one, PrivacyRequested)]
    if asked:
        verdict.status, verdict.code = PARKED, f"privacy_{asked[0].kind}"
        verdict.detail = _privacy_words(asked[0])
        return verdict
    if all(isinstance(one, Ignored) for one in read.outcomes):
        verdict.status = IGNORED
        verdict.detail = "; ".join(
            dict.fromkeys(one.reason for one in read.outcomes if isinstance(one, Ignored))
        )[:500]
    return verdict


def _privacy_words(asked: PrivacyRequested) -> str:
    who = asked.email or (
        f"customer {asked.customer_external_id}" if asked.customer_external_id else "the whole shop"
    )
    what = {
        "data_request": "asks for a copy of their data",
        "customer_redact": "must be erased",
        "shop_redact": "must be erased because the shop removed the app",
    }.get(asked.kind, asked.kind)
    return f"{who} {what}, within {asked.days_allowed} days. Discard this once it is done."
