"""The returns room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.returns.models.policy import (
    HolidayExtension,
    PolicyReplay,
    PolicyRule,
    PolicyVersion,
    ReplayChunk,
    ReturnReason,
    WarrantyPolicy,
)

__all__ = [
    "HolidayExtension",
    "PolicyReplay",
    "PolicyRule",
    "PolicyVersion",
    "ReplayChunk",
    "ReturnReason",
    "WarrantyPolicy",
]
