"""Opening, reading and writing the books of orders.

Books open with the first movement: until then they are what the order's rows say, worked out by
the same function that writes them. So an import of 200,000 orders writes no books, and reading
never writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from doorstep.kernel import once
from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import copy_in, insert_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing.contracts import OWN_CHANNEL, Account
from doorstep.rooms.billing.models import Book, Booking, Entry
from doorstep.rooms.billing.ports import provider_of
from doorstep.rooms.billing.rules import platform
from doorstep.rooms.billing.rules.sale import (
    PAID_IN_FULL,
    Leg,
    difference,
    kept_above_back,
    sale_legs,
)
from doorstep.rooms.billing.rules.standing import Standing, cancel_legs
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus, OrderDetail
from doorstep.rooms.payments import api as payments


@dataclass(frozen=True, slots=True)
class Draft:
    """A booking that is to be written."""

    kind: str
    cause: str
    legs: tuple[Leg, ...]
    words: str = ""
    data: dict[str, Any] = field(default_factory=dict)


# Each order's book, the bookings of each book and the legs of each booking.
Books = tuple[dict[UUID, UUID], dict[UUID, list[Booking]], dict[UUID, list[Leg]]]


@dataclass
class Ledger:
    """An order, its bookings so far and where its money stands."""

    order: OrderDetail
    book_id: UUID | None
    bookings: list[Booking]
    legs: dict[UUID, list[Leg]]  # by booking
    standing: Standing

    @property
    def key(self) -> str:
        """By what events about it are ordered."""
        return str(self.order.summary.customer_id or self.order.summary.id)

    @property
    def subject(self) -> str:
        """What the payments room knows the order by, and its timeline."""
        return subject_of(self.order.summary.id)

    @property
    def titles(self) -> dict[UUID, str]:
        """What its lines are called."""
        return {line.id: line.title for line in self.order.lines}

    def find(self, cause: str) -> Booking | None:
        """Return the booking of a cause."""
        return next((one for one in self.bookings if one.cause == cause), None)


def subject_of(order_id: UUID) -> str:
    """Return how an order is named to other rooms."""
    return f"order:{order_id}"


def read_ledgers(
    order_ids: Sequence[UUID], *, known: OrderDetail | None = None
) -> dict[UUID, Ledger]:
    """Read orders' money, in sets; orders that are unknown are left out.

    :param known: the one order that is asked for, where it was read already.
    """
    found = {known.summary.id: known} if known else orders.get_orders(order_ids)
    ids, bookings, legs = _books_of(list(found))
    ledgers = {}
    for order_id, order in found.items():
        book_id = ids.get(order_id)
        if book_id is None:
            ledgers[order_id] = _unopened(order)
            continue
        standing = Standing()
        for one in bookings[book_id]:
            standing.add(one.kind, legs[one.id])
        ledgers[order_id] = Ledger(order, book_id, bookings[book_id], legs, standing)
    return ledgers


def _books_of(order_ids: Sequence[UUID]) -> Books:
    """Return what stands in orders' books; in books that are locked already, what stood there."""
    if len(order_ids) != 1 or not once.is_held(_lock_of(order_ids[0])):
        return _read_books(order_ids)
    key = ("bookings", current_store_id(), order_ids[0])
    ids, bookings, legs = once.remember(key, "billing_", lambda: _read_books(order_ids))
    # Whoever books adds to these.
    return (
        ids,
        defaultdict(list, {book: list(many) for book, many in bookings.items()}),
        defaultdict(list, {one: list(many) for one, many in legs.items()}),
    )


def _read_books(order_ids: Sequence[UUID]) -> Books:
    found = Book.objects.filter(order_id__in=order_ids).values_list("order_id", "id")
    ids = dict(found)
    return (ids, *_bookings_of(list(ids.values())))


def _lock_of(order_id: UUID) -> tuple[str, UUID]:
    """Name the lock on an order's books."""
    return ("book", order_id)


def _bookings_of(
    book_ids: Sequence[UUID],
) -> tuple[dict[UUID, list[Booking]], dict[UUID, list[Leg]]]:
    bookings: dict[UUID, list[Booking]] = defaultdict(list)
    legs: dict[UUID, list[Leg]] = defaultdict(list)
    if book_ids:
        for one in Booking.objects.filter(book_id__in=book_ids).order_by("booked_at", "id"):
            bookings[one.book_id].append(one)
        for entry in Entry.objects.filter(book_id__in=book_ids):
            legs[entry.booking_id].append(
                Leg(
                    Account(entry.account),
                    entry.amount_minor,
                    entry.part,
                    entry.line_id,
                    entry.quantity,
                )
            )
    return bookings, legs


