"""The door of the returns room."""

from doorstep.rooms.returns.policy.deciding import decide
from doorstep.rooms.returns.policy.reasons import find_reason, read_reasons, reasons_for

__all__ = [
    "decide",
    "find_reason",
    "read_reasons",
    "reasons_for",
]
