"""The action catalogue: one verb, one function, for every door it can be called through.

The REST API, the console, macros, journeys and agents all run the same registered function, under
the same permission check, in one transaction, with one audit entry.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, get_type_hints

from django.db import transaction
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from doorstep.kernel import audit, once
from doorstep.kernel.actions import approvals, permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class ActionEntry:
    """One action as the catalogue knows it."""

    name: str
    permission: str
    summary: str
    function: Callable[..., Any]
    undo: str  # the action that takes it back, "" when nothing can
    doc: str
    # For journeys' steps: the input that names whom it runs for ("customer_id" or "order_id"), ""
    # when it is no step; and the same for a set, where one call serves thousands.
    runs_for: str = ""
    for_set: Callable[..., None] | None = None
    # The input in which a journey names what makes one call happen once, "" when it needs none.
    cause: str = ""
    # The action whose limits hold for this one too, "" when it has its own.
    limited_as: str = ""
    # How much a call would move: (currency, minor units), by its inputs. See ``approvals``.
    amount: Callable[..., tuple[str, int]] | None = None

    @functools.cached_property
    def input_model(self) -> type[BaseModel]:
        """The typed input, from the function's own signature (without ``by`` and ``at``)."""
        hints = get_type_hints(inspect.unwrap(self.function), include_extras=True)
        fields: dict[str, Any] = {}
        for parameter in inspect.signature(inspect.unwrap(self.function)).parameters.values():
            if parameter.name in {"by", "at"}:
                continue
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[parameter.name] = (hints[parameter.name], default)
        return create_model(
            self.name.replace(".", "_"), __config__=ConfigDict(extra="forbid"), **fields
        )


_entries: dict[str, ActionEntry] = {}
# Whether a call over somebody's limit is put before others, or just refused.
_asks: ContextVar[bool] = ContextVar("asks_for_approval", default=True)


def action(
    name: str,
    *,
    permission: str,
    summary: str,
    undo: str = "",
    runs_for: str = "",
    for_set: Callable[..., None] | None = None,
    amount: Callable[..., tuple[str, int]] | None = None,
    cause: str = "",
    limited_as: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a keyword-only function ``(*, ..., by: Actor, at: datetime)`` as an action.

    The wrapped function checks the permission, opens the transaction and writes the audit entry
    (for people and API keys; what connectors and handlers do stands in the event log).

    :param runs_for: ``"customer_id"`` or ``"order_id"`` lets journeys run it as a step: the engine
        fills in that input for each person, the step's settings the others.
    :param for_set: does the same for many: takes ``ids`` (of what ``runs_for`` names), the other
        inputs, ``by`` and ``at``; joins the caller's transaction.
    :param limited_as: the action whose limits hold, where this one moves the same money another way.
    :param cause: the input that makes a call happen once; a journey fills it in, for each person and
        step, and its ``for_set`` takes ``causes``, in the order of the ids.
    :param amount: takes the action's inputs and says how much it would move; roles may have limits
        for it, above which the call raises ``AskedForApproval`` and nothing moves.
    """
    if permission not in permissions.ALL_PERMISSIONS:
        raise ValueError(f"{name}: no role has the permission {permission}")

    def register(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            by, at = kwargs["by"], kwargs["at"]
            assert isinstance(by, Actor)
            assert isinstance(at, datetime)
            permissions.check(by, permission)
            inputs = {key: value for key, value in kwargs.items() if key not in ("by", "at")}
            try:
                with transaction.atomic(), once.remembering():
                    if by.kind in {"connector", "system"}:
                        return function(*args, **kwargs)
                    approvals.check_limit(_entries[name], inputs, by)
                    with audit.recording(name, by=by, at=at, store_id=current_store_id()):
                        return function(*args, **kwargs)
            except approvals.OverLimit as over:
                if not _asks.get():
                    raise
                ask = functools.partial(approvals.ask, _entries[name], inputs, over, by=by, at=at)
                raise approvals.AskedForApproval(ask().id, over, ask) from over

        _entries[name] = ActionEntry(
            name,
            permission,
            summary,
            run,
            undo,
            inspect.getdoc(function) or "",
            runs_for,
            for_set,
            cause,
            limited_as,
            amount,
        )
        return run

    return register


def run_action(
    name: str, payload: dict[str, Any], *, by: Actor, at: datetime, asks: bool = True
) -> Any:
    """Run a catalogue entry with input from outside.

    :param asks: False: an amount above the actor's limit raises ``OverLimit`` and asks nobody.
    :raises NotFound: there is no such action.
    :raises Invalid: the input does not fit; ``field`` names the first culprit.
    """
    entry = _entries.get(name)
    if entry is None:
        raise NotFound(f"There is no action called “{name[:80]}”.")
    try:
        values = entry.input_model.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(first["msg"], field=".".join(str(part) for part in first["loc"])) from None
    arguments = {key: getattr(values, key) for key in entry.input_model.model_fields}
    token = _asks.set(asks)
    try:
        return entry.function(**arguments, by=by, at=at)
    finally:
        _asks.reset(token)


def find_action(name: str) -> ActionEntry | None:
    """Return the catalogue's entry of this name, None when no code has it (any more)."""
    return _entries.get(name)


def all_actions() -> list[ActionEntry]:
    """List the catalogue by name."""
    return [_entries[name] for name in sorted(_entries)]
