"""The audit trail: what people and API keys did, by which action, and what it changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.models.audit import AuditEntry


@dataclass
class _Note:
    subject: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


_current: ContextVar[_Note | None] = ContextVar("audit_note", default=None)


def note(*, subject: str = "", changes: dict[str, Any] | None = None) -> None:
    """Add to the entry of the action that is running: its subject and what it changed.

    :param changes: field → [before, after]; leave secrets out.
    """
    running = _current.get()
    if running is None:
        return  # called from a test or a set-based path without an action: nothing to enrich
    running.subject = subject or running.subject
    running.changes.update(changes or {})


@contextmanager
def recording(action: str, *, by: Actor, at: datetime, store_id: UUID | None) -> Iterator[None]:
    """Write one entry when the block succeeds. Runs inside the action's transaction."""
    token = _current.set(_Note())
    try:
        yield
        noted = _current.get()
        assert noted is not None
        AuditEntry.objects.create(
            store_id=store_id,
            at=at,
            actor=by.key,
            actor_label=by.label,
            action=action,
            subject=noted.subject,
            changes=noted.changes,
        )
    finally:
        _current.reset(token)


def list_entries(
    store_id: UUID, *, subject: str = "", subjects: Collection[str] = (), limit: int = 200
) -> list[AuditEntry]:
    """List a store's entries, newest first, of one or several subjects where given."""
    entries = AuditEntry.objects.filter(store_id=store_id)
    if wanted := [*filter(None, [subject]), *subjects]:
        entries = entries.filter(subject__in=wanted)
    return list(entries.order_by("-at")[:limit])
