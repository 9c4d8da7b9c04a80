"""The legal right to withdraw: what it covers, apart from the store's own policy.

Directive 2011/83/EU, art. 9: 14 days from the day the last of the goods arrived; art. 16 names what
is excepted, which a person decides about. A withdrawal is never refused here: what seems too late is
looked at by a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.rooms.returns.contracts import Eligibility, RuleTrace
from doorstep.rooms.returns.policy.rows import LineRow, load_rows
from doorstep.rooms.returns.rules.terms import WITHDRAWAL
from doorstep.rooms.stores import api as stores

WINDOW_DAYS = 14
REFUND_DAYS = 14  # from the day the store learns of it (art. 13 (1))


def withdrawal_eligibility(order_id: UUID, *, at: datetime) -> dict[UUID, Eligibility]:
    """Return for each line what can still be withdrawn from: all that is not back already."""
    store = stores.get_store()
    rows = load_rows(order_ids=[order_id], at=at, with_taken=True, store=store)
    return withdrawal_of(rows.values())


def withdrawal_of(rows: Iterable[LineRow]) -> dict[UUID, Eligibility]:
    """Return the same for lines that were loaded already; touches no database.

    :param rows: with what is taken of them.
    """
    found = {}
    for row in rows:
        left = max(0, row.quantity - row.taken)
        is_there = left > 0 and not row.is_removed
        words = "" if is_there else "It is back already, or was taken off the order."
        found[row.line_id] = Eligibility(
            line_id=row.line_id,
            quantity=left if is_there else 0,
            is_allowed=is_there,
            terms=WITHDRAWAL if is_there else None,
            reason=words,
            reason_code="" if is_there else "already_returned",
            policy_version_id=None,
            trace=(RuleTrace("Right of withdrawal", is_there, ("the law's, not the policy's",)),),
        )
    return found


def too_late_words(order_id: UUID, *, at: datetime) -> str:
    """Say why a person should look at a withdrawal; "" within the 14 days."""
    store = stores.get_store()
    rows = load_rows(order_ids=[order_id], at=at, store=store)
    if rows and not any(row.arrived or row.shipped_quantity for row in rows.values()):
        return "It has not left yet, as far as we know: cancel the order instead."
    arrived = [row.delivered_on for row in rows.values() if row.requires_shipping]
    if not arrived or any(day is None for day in arrived):
        return ""  # the days have not begun while something is still on its way
    last = max(day for day in arrived if day is not None) + timedelta(days=WINDOW_DAYS)
    today = at.astimezone(ZoneInfo(store.timezone)).date()
    if today <= last:
        return ""
    return f"The 14 days to withdraw ended on {last.isoformat()}."


def refund_by(at: datetime) -> date:
    """Return the last day on which a withdrawal's money has to be back."""
    zone = ZoneInfo(stores.get_store().timezone)
    return at.astimezone(zone).date() + timedelta(days=REFUND_DAYS)
