"""The door of the customers room."""

from doorstep.rooms.customers.actions.edit_customer import (
    edit_customer,
    remove_identity,
    set_preferences,
)
from doorstep.rooms.customers.actions.erase_customer import erase_customer, export_customer
from doorstep.rooms.customers.actions.merge_customers import (
    dismiss_suggestion,
    merge_customers,
    undo_merge,
)
from doorstep.rooms.customers.actions.resolve_customers import resolve_customers
from doorstep.rooms.customers.actions.tag_customers import tag_customer, untag_customer
from doorstep.rooms.customers.dates import (
    holiday_label,
    iter_birthdays,
    iter_favorite_holidays,
    list_holidays,
)
from doorstep.rooms.customers.exporting import exports
from doorstep.rooms.customers.forgetting import forgets
from doorstep.rooms.customers.queries import (
    find_customer_by_email,
    find_customer_by_phone,
    get_customer,
    get_customers,
    list_identities,
    list_made_one,
    list_merges,
    list_suggestions,
    list_tags,
    person_of,
    search_customers,
)

__all__ = [
    "dismiss_suggestion",
    "edit_customer",
    "erase_customer",
    "export_customer",
    "exports",
    "find_customer_by_email",
    "find_customer_by_phone",
    "forgets",
    "get_customer",
    "get_customers",
    "holiday_label",
    "iter_birthdays",
    "iter_favorite_holidays",
    "list_holidays",
    "list_identities",
    "list_made_one",
    "list_merges",
    "list_suggestions",
    "list_tags",
    "merge_customers",
    "person_of",
    "remove_identity",
    "resolve_customers",
    "search_customers",
    "set_preferences",
    "tag_customer",
    "undo_merge",
    "untag_customer",
]
