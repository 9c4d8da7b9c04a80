"""The door of outgoing webhooks for console and API."""

from doorstep.connectors.webhooks.actions.deliveries import (
    discard_delivery,
    replay_delivery,
    replay_events,
    replay_failed,
    send_test,
)
from doorstep.connectors.webhooks.actions.endpoints import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
)
from doorstep.connectors.webhooks.actions.keys import reveal_secret, rotate_secret
from doorstep.connectors.webhooks.queries import (
    NEEDS_PERSON,
    count_by_endpoint,
    count_by_hour,
    count_parked,
    count_problems,
    get_delivery,
    get_endpoint,
    list_deliveries,
    list_endpoints,
    list_event_types,
    list_failed,
    list_given_up,
)

__all__ = [
    "NEEDS_PERSON",
    "change_endpoint",
    "count_by_endpoint",
    "count_by_hour",
    "count_parked",
    "count_problems",
    "create_endpoint",
    "delete_endpoint",
    "disable_endpoint",
    "discard_delivery",
    "enable_endpoint",
    "get_delivery",
    "get_endpoint",
    "list_deliveries",
    "list_endpoints",
    "list_event_types",
    "list_failed",
    "list_given_up",
    "replay_delivery",
    "replay_events",
    "replay_failed",
    "reveal_secret",
    "rotate_secret",
    "send_test",
]
