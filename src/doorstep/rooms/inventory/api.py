"""The door of the inventory room."""

from doorstep.rooms.inventory.actions.count_stock import adjust_stock, set_stock
from doorstep.rooms.inventory.actions.import_stock import import_stock
from doorstep.rooms.inventory.actions.locations import (
    create_location,
    edit_location,
    set_safety_stock,
)
from doorstep.rooms.inventory.actions.put_back import PieceBack, put_back
from doorstep.rooms.inventory.actions.reserve import consume, release, reserve
from doorstep.rooms.inventory.actions.ship_pieces import consume_pieces
from doorstep.rooms.inventory.queries import (
    available_to_promise,
    count_sold_out,
    held_pieces,
    list_levels,
    list_locations,
    list_movements,
    list_reservations,
    list_safety_stock,
    list_stock,
)

__all__ = [
    "PieceBack",
    "adjust_stock",
    "available_to_promise",
    "consume",
    "consume_pieces",
    "count_sold_out",
    "create_location",
    "edit_location",
    "held_pieces",
    "import_stock",
    "list_levels",
    "list_locations",
    "list_movements",
    "list_reservations",
    "list_safety_stock",
    "list_stock",
    "put_back",
    "release",
    "reserve",
    "set_safety_stock",
    "set_stock",
]
