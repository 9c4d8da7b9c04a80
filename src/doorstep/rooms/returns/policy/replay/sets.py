"""One set of a replay: some past orders, each line asked about under two versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.rooms.returns.policy.facts import READERS, Asked, Moment
from doorstep.rooms.returns.policy.reasons import ReasonBook
from doorstep.rooms.returns.policy.replay.judging import Judgment, Scene, judge
from doorstep.rooms.returns.policy.replay.totals import Totals, count, count_judgment
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
        sum(given_line.amount_minor)
    FROM orders_refund given JOIN orders_refundline given_line ON given_line.refund_id = given.id
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
    """Ask about every line of some orders that arrived; sums and one row a line for the download."""
    history = trial.new.asks_history or trial.current.asks_history
    store = trial.scene.store
    rows = load_rows(order_ids=order_ids, at=trial.now, with_history=history, store=store)
    returned = really_returned(store.id, order_ids)
    names = tuple(dict.fromkeys((*trial.new.fact_names, *trial.current.fact_names)))
    readers = [(name, READERS[name]) for name in names]
    totals: Totals = {}
    listed: list[list[Any]] = []
    labels = _Labels(trial, totals)
    for row in rows.values():
        if row.is_canceled or row.is_removed or row.is_gift_card or row.delivered_on is None:
            count(totals, "left_out")
            continue
        real = returned.get(row.line_id)
        moment = _moment(trial, row, real)
        asked = trial.book.asked(real.reason if real else "")
        values = {name: read(row, moment, asked) for name, read in readers}
        quantity = min(real.quantity, row.quantity) if real else row.quantity
        group = "returned" if real else "assumed"
        answers = tuple(
            judge(policy, row, values, moment, quantity, trial.scene)
            for policy in (trial.new, trial.current)
        )
        _count_line(totals, group, row, answers)
        labels.note(group, row, answers)
        if real is not None:
            _count_real(totals, row, real)
        listed.append(_listed(row, moment, real, asked, quantity, answers))
    labels.settle()
    return totals, listed


def _moment(trial: Trial, row: LineRow, real: Returned | None) -> Moment:
    """Return when it was asked, or would have been: at noon so many days after delivery."""
    at = trial.now
    if real is not None:
        at = min(real.at, at)
    elif row.delivered_on is not None:
        day = row.delivered_on + timedelta(days=trial.ask_after_days)
        at = min(datetime.combine(day, time(12), trial.scene.zone).astimezone(UTC), at)
    return Moment(at, at.astimezone(trial.scene.zone).date())


def _count_line(totals: Totals, group: str, row: LineRow, answers: tuple[Judgment, ...]) -> None:
    month = f"{row.ordered_on:%Y-%m}"
    for side, answer in zip(("new", "current"), answers, strict=True):
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
        for side, answer in zip(("new", "current"), answers, strict=True):
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
    answers: tuple[Judgment, ...],
) -> list[Any]:
    found: list[Any] = [
        row.order_number,
        row.sku,
        row.title,
        quantity,
        row.ordered_on,
        row.delivered_on,
        moment.today,
        "yes" if real else "no",
        asked.reason,
        row.currency,
        (row.total_minor + row.tax_on_top_minor) * quantity // row.quantity,
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
