"""Asking label providers, one call at a time: what is due stands in the labels themselves.

A worker takes a label for the time of a lease (committed before anybody is asked), asks, and writes
down what came of it. Killed in between, it leaves a lease that ends; then somebody asks again, with
what was prepared before, so that a label is bought once (``ports.PreparedLabel``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineView
from doorstep.rooms.returns.contracts import LabelState, MethodKind, Postage
from doorstep.rooms.returns.flow.addresses import return_address
from doorstep.rooms.returns.flow.labels import record_label, record_postage
from doorstep.rooms.returns.models import ReturnLabel, ReturnLine
from doorstep.rooms.returns.ports import (
    LabelAsk,
    PreparedLabel,
    RefusedLabel,
    ReturnLabelProvider,
    TryAgain,
    find_provider,
)

log = structlog.get_logger(__name__)

BY = Actor.system("returns.labels")
# Longer than all requests of one call together may take.
LEASE = timedelta(minutes=5)
# About a day and a half: the shopper waits, but an outage of an evening is no reason to give up.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 120, 600, 1_800, 3_600, 2 * 3_600, 4 * 3_600, 8 * 3_600, 16 * 3_600)
)
LONGEST = timedelta(days=1)
# A carrier takes up to four weeks to say whether it takes a label back (USPS).
POSTAGE_LOOK = timedelta(days=1)
POSTAGE_LIMIT = timedelta(days=60)
_CLAIM = """
    WITH due AS (
        SELECT id FROM returns_returnlabel WHERE due_at <= %(at)s
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE returns_returnlabel AS l
    SET due_at = %(lease_until)s, attempts = attempts + 1
    FROM due WHERE l.id = due.id
    RETURNING l.id, l.store_id
"""


def ask_due(at: datetime) -> int:
    """Ask a provider for, or to take back, the label that is due longest; returns how many."""
    found = ReturnLabel.all_stores.raw(_CLAIM, {"at": at, "lease_until": at + LEASE})
    claimed = next(iter(found), None)
    if claimed is None:
        return 0
    with store_scope(claimed.store_id):
        _ask(claimed.id, at)
    return 1


def _ask(label_id: UUID, at: datetime) -> None:
    label = ReturnLabel.objects.defer("document", "code_document").get(id=label_id)
    is_wanted = label.state == LabelState.REQUESTED
    provider = find_provider(label.provider)
    try:
        if provider is None:
            raise TryAgain(f"There is no label provider “{label.provider}” any more.")
        if is_wanted:
            _make(provider, label, at)
        else:
            _give_back(provider, label, at)
    except TryAgain as error:
        _put_off(label, error, at, is_wanted=is_wanted)


def _make(provider: ReturnLabelProvider, label: ReturnLabel, at: datetime) -> None:
    """Have a label prepared, then bought; each answer is kept before the next question."""
    ask = _ask_for(label)
    answer = provider.make_label(ask)
    if record_label(label.id, answer, by=BY, at=at) and isinstance(answer, PreparedLabel):
        label.external_id = answer.external_id
        bought = provider.make_label(_ask_for(label))
        if isinstance(bought, PreparedLabel):
            raise TryAgain(f"{provider.label} began anew.")
        record_label(label.id, bought, by=BY, at=at)


def _give_back(provider: ReturnLabelProvider, label: ReturnLabel, at: datetime) -> None:
    """Give a label back that nobody needs; without a name nothing was ever bought.

    A yes may become a no: the carrier is asked every day until it has decided.
    """
    postage = Postage.NONE
    if label.external_id:
        postage = provider.void_label(label.id, label.external_id)
    assert label.settled_at is not None
    if postage is Postage.ASKED and at >= label.settled_at + POSTAGE_LIMIT:
        postage = Postage.UNANSWERED
    record_postage(label.id, postage, by=BY, at=at, next_look=POSTAGE_LOOK)


def _put_off(label: ReturnLabel, error: TryAgain, at: datetime, *, is_wanted: bool) -> None:
    """Ask again later, the longer the more often it failed; a person is told when it is enough."""
    wait = _wait(label.attempts, error.after_seconds)
    log.warning("label_put_off", label=str(label.id), attempts=label.attempts, words=error.words)
    if wait is None and is_wanted:
        record_label(label.id, RefusedLabel("gave_up", error.words), by=BY, at=at)
        return
    ReturnLabel.objects.filter(id=label.id).exclude(state=LabelState.READY).update(
        due_at=at + wait if wait else None, words=error.words
    )


def _wait(attempts: int, asked_for: float | None) -> timedelta | None:
    """Return the pause after so many attempts, None when it was tried often enough.

    :param asked_for: seconds that the vendor wants us to wait (Retry-After); believed up to a day.
    """
    if attempts > len(WAITS):
        return None
    return max(WAITS[attempts - 1], min(timedelta(seconds=asked_for or 0), LONGEST))


def _ask_for(label: ReturnLabel) -> LabelAsk:
    row = label.authorization
    order = orders.get_order(row.order_id)
    return LabelAsk(
        label_id=label.id,
        method=MethodKind(label.method),
        number=row.number,
        sender=order.shipping_address,
        receiver=return_address(),
        pieces=row.pieces,
        value_minor=row.value_minor,
        currency=row.currency,
        weight_grams=_weight(label, {line.id: line for line in order.lines}),
        email="" if row.for_recipient else order.summary.email,
        external_id=label.external_id,
    )


def _weight(label: ReturnLabel, sold: Mapping[UUID, LineView]) -> int | None:
    """Return what the parcel's things weigh; what is kept is in no parcel."""
    coming = ReturnLine.objects.filter(authorization=label.authorization_id, is_kept=False)
    pieces: Counter[UUID] = Counter()
    for one in coming:
        pieces[one.order_line_id] += one.quantity
    variants = catalog.get_variants([v for one in pieces if (v := sold[one].variant_id)])
    total = 0
    for line_id, quantity in pieces.items():
        line = sold[line_id]
        variant = variants.get(line.variant_id) if line.variant_id else None
        weight = line.weight_grams or (variant.weight_grams if variant else None)
        if not weight:
            return None
        total += weight * quantity
    return total
