"""One order: for the team, for its shopper, and the look-up that tells a guesser nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare

from doorstep.kernel import once
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.kernel.whole_rows import rows_by
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    HoldReason,
    HoldView,
    Milestone,
    NoteView,
    OrderDetail,
    OrderSettings,
    OrderState,
    ShopperOrder,
)
from doorstep.rooms.orders.models import Hold, Order, OrderDiscount, OrderNote, Refund
from doorstep.rooms.orders.reading.held import TABLES, is_held
from doorstep.rooms.orders.reading.lists import open_reasons
from doorstep.rooms.orders.reading.views import (
    Parts,
    address_of,
    estimate_of,
    hold_view,
    note_view,
    presentment_totals_of,
    summary_of,
    totals_of,
)
from doorstep.rooms.orders.recording.desk import load_settings
from doorstep.rooms.orders.rules import masking
from doorstep.rooms.orders.rules.checks import is_payment_pending
from doorstep.rooms.orders.rules.search import email_key, number_key, postcode_key


def _asking_for(**parts: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, f"EXISTS (SELECT 1 FROM {part._meta.db_table} p WHERE p.order_id = t.id)")  # noqa: S608
        for name, part in parts.items()
    )


# Most orders have none of these: asked along with the order, a query for each is saved.
_HAS_PARTS = _asking_for(has_discounts=OrderDiscount, has_refunds=Refund)
_HAS_ALL = _HAS_PARTS + _asking_for(has_holds=Hold, has_notes=OrderNote)


def get_order_row(order_id: UUID) -> Order:
    """Return the row of an order. :raises NotFound: there is none in this store."""
    rows = rows_by(Order, "id", [order_id], also=_HAS_PARTS)
    if not rows:
        raise NotFound("There is no such order.")
    return rows[0]


def get_order(order_id: UUID) -> OrderDetail:
    """Return an order with all that belongs to it.

    :raises NotFound: there is none in this store.
    """
    found = get_orders([order_id])
    if order_id not in found:
        raise NotFound("There is no such order.")
    return found[order_id]


def get_orders(order_ids: Collection[UUID]) -> dict[UUID, OrderDetail]:
    """Return orders with all that belongs to them; unknown ids are left out.

    The number of queries does not grow with the number of orders. An action that holds an order's
    row already gets what it read before, until it writes.
    """
    if len(order_ids) == 1 and is_held(only := next(iter(order_ids))):
        key = ("order", current_store_id(), only)
        return dict(once.remember(key, TABLES, lambda: _read([only])))
    return _read(order_ids)


def _read(order_ids: Collection[UUID]) -> dict[UUID, OrderDetail]:
    rows = rows_by(Order, "id", set(order_ids), also=_HAS_ALL)
    return _details(rows, _parts_of(rows))


def get_order_and_page(order_id: UUID) -> tuple[OrderDetail, ShopperOrder]:
    """Return an order with all that belongs to it, and as its shopper may see it, read once.

    For pages on which shoppers change their order: rooms judge the first, the page shows the
    second.

    :raises NotFound: there is none in this store.
    """
    rows = rows_by(Order, "id", [order_id], also=_HAS_ALL)
    if not rows:
        raise NotFound("There is no such order.")
    parts = _parts_of(rows)
    detail = _details(rows, parts)[order_id]
    is_held = detail.summary.state == OrderState.ON_HOLD
    reasons = tuple(reversed(detail.summary.hold_reasons)) if is_held else ()  # the oldest first
    return detail, _shoppers_order(rows[0], parts, reasons)


def _parts_of(rows: Sequence[Any]) -> Parts:
    """:param rows: orders read with :data:`_HAS_PARTS`."""
    return Parts(
        [row.id for row in rows],
        with_discounts=any(row.has_discounts for row in rows),
        with_refunds=any(row.has_refunds for row in rows),
    )


def _details(rows: Sequence[Any], parts: Parts) -> dict[UUID, OrderDetail]:
    """:param rows: orders read with :data:`_HAS_ALL`."""
    holds: dict[UUID, list[HoldView]] = defaultdict(list)
    if held := [row.id for row in rows if row.has_holds]:
        for hold in Hold.objects.filter(order_id__in=held).order_by("-placed_at", "-id"):
            holds[hold.order_id].append(hold_view(hold))
    notes: dict[UUID, list[NoteView]] = defaultdict(list)
    if noted := [row.id for row in rows if row.has_notes]:
        for note in OrderNote.objects.filter(order_id__in=noted).order_by("-written_at", "-id"):
            notes[note.order_id].append(note_view(note))
    return {row.id: _detail(row, parts, holds[row.id], notes[row.id]) for row in rows}


def _detail(
    order: Order, parts: Parts, holds: Sequence[HoldView], notes: Sequence[NoteView]
) -> OrderDetail:
    open_holds = [hold for hold in holds if hold.lifted_at is None]
    return OrderDetail(
        summary=summary_of(order, [hold.reason for hold in open_holds]),
        external_id=order.external_id,
        connection_id=order.connection_id,
        phone=order.phone,
        locale=order.locale,
        totals=totals_of(order),
        taxes_included=order.taxes_included,
        presentment_currency=order.presentment_currency,
        presentment_totals=presentment_totals_of(order),
        payment_method=order.payment_method,
        shipping_address=address_of(order.shipping_address),
        billing_address=address_of(order.billing_address),
        address_is_edited=order.platform_address is not None,
        shipping_method=order.shipping_method,
        note=order.note,
        tags=tuple(order.tags),
        warnings=tuple(order.warnings),
        version_at=order.version_at,
        recorded_at=order.recorded_at,
        fulfilled_at=order.fulfilled_at,
        canceled_at=order.canceled_at,
        canceled_by=order.canceled_by,
        cancel_reason=order.cancel_reason,
        estimate=estimate_of(order),
        lines=tuple(parts.lines[order.id]),
        charges=tuple(parts.charges[order.id]),
        discounts=tuple(parts.discounts[order.id]),
        refunds=tuple(parts.refunds[order.id]),
        holds=tuple(open_holds + [hold for hold in holds if hold.lifted_at is not None]),
        notes=tuple(notes),
        is_gift=order.is_gift,
        gift_message=order.gift_message,
        gift_wrap=order.gift_wrap,
        gift_receipt=order.gift_receipt,
        paid_minor=order.paid_minor,
    )


def get_order_page(order_id: UUID) -> ShopperOrder:
    """Return an order as its shopper may see it: masked, with where it stands.

    :raises NotFound: there is none in this store.
    """
    [found] = _shoppers_orders([get_order_row(order_id)])
    return found


def get_order_pages(order_ids: Collection[UUID]) -> list[ShopperOrder]:
    """Return orders as their shoppers may see them; unknown ids are left out.

    The number of queries does not grow with the number of orders.
    """
    return _shoppers_orders(rows_by(Order, "id", set(order_ids), also=_HAS_PARTS))


def _shoppers_orders(rows: Sequence[Any]) -> list[ShopperOrder]:
    """:param rows: orders read with :data:`_HAS_PARTS`."""
    parts = _parts_of(rows)
    reasons = open_reasons([row.id for row in rows if row.state == OrderState.ON_HOLD])
    return [_shoppers_order(row, parts, reasons.get(row.id, ())) for row in rows]


def _shoppers_order(order: Order, parts: Parts, reasons: tuple[str, ...]) -> ShopperOrder:
    address = address_of(order.shipping_address)
    changes = [order.recorded_at, order.version_at, order.fulfilled_at, order.canceled_at]
    changes += [refund.refunded_at for refund in parts.refunds[order.id]]
    return ShopperOrder(
        id=order.id,
        store_id=order.store_id,
        number=order.number,
        placed_at=order.placed_at,
        state=order.state,
        financial_status=order.financial_status,
        locale=order.locale,
        first_name=order.shopper_name.split()[0] if order.shopper_name.strip() else "",
        email_masked=masking.mask_email(order.email),
        address_masked=masking.mask_address(address, order.locale) if address else (),
        shipping_method=order.shipping_method,
        currency=order.currency,
        totals=totals_of(order),
        taxes_included=order.taxes_included,
        presentment_currency=order.presentment_currency,
        presentment_totals=presentment_totals_of(order),
        refunded_minor=order.refunded_minor,
        lines=tuple(line for line in parts.lines[order.id] if not line.is_removed),
        charges=tuple(parts.charges[order.id]),
        discounts=tuple(parts.discounts[order.id]),
        refunds=tuple(parts.refunds[order.id]),
        estimate=estimate_of(order),
        milestones=_milestones(order, reasons),
        hold_reasons=reasons,
        updated_at=max(moment for moment in changes if moment is not None),
        needs_address=HoldReason.ADDRESS_INVALID in reasons,
        customer_id=order.customer_id,
        connection_id=order.connection_id,
        has_left=any(line.shipped_quantity for line in parts.lines[order.id]),
    )


def _milestones(order: Order, reasons: tuple[str, ...]) -> tuple[Milestone, ...]:
    """Return the steps of the order's way, in order; history only has what is known."""
    steps = [Milestone("placed", "done", order.placed_at)]
    if order.canceled_at is not None:
        steps.append(Milestone("canceled", "problem", order.canceled_at))
    else:
        pending = is_payment_pending(
            order.financial_status, order.payment_method, order.total_minor
        )
        steps.append(Milestone("payment", "current" if pending else "done"))
        steps += _way_out(order, reasons)
    if order.financial_status in {FinancialStatus.REFUNDED, FinancialStatus.PARTIALLY_REFUNDED}:
        steps.append(Milestone("refunded", "done"))
    return tuple(steps)


