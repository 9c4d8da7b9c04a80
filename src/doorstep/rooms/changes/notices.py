"""Delay notices: sent when a promise to ship slips, answered by links, closed by the clock.

All that happens to one stands in its log: what was said when, when it was sent, opened, answered
and by whom. It is the evidence that the law asks for (16 CFR 435.2(d)).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, DomainError, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.whole_rows import rows_by
from doorstep.rooms.changes.actions.request import request_change
from doorstep.rooms.changes.contracts import (
    ChangeAsk,
    ChangeKind,
    DelayNotice,
    NoticeState,
)
from doorstep.rooms.changes.events import DelayNoticeAnswered, DelayNoticeSent
from doorstep.rooms.changes.models import DelayNoticeRow
from doorstep.rooms.changes.rules.notices import COUNTRY, terms_of
from doorstep.rooms.changes.settings import get_settings
from doorstep.rooms.fulfillment.events import ShipByMissed
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import DelayContext, day
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderToShip
from doorstep.rooms.stores import api as stores

KIND = "order_ship_late"
BATCH = 50
_BY = Actor.system("changes.notices")
_OPEN_STATES = ("ready", "on_hold")


def _view(row: DelayNoticeRow, number: str) -> DelayNotice:
    return DelayNotice(
        id=row.id,
        order_id=row.order_id,
        order_number=number,
        state=NoticeState(row.state),
        nth=row.nth,
        previous_date=row.previous_date,
        new_date=row.new_date,
        silence=row.silence,
        respond_by=row.respond_by,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        log=tuple((datetime.fromisoformat(at), f"{words} ({who})") for at, words, who in row.log),
    )


# ``%(order)s`` is the order's id.
NOTICES_OF_ORDER = Tally(
    "SELECT count(*) FROM changes_delaynotice WHERE store_id = %(store)s AND order_id = %(order)s"
)


def list_notices(order_id: UUID) -> list[DelayNotice]:
    """List an order's delay notices, newest first."""
    return list_notices_of([order_id])


def list_notices_of(order_ids: Collection[UUID]) -> list[DelayNotice]:
    """List the delay notices of orders, newest first, in two queries."""
    rows = rows_by(DelayNoticeRow, "order_id", order_ids)
    rows.sort(key=lambda row: (row.sent_at, row.nth), reverse=True)
    marks = orders.get_order_marks({row.order_id for row in rows})
    return [_view(row, marks[row.order_id].number if row.order_id in marks else "") for row in rows]


def get_notice(notice_id: UUID) -> DelayNotice:
    """Return a delay notice. :raises NotFound: there is none in this store."""
    row = DelayNoticeRow.objects.filter(id=notice_id).first()
    if row is None:
        raise NotFound("There is no such notice.")
    marks = orders.get_order_marks([row.order_id])
    return _view(row, marks[row.order_id].number if row.order_id in marks else "")


def _log(row: DelayNoticeRow, words: str, *, by: Actor, at: datetime) -> None:
    row.log = [*row.log, [at.isoformat(), words, by.key]]


@action(
    "changes.send_delay_notice",
    permission="messages.send",
    summary="Ask a shopper to agree to a later date, or to cancel",
)
def send_delay_notice(
    *, order_id: UUID, new_date: date | None = None, by: Actor, at: datetime
) -> DelayNotice:
    """Send a notice that the order ships later than was said, with both answers to choose from.

    :param new_date: when it ships instead; None: that is not known.
    :raises NotFound: there is no such order.
    :raises Invalid: the new day is not after the promised one, or is over.
    :raises Conflict: the order is over or history, nothing was promised, or a notice is open.
    """
    order = orders.get_orders_to_ship([order_id], lock=True).get(order_id)
    if order is None:
        raise NotFound("There is no such order.")
    if order.state not in _OPEN_STATES:
        raise Conflict("This order has left, or was canceled: there is nothing to ask.")
    row = _send(order, new_date, f"by hand:{at.isoformat()}", by=by, at=at)
    audit.note(subject=f"order:{order_id}", changes={"delay notice": [None, row.nth]})
    return get_notice(row.id)


