"""The kernel's tables, gathered here because Django looks for them in this module."""

from doorstep.kernel.models.approvals import ActionLimit, Approval
from doorstep.kernel.models.audit import AuditEntry
from doorstep.kernel.models.events import LaneCursor, LoggedEvent, OutboxEvent, ParkedEvent
from doorstep.kernel.models.heartbeat import WorkerHeartbeat
from doorstep.kernel.models.idempotency import IdempotencyRecord
from doorstep.kernel.models.ledger import (
    LedgerAccount,
    LedgerEntry,
    LedgerLot,
    LedgerPart,
)
from doorstep.kernel.models.rate import RateWindow

__all__ = [
    "ActionLimit",
    "Approval",
    "AuditEntry",
    "IdempotencyRecord",
    "LaneCursor",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerLot",
    "LedgerPart",
    "LoggedEvent",
    "OutboxEvent",
    "ParkedEvent",
    "RateWindow",
    "WorkerHeartbeat",
]
