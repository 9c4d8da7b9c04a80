"""Loops over what is due, and calls of label providers after the commit."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.jobs import job
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.returns.actions.keep_photo import forget_unused
from doorstep.rooms.returns.actions.record_scan import labels_to_look_up, look_up_scans
from doorstep.rooms.returns.flow import labels
from doorstep.rooms.returns.flow.making_good import look_at_due_make_goods
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.ports import find_provider

BY = Actor.system("returns.jobs")


@job(name="returns.make_label", retry=8)
def make_label(*, label_id: str, store_id: str) -> None:
    """Ask the provider for a label; asked again with the same key until it answers."""
    with store_scope(UUID(store_id)):
        labels.ask_provider(UUID(label_id), by=BY, at=now())


@job(name="returns.void_label", retry=8)
def void_label(*, label_id: str, store_id: str) -> None:
    """Give a label back that nobody used."""
    with store_scope(UUID(store_id)):
        label = ReturnLabel.objects.filter(id=label_id).defer("document").first()
        provider = find_provider(label.provider) if label else None
        if label is not None and provider is not None:
            provider.void_label(label.id, label.external_id)


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
