"""The door of the fulfillment room."""

from doorstep.rooms.fulfillment.actions.carriers import (
    change_fulfillment_settings,
    delete_carrier,
    save_carrier,
)
from doorstep.rooms.fulfillment.actions.packing import (
    cancel_shipment,
    confirm_packed,
    pack_shipment,
    pick_shipments,
    reopen_shipment,
    ship_available,
    split_shipment,
)
from doorstep.rooms.fulfillment.actions.shipping import (
    set_tracking_number,
    ship_shipment,
    ship_shipments,
)
from doorstep.rooms.fulfillment.planning.platform import record_platform_shipments
from doorstep.rooms.fulfillment.reading.carriers import (
    get_carrier,
    get_fulfillment_settings,
    list_carriers,
)
from doorstep.rooms.fulfillment.reading.details import (
    get_parcels,
    get_shipment,
    get_shipments,
    list_parcels_of_orders,
    list_shipments_of,
    pick_list,
)
from doorstep.rooms.fulfillment.reading.lists import count_shipments, list_shipments
from doorstep.rooms.fulfillment.reading.scanning import find_by_scan

__all__ = [
    "cancel_shipment",
    "change_fulfillment_settings",
    "confirm_packed",
    "count_shipments",
    "delete_carrier",
    "find_by_scan",
    "get_carrier",
    "get_fulfillment_settings",
    "get_parcels",
    "get_shipment",
    "get_shipments",
    "list_carriers",
    "list_parcels_of_orders",
    "list_shipments",
    "list_shipments_of",
    "pack_shipment",
    "pick_list",
    "pick_shipments",
    "record_platform_shipments",
    "reopen_shipment",
    "save_carrier",
    "set_tracking_number",
    "ship_available",
    "ship_shipment",
    "ship_shipments",
    "split_shipment",
]