def _way_out(order: Order, reasons: tuple[str, ...]) -> list[Milestone]:
    gone = order.fulfilled_at is not None or order.state == OrderState.HISTORY
    if gone:
        return [
            Milestone("checked", "done"),
            Milestone("shipping", "done"),
            Milestone("shipped", "done", order.fulfilled_at),
        ]
    if order.state == OrderState.ON_HOLD:
        # Waiting for money alone is no problem of the order: the step before says it.
        alone = set(reasons) == {HoldReason.PAYMENT_PENDING}
        checked = Milestone("checked", "upcoming" if alone else "problem")
        return [checked, Milestone("shipping", "upcoming"), Milestone("shipped", "upcoming")]
    return [
        Milestone("checked", "done"),
        Milestone("shipping", "current"),
        Milestone("shipped", "upcoming"),
    ]


# Numbers repeat between channels; more of one than this is no shopper's question.
_CANDIDATES = 20


def find_for_lookup(number: str, contact: str) -> UUID | None:
    """Return the order with this number whose e-mail address or postal code is ``contact``.

    A miss costs what a hit costs: one query by number alone, then comparisons in constant time
    over every candidate, so neither the answer's time nor the database's tells which half was
    right. With several orders of one number the newest that fits is meant.
    """
    key = number_key(number)
    rows = Order.objects.filter(number_key=key).order_by("-placed_at", "-id")
    candidates = list(rows.only("id", "email", "postcode_key", "billing_address")[:_CANDIDATES])
    email, postcode = email_key(contact), postcode_key(contact)
    found: UUID | None = None
    for order in [*candidates, *[Order(id=UUID(int=0))] * (_CANDIDATES - len(candidates))]:
        bills = postcode_key((order.billing_address or {}).get("postal_code", ""))
        fits = bool(email) & constant_time_compare(email, order.email)
        for known in (order.postcode_key, bills):
            fits |= bool(known) & bool(postcode) & constant_time_compare(postcode, known)
        if fits and found is None and key:
            found = order.id
    return found


def get_order_settings() -> OrderSettings:
    """Return how the current store wants its orders treated."""
    return load_settings()
