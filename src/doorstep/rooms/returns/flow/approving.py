"""What follows from a yes: the way back, what goes out at once, and money where nothing is awaited."""

from __future__ import annotations

from datetime import timedelta

from doorstep.rooms.payments import api as payments
from doorstep.rooms.returns.contracts import (
    NewThingState,
    Outcome,
    ReturnKind,
    ReturnState,
)
from doorstep.rooms.returns.events import ReturnApproved
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.labels import request_label
from doorstep.rooms.returns.flow.opening import OpenReturn, load_settings, watch_from
from doorstep.rooms.returns.flow.settling import settle_due
from doorstep.rooms.returns.flow.swapping import start_instant, things_of
from doorstep.rooms.returns.models import ReturnLine

# Card networks let holds lapse after 7 days (docs.stripe.com/payments/place-a-hold): what has not
# come back by then is taken while it still can be.
HOLD_DAYS = 6
WITHDRAWAL_DAYS = 14  # to send the goods back (directive 2011/83/EU, art. 14 (1))


def approve(opened: OpenReturn) -> None:
    """Approve a return in hand; the caller saves it."""
    opened.become(ReturnState.APPROVED)
    row, settings = opened.row, load_settings()
    instant = _instant_lines(opened)
    if not row.is_kept:
        days = settings.valid_days
        if row.kind == ReturnKind.WITHDRAWAL:
            days = max(days, WITHDRAWAL_DAYS)
        if instant and payments.can_take_payments(is_hold=True):
            days = min(days, HOLD_DAYS)
        row.expires_at = opened.at + timedelta(days=days)
        row.watch_at = watch_from(row.expires_at, settings, opened.at)
    opened.facts.append(
        ReturnApproved(
            *opened.head,
            kind=row.kind,
            is_kept=row.is_kept,
            expires_at=row.expires_at,
            is_test=row.is_test,
        )
    )
    request_label(opened)
    if instant:
        start_instant(opened, instant)
    settle_due(opened)
    close_if_done(opened)


def _instant_lines(opened: OpenReturn) -> list[ReturnLine]:
    """Return the exchanges that go out before the old things are back."""
    if opened.row.is_kept or not payments.can_take_payments():
        return []  # without anything to secure it, it goes out when the old thing is back
    waiting = {one.line_id for one in things_of(opened) if one.state == NewThingState.RESERVED}
    return [
        line
        for line in opened.lines
        if line.outcome in (Outcome.EXCHANGE, Outcome.EXCHANGE_ANY)
        and opened.terms[line.id].instant_exchange
        and not line.is_kept
        and line.id in waiting
    ]