def _unopened(order: OrderDetail) -> Ledger:
    """Return what the books would hold if they were opened now."""
    standing = Standing()
    ledger = Ledger(order, None, [], {}, standing)
    for draft in opening(order):
        row = Booking(
            id=new_id(),
            kind=draft.kind,
            cause=draft.cause,
            words=draft.words,
            data=draft.data,
            booked_at=order.summary.placed_at,
            booked_by="",
        )
        ledger.bookings.append(row)
        ledger.legs[row.id] = list(draft.legs)
        standing.add(draft.kind, draft.legs)
    return ledger


def opening(order: OrderDetail) -> list[Draft]:
    """Return the bookings that an order's rows make: sold, paid, and what went back so far."""
    drafts = [Draft("sale", "sale:0", tuple(sale_legs(order)), "Sold")]
    paid = paid_on_platform(order)
    if paid:
        legs = (Leg(Account.PAID, paid), Leg(Account.RECEIVABLE, -paid))
        drafts.append(Draft("payment", "paid:platform", legs, "Paid at the checkout"))
    standing = Standing()
    for draft in drafts:
        standing.add(draft.kind, draft.legs)
    for refund in order.refunds:
        if refund.currency != order.summary.currency:
            continue
        back = tuple(platform.refund_legs(refund, standing, order))
        draft = Draft(
            "platform_refund",
            f"platform-refund:{refund.external_id}",
            back,
            refund.reason or "Refunded in the shop",
            {"refund_id": str(refund.id), "external_id": refund.external_id},
        )
        standing.add(draft.kind, back)
        drafts.append(draft)
    if order.canceled_at is not None:
        drafts.append(Draft("cancellation", "canceled:1", tuple(cancel_legs(standing)), "Canceled"))
    return [draft for draft in drafts if draft.legs]


def paid_on_platform(order: OrderDetail) -> int:
    """Return what the shop says was paid for an order; of its own orders only these books know.

    Of an order that is paid in part some platforms don't say how much: nothing is counted then, so
    that no more can go back than surely came in.
    """
    if order.summary.sales_channel == OWN_CHANNEL:
        return 0
    if order.paid_minor is not None:
        return max(order.paid_minor, 0)
    is_paid = FinancialStatus(order.summary.financial_status) in PAID_IN_FULL
    return max(order.totals.total_minor, 0) if is_paid else 0


def open_book(order_id: UUID, *, by: Actor, at: datetime) -> Ledger:
    """Return an order's books with their row locked; opens them when they are not yet.

    Whoever changes an order's rows opens its books *first*: what was paid is read from them.
    Joins the caller's transaction. Lock order: the order's row (who needs it), then this.

    :raises NotFound: there is no such order in this store.
    """
    with transaction.atomic(savepoint=False):
        if not _lock_book(order_id):
            _begin_book(order_id, by=by, at=at)
        # Read behind the lock: what others booked while this one waited for it is there by now.
        return read_ledgers([order_id])[order_id]


def _lock_book(order_id: UUID) -> bool:
    """Lock an order's books; False where nobody opened them yet."""
    if once.is_held(_lock_of(order_id)):
        return True
    rows = Book.objects.select_for_update(no_key=True).filter(order_id=order_id)
    is_there = bool(list(rows.values_list("id", flat=True)))
    if is_there:
        once.hold({_lock_of(order_id)})
    return is_there


def _begin_book(order_id: UUID, *, by: Actor, at: datetime) -> None:
    order = orders.get_order(order_id)
    book_id = new_id()
    row = {
        "id": book_id,
        "store_id": current_store_id(),
        "order_id": order_id,
        "currency": order.summary.currency,
        "opened_at": at,
    }
    if not insert_rows(Book, [row], unless="(order_id)"):
        _lock_book(order_id)  # another transaction opened them between the two looks
        return
    once.hold({_lock_of(order_id)})
    write(book_id, opening(order), by=by, at=at)
    _record_first_payment(order, by=by, at=at)


def ensure_open(order_id: UUID, *, by: Actor, at: datetime) -> None:
    """Open an order's books before its rows are changed: what was paid is read from them.

    :raises NotFound: there is no such order in this store.
    """
    with transaction.atomic(savepoint=False):
        if not _lock_book(order_id):
            _begin_book(order_id, by=by, at=at)


