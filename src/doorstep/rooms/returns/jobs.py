"""Loops over what is due."""

from __future__ import annotations

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.returns.actions.keep_photo import forget_unused
from doorstep.rooms.returns.actions.record_scan import labels_to_look_up, look_up_scans
from doorstep.rooms.returns.flow.label_calls import ask_due
from doorstep.rooms.returns.flow.making_good import look_at_due_make_goods
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.models import ReturnLabel

BY = Actor.system("returns.jobs")


# The shopper waits, and carriers take their time: a thread of its own.
@worker_loop("return_labels", idle_seconds=2)
def ask_label_providers() -> int:
    """Have one label made, or taken back."""
    return ask_due(now())


@worker_loop("return_clocks", idle_seconds=30)
def watch_returns() -> int:
    """Remind of, end and look for one set of returns that are due."""
    return look_at_due(now())


@worker_loop("return_scans", idle_seconds=60)
def follow_scans() -> int:
    """Take over what carriers said of parcels on their way back."""
    at = now()
    with transaction.atomic():
        due = labels_to_look_up(at)
        ReturnLabel.all_stores.filter(id__in=[one.id for one in due]).update(checked_at=at)
    for store_id in {one.store_id for one in due}:
        with store_scope(store_id), transaction.atomic():
            look_up_scans([one for one in due if one.store_id == store_id], by=BY, at=at)
    return len(due)


@worker_loop("make_goods", idle_seconds=60)
def make_good_due() -> int:
    """Make parcels good whose rule waited some days first."""
    return look_at_due_make_goods(now())


@worker_loop("return_photos", idle_seconds=3600)
def forget_photos() -> int:
    """Delete pictures that no return took."""
    return forget_unused(now())
