"""Why things come back, by product: for the team, and as advice for who buys next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import ProductAdvice, ReasonCount

_REASONS = """
    SELECT product.id, coalesce(product.title, sold.title), piece.reason_code, piece.fault,
           piece.damage, sum(piece.quantity)::int, sum(piece.value_minor)::bigint, back.currency
    FROM returns_returnauthorization back
    JOIN returns_returnline piece ON piece.authorization_id = back.id
    JOIN orders_orderline sold ON sold.id = piece.order_line_id
    LEFT JOIN catalog_variant variant ON variant.id = sold.variant_id
    LEFT JOIN catalog_product product ON product.id = variant.product_id
    WHERE back.store_id = %(store)s AND NOT back.is_test
      AND back.state NOT IN ('declined', 'canceled')
      AND back.requested_at >= %(since)s AND back.requested_at < %(until)s
    GROUP BY 1, 2, 3, 4, 5, back.currency
    ORDER BY sum(piece.quantity) DESC, 2, 3
    LIMIT %(most)s
"""
_SOLD = """
    SELECT variant.product_id, sum(sold.quantity)::int
    FROM orders_orderline sold
    JOIN orders_order placed ON placed.id = sold.order_id
    JOIN catalog_variant variant ON variant.id = sold.variant_id
    WHERE placed.store_id = %(store)s AND variant.product_id = ANY(%(products)s::uuid[])
      AND placed.placed_at >= %(since)s AND placed.placed_at < %(until)s
      AND placed.canceled_at IS NULL AND NOT placed.is_test AND sold.removed_at IS NULL
    GROUP BY 1
"""
_RETURNED = """
    SELECT variant.product_id, piece.reason_code, piece.damage <> '', sum(piece.quantity)::int
    FROM returns_returnline piece
    JOIN returns_returnauthorization back ON back.id = piece.authorization_id
    JOIN orders_order placed ON placed.id = back.order_id
    JOIN orders_orderline sold ON sold.id = piece.order_line_id
    JOIN catalog_variant variant ON variant.id = sold.variant_id
    WHERE back.store_id = %(store)s AND variant.product_id = ANY(%(products)s::uuid[])
      AND placed.placed_at >= %(since)s AND placed.placed_at < %(until)s
      AND NOT back.is_test AND back.state NOT IN ('declined', 'canceled')
    GROUP BY 1, 2, 3
"""
SMALL = frozenset({"too_small", "too_short", "too_small_for_space"})
LARGE = frozenset({"too_large", "too_long", "too_big_for_space"})
OTHER_THAN_SHOWN = frozenset(
    {"not_as_described", "color_differs", "material_differs", "looks_different", "quality_too_low"}
)
# Below this a share says nothing: two returns of five sold are no pattern.
ENOUGH_SOLD = 20
WORTH_TELLING = 0.08
YEAR = timedelta(days=365)
MOST_ROWS = 1000


def reasons_report(*, since: datetime, until: datetime) -> list[ReasonCount]:
    """Return how often each reason was given for each product, the most frequent first.

    One statement; at most 1000 rows.
    """
    values: dict[str, Any] = {
        "store": current_store_id(),
        "since": since,
        "until": until,
        "most": MOST_ROWS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, values)
        return [ReasonCount(*row) for row in cursor.fetchall()]


def product_advice(
    product_ids: Collection[UUID], *, at: datetime, span: timedelta = YEAR
) -> dict[UUID, ProductAdvice]:
    """Return what a year's returns say about products, in two statements.

    Shares are of pieces sold in the span, by when they were sold. Products that were not sold are
    left out.
    """
    values: dict[str, Any] = {
        "store": current_store_id(),
        "products": list(set(product_ids)),
        "since": at - span,
        "until": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, values)
        sold = dict(cursor.fetchall())
        cursor.execute(_RETURNED, values)
        returned = cursor.fetchall()
    found = {}
    for product_id, pieces in sold.items():
        mine = [row[1:] for row in returned if row[0] == product_id]
        small = sum(n for code, _, n in mine if code in SMALL)
        large = sum(n for code, _, n in mine if code in LARGE)
        broken = sum(n for _, is_damage, n in mine if is_damage)
        other = sum(n for code, _, n in mine if code in OTHER_THAN_SHOWN)
        too_small, too_large, damaged, not_as_described = (
            min(n / pieces, 1.0) for n in (small, large, broken, other)
        )
        found[product_id] = ProductAdvice(
            product_id=product_id,
            sold=pieces,
            returned=sum(n for *_, n in mine),
            too_small=too_small,
            too_large=too_large,
            damaged=damaged,
            not_as_described=not_as_described,
            words=_words(pieces, too_small, too_large, damaged, not_as_described),
        )
    return found


def _words(sold: int, small: float, large: float, broken: float, other: float) -> str:
    """Return the advice in a sentence; "" where there is no pattern."""
    if sold < ENOUGH_SOLD:
        return ""
    said = []
    if small >= WORTH_TELLING and small > 2 * large:
        said.append(f"Runs small: {small:.0%} came back as too small.")
    if large >= WORTH_TELLING and large > 2 * small:
        said.append(f"Runs large: {large:.0%} came back as too large.")
    if broken >= WORTH_TELLING:
        said.append(f"Look at the packing: {broken:.0%} came back damaged.")
    if other >= WORTH_TELLING:
        said.append(f"Check pictures and words: {other:.0%} found it other than shown.")
    return " ".join(said)
