"""The returns room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.returns.models.authorization import (
    ReturnAuthorization,
    ReturnCounter,
    ReturnLine,
)
from doorstep.rooms.returns.models.claims import (
    MakeGood,
    MakeGoodPlan,
    ReplacementPart,
    ReturnRules,
    ReviewRule,
    Withdrawal,
)
from doorstep.rooms.returns.models.photos import ReturnPhoto
from doorstep.rooms.returns.models.policy import (
    HolidayExtension,
    PolicyReplay,
    PolicyRule,
    PolicyVersion,
    ReplayChunk,
    ReturnReason,
    WarrantyPolicy,
)
from doorstep.rooms.returns.models.reception import Reception, ReturnedPiece
from doorstep.rooms.returns.models.settling import NewThing, ReturnSettlement
from doorstep.rooms.returns.models.way_back import ReturnLabel, ReturnScan

__all__ = [
    "HolidayExtension",
    "MakeGood",
    "MakeGoodPlan",
    "NewThing",
    "PolicyReplay",
    "PolicyRule",
    "PolicyVersion",
    "Reception",
    "ReplacementPart",
    "ReplayChunk",
    "ReturnAuthorization",
    "ReturnCounter",
    "ReturnLabel",
    "ReturnLine",
    "ReturnPhoto",
    "ReturnReason",
    "ReturnRules",
    "ReturnScan",
    "ReturnSettlement",
    "ReturnedPiece",
    "ReviewRule",
    "WarrantyPolicy",
    "Withdrawal",
]