def _record_first_payment(order: OrderDetail, *, by: Actor, at: datetime) -> None:
    """Let the payments room know what was paid in the shop, and what of it went back there."""
    paid = paid_on_platform(order)
    if not paid:
        return
    charge = payments.record_charge(
        subject=subject_of(order.summary.id),
        cause="paid:platform",
        key=str(order.summary.customer_id or order.summary.id),
        provider=provider_of(order.connection_id),
        external_id=order.external_id,
        currency=order.summary.currency,
        amount_minor=paid,
        method_label=order.payment_method,
        charged_at=order.summary.placed_at,
        by=by,
        at=at,
    )
    left = paid
    for refund in order.refunds:
        if refund.currency == order.summary.currency and refund.amount_minor and left:
            payments.note_platform_refund(
                charge_id=charge.id,
                external_id=refund.external_id,
                amount_minor=min(refund.amount_minor, left),
                currency=refund.currency,
                refunded_at=refund.refunded_at,
                by=by,
                at=at,
            )
            left -= min(refund.amount_minor, left)


def write(book_id: UUID, drafts: Iterable[Draft], *, by: Actor, at: datetime) -> list[UUID]:
    """Write bookings with their entries; the book's row is locked.

    :raises IntegrityError: the database's guards refuse it; a bug, or a race that was lost.
    """
    rows: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    store_id = current_store_id()
    for draft in drafts:
        row_id = new_id()
        rows.append(
            {
                "id": row_id,
                "store_id": store_id,
                "book_id": book_id,
                "kind": draft.kind,
                "cause": draft.cause,
                "words": draft.words,
                "data": draft.data,
                "booked_at": at,
                "booked_by": by.key,
            }
        )
        entries += [
            {
                "id": new_id(),
                "store_id": store_id,
                "book_id": book_id,
                "booking_id": row_id,
                "account": leg.account.value,
                "part": leg.part,
                "line_id": leg.line_id,
                "quantity": leg.quantity,
                "amount_minor": leg.amount_minor,
            }
            for leg in draft.legs
        ]
    copy_in(Booking, rows)
    copy_in(Entry, entries)
    return [row["id"] for row in rows]


def book(ledger: Ledger, draft: Draft, *, by: Actor, at: datetime) -> UUID:
    """Write one booking and take it into the ledger at hand."""
    assert ledger.book_id is not None, "open_book() comes first"
    (booking_id,) = write(ledger.book_id, [draft], by=by, at=at)
    row = Booking(
        id=booking_id,
        kind=draft.kind,
        cause=draft.cause,
        words=draft.words,
        data=draft.data,
        booked_at=at,
        booked_by=by.key,
    )
    ledger.bookings.append(row)
    ledger.legs[booking_id] = list(draft.legs)
    ledger.standing.add(draft.kind, draft.legs)
    return booking_id


def sync_sale(ledger: Ledger, *, cause: str, words: str, by: Actor, at: datetime) -> int:
    """Book what the order's rows say now beyond what is booked as sold; returns the change."""
    sold = [
        leg for one in ledger.bookings if one.kind == "sale" for leg in ledger.legs.get(one.id, ())
    ]
    legs = difference(sale_legs(ledger.order), sold)
    standing = {
        line_id: (line.pieces_left, line.left.total)
        for line_id, line in ledger.standing.lines.items()
    }
    legs = kept_above_back(legs, standing)
    before = ledger.standing.outstanding
    if legs:
        number = sum(one.kind == "sale" for one in ledger.bookings)
        name = cause if ledger.find(cause) is None else f"{cause}#{number}"
        book(ledger, Draft("sale", name, tuple(legs), words), by=by, at=at)
    _sync_cancellation(ledger, by=by, at=at)
    return ledger.standing.outstanding - before


def _sync_cancellation(ledger: Ledger, *, by: Actor, at: datetime) -> None:
    """Make a canceled order cost nothing, and an order that was taken back up cost again."""
    done = [one for one in ledger.bookings if one.kind == "cancellation"]
    is_canceled = ledger.order.canceled_at is not None
    if is_canceled == (len(done) % 2 == 1):
        return
    if is_canceled:
        legs, words = cancel_legs(ledger.standing), "Canceled"
    else:
        legs = difference([], ledger.legs[done[-1].id])
        words = "Taken up again"
    if legs:
        draft = Draft("cancellation", f"canceled:{len(done) + 1}", tuple(legs), words)
        book(ledger, draft, by=by, at=at)
