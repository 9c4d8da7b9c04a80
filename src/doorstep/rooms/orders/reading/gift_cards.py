"""The lines of orders that are gift cards, for issuing what was sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import Sum

from doorstep.rooms.orders.contracts import FinancialStatus, SoldCards
from doorstep.rooms.orders.models import OrderLine, RefundLine
from doorstep.rooms.orders.recording.desk import load_settings
from doorstep.rooms.orders.rules.gift_cards import is_issued_here

_PAID = frozenset(
    {FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED}
)


def list_sold_cards(order_ids: Collection[UUID]) -> list[SoldCards]:
    """List the gift cards that orders sold; history and tests are left out.

    One query where nothing is a gift card, three else.
    """
    lines = list(
        OrderLine.objects.filter(
            order_id__in=list(set(order_ids)),
            is_gift_card=True,
            order__is_history=False,
            order__is_test=False,
        )
        .select_related("order")
        .order_by("order_id", "position")
    )
    if not lines:
        return []
    back: dict[UUID, int] = defaultdict(int)
    rows = RefundLine.objects.filter(line_id__in=[line.id for line in lines])
    for line_id, pieces in rows.values_list("line_id").annotate(sum=Sum("quantity")):
        back[line_id] = pieces
    settings = load_settings()
    return [
        SoldCards(
            order_id=line.order_id,
            line_id=line.id,
            pieces=_pieces(line, back[line.id]),
            unit_price_minor=line.unit_price_minor,
            currency=line.order.currency,
            customer_id=line.order.customer_id,
            email=line.order.email,
            shopper_name=line.order.shopper_name,
            locale=line.order.locale,
            properties=tuple((name, value) for name, value in line.properties),
            is_paid=FinancialStatus(line.order.financial_status) in _PAID,
            is_issued_here=is_issued_here(
                line.sku,
                skus=settings.gift_card_skus,
                is_connected=line.order.connection_id is not None,
                issues_platform_cards=settings.issues_platform_cards,
            ),
        )
        for line in lines
    ]


def _pieces(line: OrderLine, back: int) -> int:
    if line.removed_at is not None or line.order.canceled_at is not None:
        return 0
    return max(line.quantity - back, 0)
