"""The stores room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.stores.models.api_key import ApiKey
from doorstep.rooms.stores.models.staff import Membership, User
from doorstep.rooms.stores.models.store import Store

__all__ = ["ApiKey", "Membership", "Store", "User"]
