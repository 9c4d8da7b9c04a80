"""A journey in one plain sentence, from its document; also of one that is not finished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EVENTS = {
    "orders.order_placed": "somebody orders",
    "orders.order_shipped": "an order is shipped",
    "orders.order_canceled": "an order is canceled",
    "orders.order_refunded": "money goes back",
    "tracking.parcel_delivered": "a parcel is delivered",
    "tracking.parcel_late": "a parcel is late",
    "audiences.wish_back_in_stock": "something on a wish list is there again",
    "messaging.consent_changed": "somebody changes what they want to get",
}
_DATES = {
    "birthday": "a birthday",
    "favorite_holiday": "a favorite holiday",
    "run_out": "the day something runs out",
    "order_anniversary": "an order's anniversary",
}


def summarize(document: Mapping[str, Any]) -> str:
    """Return "When …: 2 messages, 1 choice." in words a newcomer understands."""
    steps = document.get("steps")
    listed = list(steps.values()) if isinstance(steps, Mapping) else []
    kinds = [step.get("type") for step in listed if isinstance(step, Mapping)]
    parts = [
        _count(kinds.count("message"), "message"),
        _count(kinds.count("action"), "action"),
        _count(kinds.count("branch"), "question"),
        _count(kinds.count("split"), "split"),
    ]
    does = ", ".join(part for part in parts if part) or "nothing yet"
    return f"When {_trigger(document.get('trigger'))}: {does}."


def _count(number: int, word: str) -> str:
    return "" if not number else f"{number} {word}{'' if number == 1 else 's'}"


def _trigger(trigger: Any) -> str:
    if not isinstance(trigger, Mapping):
        return "nothing is chosen"
    match trigger.get("type"):
        case "event":
            name = str(trigger.get("event", ""))
            return _EVENTS.get(
                name, name.partition(".")[2].replace("_", " ") or "something happens"
            )
        case "segment":
            return f"somebody {'leaves' if trigger.get('on') == 'left' else 'enters'} a segment"
        case "date":
            what = _DATES.get(str(trigger.get("source")), "a date")
            days = trigger.get("days_before", 0)
            if not isinstance(days, int) or days == 0:
                return f"it is {what}"
            span = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
            return f"it is {span} {'before' if days > 0 else 'after'} {what}"
    return "nothing is chosen"
