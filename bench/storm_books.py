"""What must hold after the storm, added up anew from the rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bench.storm_crowd import Tally
from bench.storm_shop import CREDIT_MINOR, Scene

# Each finds rows that must not exist. %(store)s is the store.
_NEVER = {
    "a booking that does not add up to zero": """
        SELECT booking_id, sum(amount_minor) FROM billing_entry WHERE store_id = %(store)s
        GROUP BY 1 HAVING sum(amount_minor) <> 0""",
    "books that do not add up to zero": """
        SELECT sum(amount_minor) FROM billing_entry WHERE store_id = %(store)s
        HAVING sum(amount_minor) <> 0""",
    "an order of which more went back than came in": """
        SELECT book_id, sum(amount_minor) FROM billing_entry
        WHERE store_id = %(store)s AND account IN ('paid', 'refund_due', 'credit', 'bonus',
            'transfer')
        GROUP BY 1 HAVING sum(amount_minor) < 0""",
    "a charge of which more went back than came in": """
        SELECT c.id, c.captured_minor, c.refunded_minor, sum(r.amount_minor)
        FROM payments_charge c LEFT JOIN payments_refund r
            ON r.charge_id = c.id AND r.state <> 'failed'
        WHERE c.store_id = %(store)s GROUP BY c.id
        HAVING c.refunded_minor > c.captured_minor OR coalesce(sum(r.amount_minor), 0)
            > c.captured_minor""",
    "a line taken back in the books more often than sold": """
        SELECT line_id, sum(quantity) FROM billing_entry
        WHERE store_id = %(store)s AND line_id IS NOT NULL AND account = 'goods'
        GROUP BY 1 HAVING sum(quantity) < 0""",
    "a line given back more often than bought": """
        SELECT l.id, l.quantity, sum(r.claimed) FROM orders_orderline l
        JOIN returns_returnline r ON r.order_line_id = l.id
        WHERE l.store_id = %(store)s GROUP BY l.id HAVING sum(r.claimed) > l.quantity""",
    "a return's line settled beyond what it claims": """
        SELECT id FROM returns_returnline WHERE store_id = %(store)s AND settled > claimed""",
    "an oversold shelf": """
        SELECT id, on_hand, reserved FROM inventory_stocklevel
        WHERE store_id = %(store)s AND NOT (0 <= reserved AND reserved <= on_hand)""",
    "a shelf that does not know what is held on it": """
        SELECT s.id, s.reserved, coalesce(sum(r.quantity), 0) FROM inventory_stocklevel s
        LEFT JOIN inventory_reservation r ON r.level_id = s.id AND r.state = 'active'
        WHERE s.store_id = %(store)s GROUP BY s.id
        HAVING s.reserved <> coalesce(sum(r.quantity), 0)""",
    "an order that was checked and holds other pieces than it needs": """
        SELECT l.id, o.number, o.state, l.quantity, coalesce(sum(r.quantity), 0)
        FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN inventory_reservation r ON r.cause = 'order_line:' || l.id
            AND r.store_id = l.store_id AND r.state = 'active'
        WHERE l.store_id = %(store)s AND o.state IN ('ready', 'canceled', 'on_hold')
        GROUP BY l.id, o.id
        HAVING coalesce(sum(r.quantity), 0) > CASE WHEN o.state = 'canceled'
                OR l.removed_at IS NOT NULL THEN 0 ELSE l.quantity END
            OR (o.state = 'ready' AND l.removed_at IS NULL
                AND coalesce(sum(r.quantity), 0) < l.quantity)""",
    "an order whose sums are not those of its parts": """
        SELECT o.number, o.total_minor, o.shipping_minor, sum(l.total_minor) FROM orders_order o
        JOIN orders_orderline l ON l.order_id = o.id AND l.removed_at IS NULL
        WHERE o.store_id = %(store)s AND o.state IN ('ready', 'on_hold')
        GROUP BY o.id HAVING o.total_minor <> o.shipping_minor + sum(l.total_minor)""",
    "two open changes of one order": """
        SELECT order_id FROM changes_orderchange WHERE store_id = %(store)s AND state IN
            ('awaiting_approval', 'awaiting_payment', 'telling_platform')
        GROUP BY 1 HAVING count(*) > 1""",
    "an event that nobody could take": """
        SELECT handler, name, left(error, 300) FROM kernel_parked_event
        WHERE store_id = %(store)s AND status = 'failed'""",
}


def check(scene: Scene, tally: Tally) -> list[str]:
    """Return in words what does not hold; nothing, when all is right."""
    from django.db import connection

    from doorstep.kernel.ledger import api as ledger
    from doorstep.kernel.tenancy import store_scope

    with store_scope(scene.store_id):
        wrong = [f"the ledger: {one}" for one in ledger.find_discrepancies()]
    with connection.cursor() as cursor:
        for what, sql in _NEVER.items():
            cursor.execute(sql, {"store": scene.store_id})
            rows = cursor.fetchall()
            wrong += [f"{what} ({len(rows)} in all): {rows[0]}"] if rows else []
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [deadlocks] = cursor.fetchone() or [0]
        wrong += [f"{deadlocks} deadlocks"] if deadlocks else []
        wrong += _spends(cursor, scene.store_id, tally)
    return wrong


def _spends(cursor: Any, store_id: UUID, tally: Tally) -> list[str]:
    """Compare what the checkout was told with what the ledger says was spent."""
    cursor.execute(
        "SELECT cause, -amount FROM kernel_ledger_entry WHERE store_id = %s AND kind = 'spent'",
        [store_id],
    )
    booked = dict(cursor.fetchall())
    told = {cause: n for mine in tally.spent.values() for cause, n in mine.items()}
    lost = [cause for cause, amount in told.items() if booked.get(cause) != amount]
    extra = [cause for cause in booked if cause.startswith("storm-") and cause not in told]
    cursor.execute(
        "SELECT coalesce(min(balance), 0), coalesce(sum(balance), 0) FROM kernel_ledger_account"
        " WHERE store_id = %s",
        [store_id],
    )
    lowest, _left = cursor.fetchone()
    found = [f"{len(lost)} spends that were told are not booked so: {lost[:3]}"] if lost else []
    found += [f"{len(extra)} spends are booked that nobody was told of"] if extra else []
    return found + ([f"a balance of {lowest}"] if lowest < 0 else [])


def summary(scene: Scene) -> str:
    """Say what moved."""
    from django.db import connection

    with connection.cursor() as cursor:
        figures = []
        for words, sql in (
            ("bookings", "SELECT count(*) FROM billing_booking"),
            ("changes", "SELECT count(*) FROM changes_orderchange WHERE state = 'applied'"),
            ("returns", "SELECT count(*) FROM returns_returnauthorization"),
            ("refunds", "SELECT count(*) FROM payments_refund"),
            ("movements of store credit", "SELECT count(*) FROM kernel_ledger_entry"),
        ):
            cursor.execute(f"{sql}{' AND' if 'WHERE' in sql else ' WHERE'} store_id = %s",
                           [scene.store_id])  # fmt: skip
            figures.append(f"{cursor.fetchone()[0]:,} {words}")
    return ", ".join(figures) + f" ({len(scene.buyers):,} customers with €{CREDIT_MINOR / 100:.0f})"