def _send(
    order: OrderToShip, new_date: date | None, cause: str, *, by: Actor, at: datetime
) -> DelayNoticeRow:
    before = list(DelayNoticeRow.objects.filter(order_id=order.id).order_by("nth"))
    if any(row.state == NoticeState.OPEN for row in before):
        raise Conflict("A notice about this order waits for its answer already.")
    promised = _promised(order, before)
    if promised is None:
        raise Conflict("No day was promised for this order: there is nothing to be late with.")
    zone = ZoneInfo(stores.get_store().timezone)
    if new_date is not None and new_date <= max(promised, at.astimezone(zone).date()):
        raise Invalid("The new day is after the promised one, and not over.", field="new_date")
    terms = terms_of(nth=len(before) + 1, promised=promised, new_date=new_date, at=at, zone=zone)
    row = DelayNoticeRow(
        id=new_id(),
        store_id=current_store_id(),
        order_id=order.id,
        nth=len(before) + 1,
        state=NoticeState.OPEN,
        cause=cause,
        previous_date=promised,
        new_date=new_date,
        silence=terms.silence,
        respond_by=terms.respond_by,
        sent_at=at,
        sent_by=by.key,
    )
    said = new_date.isoformat() if new_date else "a day that is not known"
    _log(
        row,
        f"Asked: {promised.isoformat()} was promised, {said} instead; no answer by"
        f" {terms.respond_by.isoformat()} means {terms.silence}",
        by=by,
        at=at,
    )
    row.save(force_insert=True)
    # From now on the order's page says what the shopper is told here.
    orders.move_promise(order_id=order.id, ship_by_date=new_date, by=by, at=at)
    _write_to_shopper(row, by=by, at=at)
    publish(
        DelayNoticeSent(
            row.id, order.id, order.customer_id, row.nth, new_date, row.respond_by, row.silence
        ),
        key=order.customer_id or order.id,
        at=at,
        by=by,
        subject=f"order:{order.id}",
    )
    return row


def _promised(order: OrderToShip, before: list[DelayNoticeRow]) -> date | None:
    """Return the day that counts: the one agreed to last, else the one promised at first."""
    for row in reversed(before):
        if row.new_date is not None:
            return row.new_date
    return before[0].previous_date if before else order.ship_by_date


def _write_to_shopper(row: DelayNoticeRow, *, by: Actor, at: datetime) -> None:
    composer = orders.message_composer([row.order_id], at=at)
    if row.order_id not in composer:
        return
    page = f"{composer.order_page(row.order_id)}/later/{row.id}"
    delay: DelayContext = {
        "previous_date": day(row.previous_date),
        "new_date": day(row.new_date),
        "consent_url": f"{page}?answer=consent",
        "cancel_url": f"{page}?answer=cancel",
        "silence_means": "consent" if row.silence == "consent" else "cancel",
        "respond_by_date": day(row.respond_by.date()),
    }
    messaging.request_messages(
        [composer.request(KIND, row.order_id, f"delay_notice:{row.id}", delay=delay)],
        by=by,
        at=at,
    )


def notice_missed(missed: Iterable[ShipByMissed], *, at: datetime) -> None:
    """Send notices about promises that were missed, to orders that go to the United States.

    One for each day that was missed of an order, however many of its shipments are late.
    """
    if not get_settings().us_delay_notices:
        return
    wanted = {one.order_id: one for one in missed}
    for order_id, order in sorted(orders.get_orders_to_ship(list(wanted), lock=True).items()):
        one = wanted[order_id]
        cause = f"ship_by:{one.ship_by_date.isoformat()}"
        known = DelayNoticeRow.objects.filter(order_id=order_id)
        if (
            order.country_code != COUNTRY
            or order.state not in _OPEN_STATES
            or order.is_test
            or known.filter(cause=cause).exists()
            or known.filter(state=NoticeState.OPEN).exists()
        ):
            continue
        try:
            with transaction.atomic():
                _send(order, one.new_date, cause, by=_BY, at=at)
        except DomainError:
            continue  # nothing was promised, or the new day is over: the next look asks again


def asks_about(order_ids: Collection[UUID]) -> set[UUID]:
    """Return the orders whose lateness is told here, with consent and cancellation to choose."""
    if not order_ids or not get_settings().us_delay_notices:
        return set()
    found = orders.get_orders_to_ship(order_ids)
    return {order_id for order_id, order in found.items() if order.country_code == COUNTRY}


