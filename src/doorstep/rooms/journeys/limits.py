"""Steps that move money: who may publish them, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doorstep.kernel.actions import approvals, permissions
from doorstep.kernel.actions.catalog import ActionEntry, find_action
from doorstep.kernel.actors import Actor
from doorstep.rooms.journeys.contracts import DefinitionProblem
from doorstep.rooms.journeys.rules.definition import ActionStep, Definition


def beyond_limits(definition: Definition, by: Actor) -> Iterator[DefinitionProblem]:
    """Yield each step that gives more than its publisher could give somebody by hand.

    The journey gives it later in its own name, to whoever comes by: so it is judged now.
    """
    for step, entry in _moving_money(definition):
        if not permissions.can(by, entry.permission):
            yield DefinitionProblem(
                step.id, "action", "This step gives money away, which your role may not.",
                "Ask somebody who may to publish the journey.",
            )  # fmt: skip
            continue
        try:
            approvals.check_limit(entry, step.input, by)
        except approvals.OverLimit as over:
            yield DefinitionProblem(
                step.id, "input", over.message,
                "Give less, or ask somebody with a higher limit to publish the journey.",
            )  # fmt: skip


def costs_of(
    definition: Definition, passed: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Return what each step that moves money would have given: people, currency, minor units.

    :param passed: step -> outcome -> how many.
    """
    found = []
    for step, entry in _moving_money(definition):
        assert entry.amount is not None
        currency, amount_minor = entry.amount(**step.input)
        people = passed.get(step.id, {}).get("done", 0)
        found.append(
            {
                "step": step.id,
                "people": people,
                "currency": currency,
                "amount_minor": people * amount_minor,
            }
        )
    return found


def _moving_money(definition: Definition) -> Iterator[tuple[ActionStep, ActionEntry]]:
    for step in definition.steps.values():
        entry = find_action(step.action) if isinstance(step, ActionStep) else None
        if isinstance(step, ActionStep) and entry is not None and entry.amount is not None:
            yield step, entry
