"""The inventory room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.inventory.models.location import Location, SafetyStock
from doorstep.rooms.inventory.models.movement import StockMovement
from doorstep.rooms.inventory.models.stock import Reservation, StockLevel

__all__ = ["Location", "Reservation", "SafetyStock", "StockLevel", "StockMovement"]
