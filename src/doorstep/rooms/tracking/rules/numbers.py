"""Tracking numbers, as people type them and as machines compare them."""

from __future__ import annotations

from doorstep.rooms.fulfillment import api as fulfillment

MAX_NUMBER = 100


def normalize_number(number: str) -> str:
    """Return what a number is compared by: as the parcels' room does, cut to what is kept."""
    return fulfillment.normalize_number(number)[:MAX_NUMBER]
