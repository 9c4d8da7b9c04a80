"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact(
    "order.minutes_since_placed",
    "was placed {} minutes ago",
    one="was placed {} minute ago",
)
say_fact("order.is_packed", "is packed", no="is not packed yet")
say_fact("order.is_picked", "is being picked", no="is not being picked yet")
say_fact("order.changes", "was changed {} times", one="was changed {} time")
say_fact("order.is_changing", "is being changed", no="is not being changed")
