"""The fulfillment room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.fulfillment.models.carrier import Carrier, ServiceLevel
from doorstep.rooms.fulfillment.models.packing import (
    Box,
    ExtrasDecision,
    HandlingProfile,
    PackingRule,
    PackingSettings,
    PlannedExtra,
    SampleGiven,
    VariantHandling,
)
from doorstep.rooms.fulfillment.models.parcel import Label, Parcel, ParcelLine
from doorstep.rooms.fulfillment.models.shipment import FulfillmentRules, Shipment, ShipmentLine

__all__ = [
    "Box",
    "Carrier",
    "ExtrasDecision",
    "FulfillmentRules",
    "HandlingProfile",
    "Label",
    "PackingRule",
    "PackingSettings",
    "Parcel",
    "ParcelLine",
    "PlannedExtra",
    "SampleGiven",
    "ServiceLevel",
    "Shipment",
    "ShipmentLine",
    "VariantHandling",
]
