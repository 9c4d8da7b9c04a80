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
from doorstep.rooms.fulfillment.documents.making import Document, make_document
from doorstep.rooms.fulfillment.documents.pdf import can_make_pdf
from doorstep.rooms.fulfillment.documents.sheets import Paper
from doorstep.rooms.fulfillment.packing.effects import Effects
from doorstep.rooms.fulfillment.packing.extras import decide_extras, extra_cause
from doorstep.rooms.fulfillment.packing.matching import replay_rule
from doorstep.rooms.fulfillment.packing.plan import get_packing_plan, get_packing_plans
from doorstep.rooms.fulfillment.packing.reading import (
    get_handling,
    get_packing_options,
    get_packing_rule,
    get_variant_handling,
    list_boxes,
    list_packing_rules,
    list_samples_given,
)
from doorstep.rooms.fulfillment.packing.settings import (
    change_handling,
    change_packing_options,
    delete_packing_rule,
    move_packing_rule,
    save_box,
    save_packing_rule,
    set_variant_handling,
)
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions, PackingRuleInfo
from doorstep.rooms.fulfillment.planning.platform import record_platform_shipments
from doorstep.rooms.fulfillment.planning.replan import replan as follow_orders
from doorstep.rooms.fulfillment.reading.carriers import (
    get_carrier,
    get_fulfillment_settings,
    list_carriers,
)
from doorstep.rooms.fulfillment.reading.choosing import (
    choose_service,
    is_surely_a_number,
    recognize_number,
)
from doorstep.rooms.fulfillment.reading.details import (
    get_parcels,
    get_shipment,
    get_shipments,
    list_parcels_of_orders,
    list_shipments_of,
    pick_list,
)
from doorstep.rooms.fulfillment.reading.for_shoppers import (
    SENT_OF_ORDER,
    list_parcels_for_shopper,
    list_parcels_for_shoppers,
)
from doorstep.rooms.fulfillment.reading.lists import (
    NEEDS_PERSON,
    count_late,
    count_shipments,
    list_shipments,
)
from doorstep.rooms.fulfillment.reading.scanning import find_by_scan
from doorstep.rooms.fulfillment.rules.carriers import carrier_name, find_carrier
from doorstep.rooms.fulfillment.rules.handling import Handling
from doorstep.rooms.fulfillment.rules.numbers import (
    normalize_number,
    recognize,
    trackable_number,
)
from doorstep.rooms.fulfillment.watch import look_at_promises

__all__ = [
    "NEEDS_PERSON",
    "SENT_OF_ORDER",
    "Document",
    "Effects",
    "Handling",
    "PackingOptions",
    "PackingRuleInfo",
    "Paper",
    "can_make_pdf",
    "cancel_shipment",
    "carrier_name",
    "change_fulfillment_settings",
    "change_handling",
    "change_packing_options",
    "choose_service",
    "confirm_packed",
    "count_late",
    "count_shipments",
    "decide_extras",
    "delete_carrier",
    "delete_packing_rule",
    "extra_cause",
    "find_by_scan",
    "find_carrier",
    "follow_orders",
    "get_carrier",
    "get_fulfillment_settings",
    "get_handling",
    "get_packing_options",
    "get_packing_plan",
    "get_packing_plans",
    "get_packing_rule",
    "get_parcels",
    "get_shipment",
    "get_shipments",
    "get_variant_handling",
    "is_surely_a_number",
    "list_boxes",
    "list_carriers",
    "list_packing_rules",
    "list_parcels_for_shopper",
    "list_parcels_for_shoppers",
    "list_parcels_of_orders",
    "list_samples_given",
    "list_shipments",
    "list_shipments_of",
    "look_at_promises",
    "make_document",
    "move_packing_rule",
    "normalize_number",
    "pack_shipment",
    "pick_list",
    "pick_shipments",
    "recognize",
    "recognize_number",
    "record_platform_shipments",
    "reopen_shipment",
    "replay_rule",
    "save_box",
    "save_carrier",
    "save_packing_rule",
    "set_tracking_number",
    "set_variant_handling",
    "ship_available",
    "ship_shipment",
    "ship_shipments",
    "split_shipment",
    "trackable_number",
]
