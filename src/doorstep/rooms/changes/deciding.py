"""Whether an order may be changed now, act by act, with the reasoning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import Condition, Decision, evaluate, find_values, parse
from doorstep.kernel.conditions.tree import Group
from doorstep.kernel.errors import Conflict
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.changes import ports
from doorstep.rooms.changes.contracts import ChangeAct, ChangeKind, ChangeSettings, Option
from doorstep.rooms.changes.ports import ShopPower
from doorstep.rooms.changes.rules.policy import closes_at, condition_of
from doorstep.rooms.orders.contracts import OrderDetail, OrderHead, OrderState
from doorstep.rooms.stores import api as stores

PACKED = "order.is_packed"
CHANGING = "order.is_changing"
_ALWAYS_ASKED = {
    "all": [
        {"fact": PACKED, "op": "eq", "value": False},
        {"fact": CHANGING, "op": "eq", "value": False},
    ]
}

POWER_OF: dict[ChangeKind, ShopPower] = {
    ChangeKind.ADDRESS: ShopPower.CHANGE_ADDRESS,
    ChangeKind.LINES: ShopPower.CHANGE_LINES,
    ChangeKind.CANCEL: ShopPower.CANCEL,
    ChangeKind.DELAY: ShopPower.DELAY,
}
# What nobody can get around, whoever asks.
HARD = frozenset({"packed", "shipped", "canceled", "over", "open_change", "platform"})

_WORDS = {
    "not_offered": "This shop does not take this change online. Please ask the shop.",
    "packed": "The order is packed already, so it can't be changed any more.",
    "shipped": "The order has left already, so it can't be changed any more.",
    "canceled": "The order was canceled.",
    "over": "This order is kept for the record and can't be changed.",
    "open_change": "Another change of this order is under way. It has to be finished first.",
    "platform": "The shop's system can't take this change. Please ask the shop.",
    "window": "The time for this change is over.",
}


class ChangeNotAllowed(Conflict):
    """What is asked for can't be had (any more); ``options`` say why."""

    code = "change_not_allowed"

    def __init__(self, refused: Iterable[Option]) -> None:
        self.options = tuple(refused)
        super().__init__(" ".join(dict.fromkeys(option.words for option in self.options)))


@dataclass(frozen=True, slots=True)
class Judged:
    """An order as the rules see it."""

    options: dict[ChangeAct, Option]
    is_packed: bool
    is_changing: bool


def head_of(order: OrderDetail) -> OrderHead:
    """Return of an order what the rules look at."""
    return OrderHead(
        order.summary.id,
        order.summary.state,
        order.summary.placed_at,
        order.connection_id,
        any(line.shipped_quantity for line in order.lines),
    )


def judge(
    order: OrderHead,
    settings: ChangeSettings,
    *,
    is_under_way: bool | None = None,
    zone: ZoneInfo | None = None,
    at: datetime,
) -> Judged:
    """Decide every act about one order: one query, whatever the rules.

    :param is_under_way: whether a change is; None: look.
    :param zone: the store's, where it is known already.
    """
    zone = zone or ZoneInfo(stores.get_store().timezone)
    conditions = {act: condition_of(rule) for act, rule in settings.rules.items()}
    packed = parse(_ALWAYS_ASKED, "order")
    together = Condition(
        packed.subject,
        Group("all", tuple(one.root for one in (packed, *conditions.values())), ""),
    )
    rows = find_values(together, [order.id], at=at, zone=zone, store_id=current_store_id())
    values: dict[str, Any] = rows[order.id]
    changing = bool(values[CHANGING]) if is_under_way is None else is_under_way
    code = _hard_code(order, bool(values[PACKED]), changing)
    powers = _powers(order.connection_id)
    options = {}
    for act, condition in conditions.items():
        decision = evaluate(condition, values, at=at, zone=zone)
        rule = settings.rules[act]
        own = code or ("" if rule.is_offered else "not_offered")
        if not own and powers is not None and POWER_OF[kind_of(act)] not in powers:
            own = "platform"
        own = own or ("" if decision else "window")
        options[act] = Option(
            act,
            not own,
            rule.mode == "approval",
            own,
            _words(own, decision),
            tuple(decision.trace.lines()),
            closes_at(condition, order.placed_at) if not own else None,
        )
    return Judged(options, bool(values[PACKED]), changing)


def _hard_code(order: OrderHead, is_packed: bool, has_open_change: bool) -> str:
    match order.state:
        case OrderState.CANCELED:
            return "canceled"
        case OrderState.HISTORY:
            return "over"
        case OrderState.SHIPPED:
            return "shipped"
    if order.has_left:
        return "shipped"
    if is_packed:
        return "packed"
    return "open_change" if has_open_change else ""


def kind_of(act: ChangeAct) -> ChangeKind:
    """Return the kind of change an act belongs to."""
    if act in (ChangeAct.ADDRESS, ChangeAct.CANCEL, ChangeAct.DELAY):
        return ChangeKind(act.value)
    return ChangeKind.LINES


def _powers(connection_id: UUID | None) -> frozenset[ShopPower] | None:
    """Return what the order's platform can do; None: there is nobody to be told."""
    platform = ports.platform_of(connection_id)
    if platform is None or connection_id is None:
        return None
    return platform.powers(connection_id)


def _words(code: str, decision: Decision) -> str:
    if not code:
        return ""
    if code == "window" and decision.reasons:
        return f"{_WORDS[code]} ({'; '.join(decision.reasons)})"
    return _WORDS[code]


def check_allowed(judged: Judged, acts: Iterable[ChangeAct], *, by: Actor) -> None:
    """Raise unless all the acts may be asked for.

    The store's windows bind its shoppers. Its team (and its API keys) may beyond them; what is
    packed, under way or not known to the platform binds everybody.

    :raises ChangeNotAllowed: with the reasons.
    """
    refused = [
        option
        for act in acts
        if not (option := judged.options[act]).is_allowed
        and (option.code in HARD or by.kind not in ("user", "api_key", "system"))
    ]
    if refused:
        raise ChangeNotAllowed(refused)
