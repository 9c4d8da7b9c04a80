"""What lines were sold for, of thousands of orders at once: for reports and replays of the past."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing.contracts import SoldLine
from doorstep.rooms.billing.rules.shares import share

# Where books are open, their own entries; where not, what opening them would write
# (``rules.sale.line_figures``): prices have their tax in, or it comes on top.
_SOLD = """
    SELECT line.id, line.quantity, line.total_minor
        + CASE WHEN placed.taxes_included THEN 0 ELSE line.tax_minor END
    FROM orders_orderline line
    JOIN orders_order placed ON placed.id = line.order_id
    WHERE line.store_id = %(store)s AND line.order_id = ANY(%(orders)s::uuid[])
        AND line.removed_at IS NULL
        AND NOT EXISTS (SELECT FROM billing_book book WHERE book.order_id = line.order_id)
    UNION ALL
    SELECT entry.line_id, sum(entry.quantity)::integer, -sum(entry.amount_minor)::bigint
    FROM billing_book book
    JOIN billing_booking booking ON booking.book_id = book.id AND booking.kind = 'sale'
    JOIN billing_entry entry ON entry.book_id = book.id AND entry.booking_id = booking.id
    WHERE book.store_id = %(store)s AND book.order_id = ANY(%(orders)s::uuid[])
        AND entry.line_id IS NOT NULL
    GROUP BY entry.line_id
"""

_UNPAID = """
    SELECT placed.id FROM orders_order placed
    WHERE placed.store_id = %(store)s AND placed.id = ANY(%(orders)s::uuid[])
        AND placed.financial_status IN ('pending', 'authorized', 'voided')
        AND placed.total_minor > 0
        AND NOT EXISTS (
            SELECT FROM billing_book book
            JOIN billing_booking booking ON booking.book_id = book.id
            WHERE book.order_id = placed.id AND booking.kind IN ('payment', 'credit_spent')
        )
"""


def sold_lines(order_ids: Collection[UUID]) -> dict[UUID, SoldLine]:
    """Return what each line of some orders was sold for, by their books; one query.

    The same figures as ``get_moneys`` has per line, for sets of thousands. Lines of unknown orders
    and lines that were removed before their books were opened are left out.
    """
    if not order_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, {"store": current_store_id(), "orders": list(order_ids)})
        return {row[0]: SoldLine(*row) for row in cursor.fetchall()}


def unpaid_orders(order_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some orders nobody paid anything for yet, by shop and books; one query.

    What was given away at no price has nothing to be paid, and is not among them.
    """
    if not order_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_UNPAID, {"store": current_store_id(), "orders": list(order_ids)})
        return {order_id for (order_id,) in cursor.fetchall()}


def worth_of(line: SoldLine, pieces: int) -> int:
    """Return what so many pieces of a line come to when nothing of it went back before.

    By the books' one rule for the last cent (``rules.shares``). Minor units, tax in.

    :raises ValueError: more pieces than were sold.
    """
    return share(line.total_minor, pieces, line.quantity)
