"""The door of the connectors for console, API and command line."""

from doorstep.connectors.base.actions import (
    change_connection,
    connect_shop,
    discard_delivery,
    forget_bad_signatures,
    retry_deliveries,
    rotate_secret,
    set_credentials,
)
from doorstep.connectors.base.queries import (
    NEEDS_PERSON,
    Access,
    ConnectionInfo,
    count_problems,
    find_access,
    find_credentials,
    find_kind,
    get_connection,
    get_delivery,
    list_connections,
    list_deliveries,
    list_problems,
    replay,
)
from doorstep.connectors.base.registry import list_connectors, register

__all__ = [
    "NEEDS_PERSON",
    "Access",
    "ConnectionInfo",
    "change_connection",
    "connect_shop",
    "count_problems",
    "discard_delivery",
    "find_access",
    "find_credentials",
    "find_kind",
    "forget_bad_signatures",
    "get_connection",
    "get_delivery",
    "list_connections",
    "list_connectors",
    "list_deliveries",
    "list_problems",
    "register",
    "replay",
    "retry_deliveries",
    "rotate_secret",
    "set_credentials",
]
