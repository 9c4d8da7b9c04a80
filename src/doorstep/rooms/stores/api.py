"""The door of the stores room."""

from doorstep.rooms.stores.actions import (
    add_member,
    change_role,
    change_settings,
    create_api_key,
    create_store,
    let_join,
    remove_member,
    revoke_api_key,
)
from doorstep.rooms.stores.queries import (
    authenticate_api_key,
    find_role,
    find_store_by_host,
    get_logo,
    get_store,
    get_store_by_slug,
    list_api_keys,
    list_demo_members,
    list_members,
    list_stores,
    list_stores_of,
    real_stores_of,
)

__all__ = [
    "add_member",
    "authenticate_api_key",
    "change_role",
    "change_settings",
    "create_api_key",
    "create_store",
    "find_role",
    "find_store_by_host",
    "get_logo",
    "get_store",
    "get_store_by_slug",
    "let_join",
    "list_api_keys",
    "list_demo_members",
    "list_members",
    "list_stores",
    "list_stores_of",
    "real_stores_of",
    "remove_member",
    "revoke_api_key",
]
