"""Ask vendors what is due: claim, commit, ask, record.

Killed before the vendor was asked, or after it and before the answer was recorded, a call is due
again when its lease is over, and is asked with the same key: the vendor moves money once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.payments.calls import holding, linking, refunding
from doorstep.rooms.payments.calls.claiming import claim
from doorstep.rooms.payments.calls.steps import LookLater, Park, Question
from doorstep.rooms.payments.contracts import CallKind, CallState
from doorstep.rooms.payments.models import Call
from doorstep.rooms.payments.ports import TryAgain
from doorstep.rooms.payments.rules.backoff import wait_after

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Steps:
    prepare: Callable[[Call, datetime], Question | None]
    record: Callable[[Call, Any, datetime], LookLater | Park | None]
    give_up: Callable[[Call, str], None] = lambda call, words: None


_STEPS = {
    CallKind.REFUND: _Steps(refunding.prepare, refunding.record, refunding.give_up),
    CallKind.OPEN_LINK: _Steps(linking.prepare_open, linking.record_open),
    CallKind.CLOSE_LINK: _Steps(linking.prepare_close, linking.record_close),
    CallKind.LOOK_AT_LINK: _Steps(linking.prepare_look, linking.record_look),
    CallKind.CAPTURE: _Steps(holding.prepare_capture, holding.record_capture),
    CallKind.VOID: _Steps(holding.prepare_void, holding.record_void),
}


def ask_due(*, at: datetime) -> int:
    """Ask one vendor one thing that is due; return 1, or 0 when nothing is."""
    call = claim(at=at)
    if call is None:
        return 0
    with store_scope(call.store_id):
        _ask(call, at)
    return 1


def ask_all_due(*, at: datetime) -> int:
    """Ask everything that is due (for tests, the demo and the command line)."""
    count = 0
    while ask_due(at=at):
        count += 1
    return count


def _ask(call: Call, at: datetime) -> None:
    steps = _STEPS[CallKind(call.kind)]
    with transaction.atomic():
        question = steps.prepare(call, at)
        if question is None:
            _done(call, at)
            return
    try:
        answer = question()
        with transaction.atomic():
            further = steps.record(call, answer, at)
            if further is None:
                _done(call, at)
                return
    except TryAgain as trouble:
        _postpone(call, steps, trouble.words, trouble.after_seconds, at)
        return
    except Exception as error:
        if is_passing(error):
            raise  # the lease brings it again
        log.exception("payment_call_failed", call=str(call.id), kind=call.kind)
        words = f"Doorstep could not ask ({type(error).__name__}); the log says more."
        _postpone(call, steps, words, None, at)
        return
    if isinstance(further, Park):
        _park(call, steps, further.words)
    else:
        # A look is no failed attempt: the count starts again.
        due_at = at + timedelta(seconds=further.after_seconds)
        _ours(call).update(due_at=due_at, attempts=0, words=further.words)


def _ours(call: Call) -> Any:
    """Return the call while nobody else has taken it up since."""
    return Call.objects.filter(id=call.id, attempts=call.attempts, state=CallState.DUE)


def _done(call: Call, at: datetime) -> None:
    _ours(call).update(state=CallState.DONE, due_at=None, done_at=at)


def _postpone(
    call: Call, steps: _Steps, words: str, after_seconds: float | None, at: datetime
) -> None:
    wait = wait_after(call.attempts, after_seconds)
    if wait is None:
        _park(call, steps, words)
    else:
        _ours(call).update(due_at=at + wait, words=words[:1000])


def _park(call: Call, steps: _Steps, words: str) -> None:
    with transaction.atomic():
        if not _ours(call).exists():
            return
        # Rows first, then the call: everybody locks in this order.
        steps.give_up(call, words)
        _ours(call).update(state=CallState.PARKED, due_at=None, words=words[:1000])
