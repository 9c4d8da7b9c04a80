"""Rows as the contracts other rooms and pages see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from doorstep.kernel.whole_rows import rows_by
from doorstep.rooms.orders.contracts import (
    AddressView,
    ChargeView,
    DiscountView,
    Estimate,
    HoldView,
    LineAmounts,
    LineView,
    NoteView,
    OrderSummary,
    OrderTotals,
    RefundLineView,
    RefundView,
)
from doorstep.rooms.orders.models import (
    Hold,
    Order,
    OrderCharge,
    OrderDiscount,
    OrderLine,
    OrderNote,
    Refund,
    RefundLine,
)
from doorstep.rooms.orders.rules.holds import words_for


def summary_of(order: Order, hold_reasons: Sequence[str]) -> OrderSummary:
    """Return an order as a list shows it."""
    return OrderSummary(
        id=order.id,
        number=order.number,
        sales_channel=order.sales_channel,
        placed_at=order.placed_at,
        customer_id=order.customer_id,
        shopper_name=order.shopper_name,
        email=order.email,
        currency=order.currency,
        total_minor=order.total_minor,
        refunded_minor=order.refunded_minor,
        financial_status=order.financial_status,
        state=order.state,
        hold_reasons=tuple(hold_reasons),
        item_count=order.item_count,
        country_code=order.country_code,
        is_history=order.is_history,
        is_test=order.is_test,
    )


def address_of(stored: Mapping[str, str] | None) -> AddressView | None:
    """Return a stored address; None where none was given."""
    return AddressView(**stored) if stored else None


def totals_of(order: Order) -> OrderTotals:
    """Return the sums in the order's currency."""
    return OrderTotals(**{name: getattr(order, name) for name in OrderTotals.__dataclass_fields__})


def presentment_totals_of(order: Order) -> OrderTotals | None:
    """Return the sums in the shopper's currency, None where it is the order's."""
    stored = order.presentment_totals
    return OrderTotals(**stored) if stored else None


def estimate_of(order: Order) -> Estimate:
    """Return when it goes out and arrives."""
    return Estimate(
        order.ship_by_date,
        order.delivery_from_date,
        order.delivery_to_date,
        order.production_days_min,
        order.production_days_max,
    )


def _pairs(stored: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in stored)


def line_view(line: OrderLine) -> LineView:
    """Return a line."""
    amounts = line.presentment_amounts
    return LineView(
        id=line.id,
        external_id=line.external_id,
        position=line.position,
        title=line.title,
        variant_title=line.variant_title,
        sku=line.sku,
        options=_pairs(line.options),
        properties=_pairs(line.properties),
        variant_id=line.variant_id,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        total_minor=line.total_minor,
        presentment_amounts=LineAmounts(**amounts) if amounts else None,
        requires_shipping=line.requires_shipping,
        is_gift_card=line.is_gift_card,
        image_url=line.image_url,
        is_removed=line.removed_at is not None,
        taken_off=max(line.sold["quantity"] - line.quantity, 0) if line.sold else 0,
        shipped_quantity=line.shipped_quantity,
        weight_grams=line.weight_grams,
        product_external_id=line.product_external_id,
        variant_external_id=line.variant_external_id,
    )


def charge_view(charge: OrderCharge) -> ChargeView:
    """Return a charge."""
    return ChargeView(
        charge.kind,
        charge.title,
        charge.amount_minor,
        charge.tax_minor,
        charge.discount_minor,
        charge.presentment_amount_minor,
    )


def discount_view(discount: OrderDiscount) -> DiscountView:
    """Return a discount."""
    return DiscountView(
        discount.title, discount.code, discount.amount_minor, discount.presentment_amount_minor
    )


def hold_view(hold: Hold) -> HoldView:
    """Return a hold with its words."""
    return HoldView(
        id=hold.id,
        reason=hold.reason,
        words=words_for(hold.reason, hold.details),
        details=hold.details,
        placed_at=hold.placed_at,
        placed_by=hold.placed_by,
        lifted_at=hold.lifted_at,
        lifted_by=hold.lifted_by,
        lifted_how=hold.lifted_how,
    )


def note_view(note: OrderNote) -> NoteView:
    """Return a note."""
    return NoteView(note.id, note.text, note.written_at, note.written_by, note.written_by_label)


class Parts:
    """Lines, charges, discounts and refunds of some orders, each kind read with one query.

    What is known not to be there need not be asked for.
    """

    def __init__(
        self,
        order_ids: Sequence[UUID],
        *,
        with_discounts: bool = True,
        with_refunds: bool = True,
    ) -> None:
        self.lines: dict[UUID, list[LineView]] = defaultdict(list)
        self.charges: dict[UUID, list[ChargeView]] = defaultdict(list)
        self.discounts: dict[UUID, list[DiscountView]] = defaultdict(list)
        self.refunds: dict[UUID, list[RefundView]] = defaultdict(list)
        for line in _read(OrderLine, order_ids):
            self.lines[line.order_id].append(line_view(line))
        for charge in _read(OrderCharge, order_ids):
            self.charges[charge.order_id].append(charge_view(charge))
        for discount in _read(OrderDiscount, order_ids if with_discounts else ()):
            self.discounts[discount.order_id].append(discount_view(discount))
        if with_refunds:
            self._read_refunds(order_ids)

    def _read_refunds(self, order_ids: Sequence[UUID]) -> None:
        rows = rows_by(Refund, "order_id", order_ids, order_by=("refunded_at", "id"))
        if not rows:
            return
        of_refund: dict[UUID, list[RefundLineView]] = defaultdict(list)
        lines = RefundLine.objects.filter(refund_id__in=[row.id for row in rows])
        for line in lines.select_related("line").order_by("position"):
            of_refund[line.refund_id].append(
                RefundLineView(
                    line_id=line.line_id,
                    title=line.line.title,
                    quantity=line.quantity,
                    amount_minor=line.amount_minor,
                    tax_minor=line.tax_minor,
                    restock=line.restock,
                )
            )
        for row in rows:
            self.refunds[row.order_id].append(
                RefundView(
                    id=row.id,
                    external_id=row.external_id,
                    currency=row.currency,
                    amount_minor=row.amount_minor,
                    refunded_at=row.refunded_at,
                    reason=row.reason,
                    lines=tuple(of_refund[row.id]),
                    beyond_minor=row.beyond_minor,
                )
            )


def _read(model: Any, order_ids: Sequence[UUID]) -> Iterable[Any]:
    if not order_ids:
        return ()
    return rows_by(model, "order_id", order_ids, order_by=("order_id", "position"))
