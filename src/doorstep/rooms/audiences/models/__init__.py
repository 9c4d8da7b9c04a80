"""The audiences room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.audiences.models.activity import (
    MovedRow,
    SiteActivity,
    SoldOutWish,
    Visitor,
    WishListItem,
)
from doorstep.rooms.audiences.models.membership import Membership, PastMembership, Recheck
from doorstep.rooms.audiences.models.segment import Segment, Upkeep
from doorstep.rooms.audiences.models.site import SiteSettings

__all__ = [
    "Membership",
    "MovedRow",
    "PastMembership",
    "Recheck",
    "Segment",
    "SiteActivity",
    "SiteSettings",
    "SoldOutWish",
    "Upkeep",
    "Visitor",
    "WishListItem",
]
