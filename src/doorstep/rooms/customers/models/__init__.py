"""The customers room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.customers.models.customer import Customer
from doorstep.rooms.customers.models.identity import Identity
from doorstep.rooms.customers.models.merge import Merge, MergeSuggestion

__all__ = ["Customer", "Identity", "Merge", "MergeSuggestion"]
