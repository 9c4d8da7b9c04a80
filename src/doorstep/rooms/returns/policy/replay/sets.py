"""One set of a replay: some past orders, each line asked about under two versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import SoldLine
from doorstep.rooms.returns.policy.facts import NOTHING_ASKED, READERS, Asked, Moment
from doorstep.rooms.returns.policy.reasons import ReasonBook
from doorstep.rooms.returns.policy.replay.judging import Judge, Judgment, Scene
from doorstep.rooms.returns.policy.replay.totals import SIDES, Totals, count, count_judgment
from doorstep.rooms.returns.policy.rows import LineRow, load_rows
from doorstep.rooms.returns.policy.versions import Policy

# Our own returns, and for what came before them the platform's refunds of lines.
_RETURNED = """
    SELECT back_line.order_line_id, min(back.requested_at), sum(back_line.claimed),
        min(back_line.reason_code), sum(back_line.value_minor)
    FROM returns_returnauthorization back
    JOIN returns_returnline back_line ON back_line.authorization_id = back.id
    WHERE back.store_id = %s AND back.order_id = ANY(%s::uuid[]) AND back.kind = 'voluntary'
        AND back_line.claimed > 0
    GROUP BY back_line.order_line_id
"""
_REFUNDED = """
    SELECT given_line.line_id, min(given.refunded_at), sum(given_line.quantity), '',
        sum(given_line.amount_minor
            + CASE WHEN placed.taxes_included THEN 0 ELSE given_line.tax_minor END)
    FROM orders_refund given
    JOIN orders_refundline given_line ON given_line.refund_id = given.id
    JOIN orders_order placed ON placed.id = given.order_id
    WHERE given.store_id = %s AND given.order_id = ANY(%s::uuid[]) AND given_line.quantity > 0
    GROUP BY given_line.line_id
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a replay compares, and what it assumes.

    :ivar ask_after_days: for lines nobody returned: so many days after delivery.
    :ivar now: nothing is asked later than this.
    """

    new: Policy
    current: Policy
    scene: Scene
    book: ReasonBook
    ask_after_days: int
    label_cost_minor: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """What was really returned of a line; reason "" where only the platform's refund is known."""

    at: datetime
    quantity: int
    reason: str
    value_minor: int


def really_returned(store_id: UUID, order_ids: Collection[UUID]) -> dict[UUID, Returned]:
    """Return what came back of each line; our own records before the platform's."""
    found: dict[UUID, Returned] = {}
    with connection.cursor() as cursor:
        for sql in (_REFUNDED, _RETURNED):
            cursor.execute(sql, [store_id, list(order_ids)])
            for line_id, at, quantity, reason, value in cursor.fetchall():
                found[line_id] = Returned(at, int(quantity), reason, int(value))
    return found


def play(trial: Trial, order_ids: Sequence[UUID]) -> tuple[Totals, list[list[Any]]]:
    """Ask about every line of some orders that arrived; sums and one row a line for the download.

    Orders that nobody paid for were not sold: their lines are counted apart.

    The number of queries does not grow with the orders.
    """
    rows, returned, sold = _load(trial, order_ids)
    unpaid = billing.unpaid_orders(order_ids)
    names = tuple(dict.fromkeys((*trial.new.fact_names, *trial.current.fact_names)))
    readers = [(name, READERS[name]) for name in names]
    judges = (Judge(trial.new, trial.scene), Judge(trial.current, trial.scene))
    moments = _Moments(trial)
    totals: Totals = {}
    listed: list[list[Any]] = []
    labels = _Labels(trial, totals)
    for row in rows.values():
        if row.is_canceled or row.is_removed or row.is_gift_card or row.delivered_on is None:
            count(totals, "left_out")
            continue
        if row.order_id in unpaid:
            count(totals, "unpaid")
            continue
        real = returned.get(row.line_id)
        moment = moments.of(row.delivered_on, real)
        asked = trial.book.asked(real.reason) if real else NOTHING_ASKED
        values = {name: read(row, moment, asked) for name, read in readers}
        quantity, worth = _pieces(row, real, sold.get(row.line_id))
        group = "returned" if real else "assumed"
        answers = tuple([one.judge(row, values, moment, quantity, worth) for one in judges])
        _count_line(totals, group, row, answers)
        labels.note(group, row, answers)
        if real is not None:
            _count_real(totals, row, real)
        listed.append(_listed(row, moment, real, asked, quantity, worth, answers))
    labels.settle()
    return totals, listed


def _load(
    trial: Trial, order_ids: Sequence[UUID]
) -> tuple[dict[UUID, LineRow], dict[UUID, Returned], dict[UUID, SoldLine]]:
    history = trial.new.asks_history or trial.current.asks_history
    store = trial.scene.store
    rows = load_rows(order_ids=order_ids, at=trial.now, with_history=history, store=store)
    return rows, really_returned(store.id, order_ids), billing.sold_lines(order_ids)


