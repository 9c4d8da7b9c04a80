"""The tracking room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.tracking.models.checkpoint import Checkpoint, CodeMeaning
from doorstep.rooms.tracking.models.clock import ClockRule
from doorstep.rooms.tracking.models.estimate import EstimateRevision
from doorstep.rooms.tracking.models.telling import ShopperChoice, TellingRules
from doorstep.rooms.tracking.models.tracker import Tracker, TrackingNumber

__all__ = [
    "Checkpoint",
    "ClockRule",
    "CodeMeaning",
    "EstimateRevision",
    "ShopperChoice",
    "TellingRules",
    "Tracker",
    "TrackingNumber",
]
