"""The sums of a replay: plain nested dictionaries of whole numbers that add up set by set."""

from __future__ import annotations

from typing import Any

from doorstep.rooms.returns.policy.replay.judging import Judgment

Totals = dict[str, Any]

SIDES = ("new", "current")
GROUPS = ("returned", "assumed")  # really returned, or asked about by assumption


def add(into: Totals, other: Totals) -> Totals:
    """Add one sum to another in place; what is missing counts 0."""
    for key, value in other.items():
        if isinstance(value, dict):
            add(into.setdefault(key, {}), value)
        else:
            into[key] = into.get(key, 0) + value
    return into


def count(totals: Totals, *path: str, by: int = 1) -> None:
    """Raise the number at a path."""
    for key in path[:-1]:
        totals = totals.setdefault(key, {})
    totals[path[-1]] = totals.get(path[-1], 0) + by


def count_judgment(
    totals: Totals, group: str, side: str, currency: str, month: str, judgment: Judgment
) -> None:
    """Count one line's answer. Label fees and labels are counted once per order, by the caller."""
    here = totals.setdefault(group, {}).setdefault(side, {})
    here["lines"] = here.get("lines", 0) + 1
    if judgment.code:
        here["refused"] = here.get("refused", 0) + 1
        count(here, "codes", judgment.code)
        return
    here["accepted"] = here.get("accepted", 0) + 1
    money = here.setdefault("money", {}).setdefault(currency, {})
    name = "credited_minor" if judgment.is_credit else "refunded_minor"
    money[name] = money.get(name, 0) + judgment.refund_minor
    if judgment.fee_minor:
        money["fees_minor"] = money.get("fees_minor", 0) + judgment.fee_minor
    if judgment.kept_minor:
        money["kept_minor"] = money.get("kept_minor", 0) + judgment.kept_minor
    count(totals, "months", month, group, side)
