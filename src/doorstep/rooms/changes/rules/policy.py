"""Rules of changes: the ones a store begins with, and reading those it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from doorstep.kernel.conditions.api import Condition, parse
from doorstep.kernel.conditions.tree import Comparison, Group
from doorstep.kernel.errors import Invalid
from doorstep.rooms.changes.contracts import ActRule, ChangeAct, ChangeSettings

SINCE = "order.minutes_since_placed"
MODES = ("auto", "approval")
COUNTRIES = ("same", "zone", "any")

_UNPACKED = {"all": [{"fact": "order.is_packed", "op": "eq", "value": False}]}


def _within(minutes: int) -> dict[str, Any]:
    return {
        "all": [
            {"fact": "order.is_packed", "op": "eq", "value": False},
            {"fact": SINCE, "op": "lte", "value": minutes},
        ]
    }


DEFAULT_RULES: dict[ChangeAct, ActRule] = {
    ChangeAct.ADDRESS: ActRule(condition=_UNPACKED),
    ChangeAct.SWAP: ActRule(condition=_UNPACKED),
    ChangeAct.QUANTITY: ActRule(condition=_UNPACKED),
    ChangeAct.ADD: ActRule(condition=_UNPACKED),
    ChangeAct.REMOVE: ActRule(condition=_UNPACKED),
    ChangeAct.CANCEL: ActRule(condition=_UNPACKED),
    ChangeAct.DELAY: ActRule(condition=_UNPACKED),
}
DEFAULTS = ChangeSettings(version=0, rules=DEFAULT_RULES)


def condition_of(rule: ActRule) -> Condition:
    """Return a rule's condition, checked."""
    return parse(dict(rule.condition) or {"all": []}, "order")


def closes_at(condition: Condition, placed_at: datetime) -> datetime | None:
    """Return when an order grows too old for a rule; None: no clock stands in it.

    Only what must hold counts: "at most so many minutes since it was placed", alone or among
    "all of".
    """
    root = condition.root
    nodes = root.children if isinstance(root, Group) and root.kind == "all" else (root,)
    ends = [
        placed_at + timedelta(minutes=float(node.operand))
        for node in nodes
        if isinstance(node, Comparison) and node.ref.fact.name == SINCE and node.op in ("lt", "lte")
    ]
    return min(ends, default=None)


def read_rules(data: Mapping[str, Any]) -> dict[ChangeAct, ActRule]:
    """Read rules from outside; acts that are not named keep the ones a store begins with.

    :raises Invalid: an act nobody knows, a mode, or a condition that does not work.
    """
    rules = dict(DEFAULT_RULES)
    for name, value in data.items():
        if name not in set(ChangeAct):
            raise Invalid(f"There is no act “{str(name)[:40]}”.", field="rules")
        act = ChangeAct(name)
        if not isinstance(value, Mapping) or set(value) - {"is_offered", "condition", "mode"}:
            raise Invalid("A rule has is_offered, condition and mode.", field=f"rules.{act}")
        base = rules[act]
        mode = value.get("mode", base.mode)
        offered = value.get("is_offered", base.is_offered)
        if mode not in MODES or not isinstance(offered, bool):
            raise Invalid("A rule is auto or approval, and offered or not.", field=f"rules.{act}")
        rule = ActRule(offered, value.get("condition", base.condition), mode)
        rules[act] = ActRule(offered, condition_of(rule).to_json(), mode)
    return rules