def _lock_notice(notice_id: UUID) -> DelayNoticeRow:
    order_id = (
        DelayNoticeRow.objects.filter(id=notice_id).values_list("order_id", flat=True).first()
    )
    if order_id is None:
        raise NotFound("There is no such notice.")
    orders.get_orders_to_ship([order_id], lock=True)
    return DelayNoticeRow.objects.select_for_update().get(id=notice_id)


@action(
    "changes.answer_delay_notice",
    permission="orders.change",
    summary="Answer a delay notice: agree, or cancel",
)
def answer_delay_notice(
    *, notice_id: UUID, is_consent: bool, by: Actor, at: datetime
) -> DelayNotice:
    """Agree to the new date, or cancel and be paid back. The same answer twice is one.

    Who agreed can cancel until it leaves all the same.

    :raises NotFound: there is no such notice.
    :raises Conflict: the order has left or was canceled meanwhile.
    """
    row = _lock_notice(notice_id)
    order = orders.get_order_head(row.order_id)
    if order.state not in _OPEN_STATES:
        if row.state == NoticeState.CANCELED and not is_consent:
            return get_notice(row.id)
        raise Conflict("This order has left, or was canceled already.")
    if is_consent:
        if row.state == NoticeState.OPEN:
            _close(row, NoticeState.CONSENTED, "Agreed to the new date", by=by, at=at)
        return get_notice(row.id)
    _cancel(row, "Canceled by the shopper", by=by, at=at)
    return get_notice(row.id)


def _cancel(row: DelayNoticeRow, words: str, *, by: Actor, at: datetime) -> None:
    """Cancel the order by the law's word: no window of the store stands against it."""
    request_change(
        order_id=row.order_id,
        ask=ChangeAsk(ChangeKind.CANCEL, reason="Shipped later than promised (16 CFR 435)"),
        form_key=f"delay_notice:{row.id}",
        by=_BY,
        at=at,
    )
    _close(row, NoticeState.CANCELED, words, by=by, at=at)


def _close(row: DelayNoticeRow, state: NoticeState, words: str, *, by: Actor, at: datetime) -> None:
    _log(row, words, by=by, at=at)
    row.state, row.answered_at = state, row.answered_at or at
    row.save()
    owner = orders.get_customers_of([row.order_id]).get(row.order_id)
    publish(
        DelayNoticeAnswered(row.id, row.order_id, owner, state),
        key=owner or row.order_id,
        at=at,
        by=by,
        subject=f"order:{row.order_id}",
    )


def close_due(at: datetime) -> int:
    """Close one set of notices, of any store, that nobody answered in time; returns how many."""
    due: dict[UUID, list[UUID]] = defaultdict(list)
    rows = DelayNoticeRow.all_stores.filter(state=NoticeState.OPEN, respond_by__lte=at)
    for store_id, notice_id in rows.order_by("respond_by").values_list("store_id", "id")[:BATCH]:
        due[store_id].append(notice_id)
    closed = 0
    for store_id, notice_ids in due.items():
        with store_scope(store_id):
            for notice_id in notice_ids:
                closed += _close_one(notice_id, at)
    return closed


def _close_one(notice_id: UUID, at: datetime) -> int:
    with transaction.atomic():
        row = _lock_notice(notice_id)
        if row.state != NoticeState.OPEN or row.respond_by > at:
            return 0
        if orders.get_order_head(row.order_id).state not in _OPEN_STATES:
            _close(row, NoticeState.MOOT, "The order was over by then", by=_BY, at=at)
        elif row.silence == "consent":
            _close(row, NoticeState.SILENT, "No answer: that is consent", by=_BY, at=at)
        else:
            try:
                with transaction.atomic():
                    _cancel(row, "No answer: canceled as the law says", by=_BY, at=at)
            except DomainError as error:
                # Packed in the last minute, or a change under way: said, and a person decides.
                row.refresh_from_db()
                words = f"No answer, and it could not be canceled: {error}"
                _close(row, NoticeState.MOOT, words, by=_BY, at=at)
        return 1
