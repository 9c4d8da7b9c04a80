"""Telling the shop platform, exactly once as far as it can be known.

A task is claimed in a transaction of its own and told outside of any. Whoever dies in between
leaves it claimed: after ``LEASE`` another worker takes it over and tells it again, with the same
task id. The platform's hands (``ports.ShopPlatform.tell``) answer a repeat as the first time: by
the platform's own idempotency key, or by looking whether it already stands where it should. The
outcome is written under the order's lock together with what follows from it, so it counts once
however often it is learned. What stays unknown is parked for a person, never guessed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, DomainError, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.changes import ports
from doorstep.rooms.changes.actions.decide import lock_change
from doorstep.rooms.changes.contracts import ChangeKind, ChangeState, PlatformTaskView
from doorstep.rooms.changes.flow.carrying import finish, undo
from doorstep.rooms.changes.models import OrderChange, PlatformTask
from doorstep.rooms.changes.ports import Done, No, Tell, TellLine, TryAgain
from doorstep.rooms.changes.queries import task_view
from doorstep.rooms.changes.rules.asking import from_json
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import AddressView

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)  # longer than any call may take (kernel.http: 30 s, a few calls)
MOST_ATTEMPTS = 8  # about a day with the waits below
_WAITS = (5, 30, 120, 600, 1_800, 7_200, 21_600)  # seconds
_BY = Actor.system("changes.telling")


def tell_next(*, at: datetime) -> int:
    """Tell one platform one thing that is due, of any store; returns 1, or 0 when nothing is."""
    claimed = _claim(at)
    if claimed is None:
        return 0
    store_id, task_id = claimed
    with store_scope(store_id):
        task = PlatformTask.objects.select_related("change").get(id=task_id)
        try:
            outcome: Done | No | TryAgain = _tell(task)
        except TryAgain as again:
            outcome = again
        except Exception as error:
            # A fault of ours or of the connector: the outcome is not known, so it is tried again,
            # and in the end somebody looks.
            log.exception("telling_platform_failed", task=str(task_id))
            outcome = TryAgain(f"{type(error).__name__}: {error}"[:500])
        record_outcome(task_id, outcome, at=at)
    return 1


def _claim(at: datetime) -> tuple[UUID, UUID] | None:
    """Take one due task; committed before anything is told."""
    with transaction.atomic():
        task = (
            PlatformTask.all_stores.select_for_update(skip_locked=True)
            .filter(state__in=["due", "telling"], next_at__lte=at)
            .order_by("next_at")
            .first()
        )
        if task is None:
            return None
        task.state, task.next_at = "telling", at + LEASE
        task.attempts += 1
        task.save(update_fields=["state", "next_at", "attempts"])
        return task.store_id, task.id


def _tell(task: PlatformTask) -> Done | No:
    platform = ports.platform_of(task.connection_id)
    if platform is None:
        raise TryAgain("The shop is not connected any more.")
    return platform.tell(ask_of(task))


def ask_of(task: PlatformTask) -> Tell:
    """Return what a platform is told about a change."""
    change = task.change
    ask = from_json(change.ask)
    order = orders.get_order(change.order_id)
    address: dict[str, str] = {}
    if ask.address is not None:
        address = {name: getattr(ask.address, name) for name in AddressView.__slots__}
    notes = {
        ChangeKind.DELAY: f"Please do not send before {ask.until}." if ask.until else "",
        ChangeKind.CANCEL: ask.reason or "The shopper canceled the order.",
    }
    return Tell(
        task_id=task.id,
        power=ports.ShopPower(task.power),
        connection_id=task.connection_id,
        order_external_id=order.external_id,
        currency=change.currency,
        lines=tuple(_lines(change, order.lines)),
        address=address,
        note=notes.get(ChangeKind(change.kind), "The shopper changed the order."),
    )


def _lines(change: OrderChange, lines: Any) -> list[TellLine]:
    changed = {UUID(line_id): pieces for line_id, pieces in change.edits}
    found = []
    for line in lines:
        is_new = line.external_id.startswith(f"here:change:{change.id}:")
        if line.id not in changed and not is_new:
            continue
        found.append(
            TellLine(
                line_external_id="" if is_new else line.external_id,
                quantity=line.quantity if is_new else changed[line.id],
                variant_external_id=line.variant_external_id,
                product_external_id=line.product_external_id,
                sku=line.sku,
                unit_price_minor=line.unit_price_minor if is_new else None,
                title=line.title,
            )
        )
    return found


def record_outcome(task_id: UUID, outcome: Done | No | TryAgain, *, at: datetime) -> None:
    """Write what became of a task, with all that follows; a second time changes nothing."""
    change_id = PlatformTask.objects.values_list("change_id", flat=True).get(id=task_id)
    with transaction.atomic():
        change = lock_change(change_id)
        task = PlatformTask.objects.select_for_update().get(id=task_id)
        if task.state not in ("due", "telling"):
            return
        match outcome:
            case Done():
                task.state, task.next_at, task.told_at = "done", None, at
                task.details = dict(outcome.details)
                task.save()
                _done(change, at)
            case No():
                task.state, task.next_at, task.words = "refused", None, outcome.words[:1_000]
                task.details = {"code": outcome.code}
                task.save()
                undo(
                    change,
                    ChangeState.FAILED,
                    "The shop's system refused it.",
                    by=_BY,
                    at=at,
                )
                change.save()
            case TryAgain():
                task.words = outcome.words[:1_000]
                _wait(task, outcome, at)
                task.save()


def _done(change: OrderChange, at: datetime) -> None:
    try:
        with transaction.atomic():
            finish(change, by=_BY, at=at)
            change.save()
    except DomainError as error:
        # The platform did it, and here the order is over meanwhile (it left, or was canceled
        # there): nothing is left to do but to say so.
        change.refresh_from_db()
        undo(change, ChangeState.FAILED, str(error), by=_BY, at=at)
        change.save()


def _wait(task: PlatformTask, outcome: TryAgain, at: datetime) -> None:
    if task.attempts >= MOST_ATTEMPTS:
        task.state, task.next_at = "parked", None
        return
    wait = float(_WAITS[min(task.attempts, len(_WAITS)) - 1])
    if outcome.after_seconds is not None:
        wait = min(max(outcome.after_seconds, 1.0), 86_400.0)
    task.state, task.next_at = "due", at + timedelta(seconds=wait)


@action("changes.retry_task", permission="problems.retry", summary="Tell the platform once more")
def retry_task(*, task_id: UUID, by: Actor, at: datetime) -> PlatformTaskView:
    """Try again what was parked.

    :raises NotFound: there is no such task.
    :raises Conflict: it is not parked.
    """
    change, task = _parked(task_id)
    task.state, task.next_at, task.attempts = "due", at, 0
    task.save()
    audit.note(subject=f"order:{change.order_id}", changes={"platform task": ["parked", "due"]})
    return _seen(task, change)


@action(
    "changes.settle_task",
    permission="problems.retry",
    summary="Say what became of a change in the platform",
)
def settle_task(*, task_id: UUID, was_done: bool, by: Actor, at: datetime) -> PlatformTaskView:
    """End what was parked: done in the platform (by hand), or given up, which undoes the change.

    :raises NotFound: there is no such task.
    :raises Conflict: it is not parked.
    """
    change, task = _parked(task_id)
    task.state, task.told_at = ("done", at) if was_done else ("discarded", None)
    task.save()
    if was_done:
        finish(change, by=by, at=at)
    else:
        undo(change, ChangeState.FAILED, "The shop's system could not be told.", by=by, at=at)
    change.save()
    audit.note(
        subject=f"order:{change.order_id}", changes={"platform task": ["parked", task.state]}
    )
    return _seen(task, change)


def _parked(task_id: UUID) -> tuple[OrderChange, PlatformTask]:
    change_id = PlatformTask.objects.filter(id=task_id).values_list("change_id", flat=True).first()
    if change_id is None:
        raise NotFound("There is no such task.")
    change = lock_change(change_id)
    task = PlatformTask.objects.select_for_update().get(id=task_id)
    if task.state != "parked":
        raise Conflict("This does not wait for anybody (any more).")
    return change, task


def _seen(task: PlatformTask, change: OrderChange) -> PlatformTaskView:
    mark = orders.get_order_marks([change.order_id]).get(change.order_id)
    return task_view(task, change.order_id, mark.number if mark else "")