def _pieces(row: LineRow, real: Returned | None, sold: SoldLine | None) -> tuple[int, int]:
    """Return how many pieces are asked about, and what they come to by the order's books.

    Of a line that was really returned as many as came back, as if nothing had gone back before.
    """
    quantity = min(real.quantity, row.quantity) if real else row.quantity
    if sold is None:
        return quantity, 0
    return quantity, billing.worth_of(sold, min(quantity, sold.quantity))


class _Moments:
    """When lines were asked about, or would have been: at noon so many days after delivery."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._by_day: dict[date, Moment] = {}

    def of(self, delivered_on: date, real: Returned | None) -> Moment:
        """Return the moment of a line; what was really returned was asked about then."""
        if real is not None:
            return self._at(real.at)
        found = self._by_day.get(delivered_on)
        if found is None:
            day = delivered_on + timedelta(days=self._trial.ask_after_days)
            noon = datetime.combine(day, time(12), self._trial.scene.zone)
            found = self._by_day[delivered_on] = self._at(noon.astimezone(UTC))
        return found

    def _at(self, at: datetime) -> Moment:
        at = min(at, self._trial.now)
        return Moment(at, at.astimezone(self._trial.scene.zone).date())


def _count_line(totals: Totals, group: str, row: LineRow, answers: tuple[Judgment, ...]) -> None:
    month = row.ordered_on.isoformat()[:7]
    for side, answer in zip(SIDES, answers, strict=True):
        count_judgment(totals, group, side, row.currency, month, answer)
    new, current = answers
    if bool(new.code) is not bool(current.code):
        count(totals, group, "newly_refused" if new.code else "newly_accepted")


def _count_real(totals: Totals, row: LineRow, real: Returned) -> None:
    count(totals, "real", "lines")
    count(totals, "real", "money", row.currency, "refunded_minor", by=real.value_minor)


class _Labels:
    """Counts one label an order and version: lines of one order come back in one parcel."""

    def __init__(self, trial: Trial, totals: Totals) -> None:
        self.trial, self.totals = trial, totals
        self.seen: dict[tuple[UUID, str, str], tuple[str, int, bool]] = {}

    def note(self, group: str, row: LineRow, answers: tuple[Judgment, ...]) -> None:
        for side, answer in zip(SIDES, answers, strict=True):
            if answer.code or not (answer.has_label or answer.label_fee_minor):
                continue
            key = (row.order_id, group, side)
            _, fee, label = self.seen.get(key, (row.currency, 0, False))
            found = (row.currency, max(fee, answer.label_fee_minor), label or answer.has_label)
            self.seen[key] = found

    def settle(self) -> None:
        cost, own = self.trial.label_cost_minor, self.trial.scene.store.currency
        for (_, group, side), (currency, fee, label) in self.seen.items():
            if fee:
                path = (group, side, "money", currency)
                count(self.totals, *path, "label_fees_minor", by=fee)
                name = "credited_minor"
                money = self.totals[group][side]["money"][currency]
                if "refunded_minor" in money:
                    name = "refunded_minor"
                count(self.totals, *path, name, by=-fee)
            if label:
                count(self.totals, group, side, "labels")
                count(self.totals, group, side, "money", own, "label_costs_minor", by=cost)


# Not "": every text begins with it.
_FORMULA_STARTS = frozenset("=+-@\t\r")
COLUMNS = (
    "order",
    "sku",
    "product",
    "pieces",
    "ordered",
    "delivered",
    "asked",
    "really_returned",
    "reason",
    "currency",
    "paid_minor",
    "new_answer",
    "new_until",
    "new_back_minor",
    "new_fee_minor",
    "new_kept_minor",
    "current_answer",
    "current_until",
    "current_back_minor",
    "current_fee_minor",
    "current_kept_minor",
)


def _listed(
    row: LineRow,
    moment: Moment,
    real: Returned | None,
    asked: Asked,
    quantity: int,
    worth: int,
    answers: tuple[Judgment, ...],
) -> list[Any]:
    found: list[Any] = [
        _harmless(row.order_number),
        _harmless(row.sku),
        _harmless(row.title),
        quantity,
        row.ordered_on,
        row.delivered_on,
        moment.today,
        "yes" if real else "no",
        _harmless(asked.reason),
        row.currency,
        worth,
    ]
    for one in answers:
        found += [
            one.code or "accepted",
            one.until or "",
            one.refund_minor,
            one.fee_minor,
            one.kept_minor,
        ]
    return found


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a product's title for a formula."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text
