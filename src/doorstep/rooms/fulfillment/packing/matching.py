"""Which rules meet which shipments, decided in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.api import Condition, evaluate, find_values, parse
from doorstep.kernel.conditions.tree import Group
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment.packing.reading import active_rules
from doorstep.rooms.fulfillment.packing.shapes import PackingRuleInfo
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.api import MatchCount
from doorstep.rooms.stores import api as stores


@dataclass
class Matches:
    """The rules that hold, in their order: for whole orders, and for single lines."""

    of_order: dict[UUID, list[PackingRuleInfo]] = field(default_factory=lambda: defaultdict(list))
    of_line: dict[UUID, list[PackingRuleInfo]] = field(default_factory=lambda: defaultdict(list))

    def of_shipment(self, order_id: UUID, line_ids: Iterable[UUID]) -> list[PackingRuleInfo]:
        """Return the rules that meet an order or some of its lines, each once."""
        found = {rule.id: rule for rule in self.of_order.get(order_id, ())}
        for line_id in line_ids:
            found |= {rule.id: rule for rule in self.of_line.get(line_id, ())}
        return list(found.values())


def match_rules(
    order_ids: Iterable[UUID], line_ids: Iterable[UUID], *, at: datetime, zone: ZoneInfo
) -> Matches:
    """Decide every active rule for all orders and lines: three queries however many there are."""
    rules = active_rules()
    matches = Matches()
    _decide([r for r in rules if r[0].scope == "order"], order_ids, matches.of_order, at, zone)
    _decide([r for r in rules if r[0].scope == "line"], line_ids, matches.of_line, at, zone)
    return matches


def _decide(
    rules: Sequence[tuple[PackingRuleInfo, Condition]],
    ids: Iterable[UUID],
    found: dict[UUID, list[PackingRuleInfo]],
    at: datetime,
    zone: ZoneInfo,
) -> None:
    wanted = list(dict.fromkeys(ids))
    if not rules or not wanted:
        return
    # One condition that knows the facts of all: their values are found in one statement.
    together = Condition(
        rules[0][1].subject, Group("any", tuple(condition.root for _, condition in rules), "")
    )
    rows: Mapping[UUID, Mapping[str, Any]] = find_values(
        together, wanted, at=at, zone=zone, store_id=current_store_id()
    )
    for subject_id, values in rows.items():
        for rule, condition in rules:
            if evaluate(condition, values, at=at, zone=zone):
                found[subject_id].append(rule)


def replay_rule(*, scope: str, condition: Any, days: int = 90, at: datetime) -> MatchCount:
    """Count how many orders of the last days a rule would have met, in one statement.

    :raises InvalidCondition: the condition makes no sense.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    return orders.count_matching_orders(
        parse(condition, scope), since=at - timedelta(days=days), at=at, zone=zone
    )
