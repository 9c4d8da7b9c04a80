"""The door of the changes room."""

from doorstep.rooms.changes.actions.decide import approve_change, decline_change, withdraw_change
from doorstep.rooms.changes.actions.request import quote_change, request_change
from doorstep.rooms.changes.deciding import ChangeNotAllowed
from doorstep.rooms.changes.flow.carrying import NoWayToPay
from doorstep.rooms.changes.flow.paying import expire_due
from doorstep.rooms.changes.flow.telling import retry_task, settle_task, tell_next
from doorstep.rooms.changes.notices import (
    NOTICES_OF_ORDER,
    answer_delay_notice,
    close_due,
    get_notice,
    list_notices,
    send_delay_notice,
)
from doorstep.rooms.changes.pricing import (
    PriceNotKnown,
    addable,
    line_options,
    offer_for,
    pieces_of,
)
from doorstep.rooms.changes.queries import (
    NEEDS_PERSON,
    count_changes,
    count_parked_tasks,
    find_by_form,
    get_change,
    list_changes,
    list_changes_of,
    list_parked_tasks,
    options_for,
)
from doorstep.rooms.changes.settings import (
    change_settings,
    get_settings,
    list_settings,
    read_condition,
)

__all__ = [
    "NEEDS_PERSON",
    "NOTICES_OF_ORDER",
    "ChangeNotAllowed",
    "NoWayToPay",
    "PriceNotKnown",
    "addable",
    "answer_delay_notice",
    "approve_change",
    "change_settings",
    "close_due",
    "count_changes",
    "count_parked_tasks",
    "decline_change",
    "expire_due",
    "find_by_form",
    "get_change",
    "get_notice",
    "get_settings",
    "line_options",
    "list_changes",
    "list_changes_of",
    "list_notices",
    "list_parked_tasks",
    "list_settings",
    "offer_for",
    "options_for",
    "pieces_of",
    "quote_change",
    "read_condition",
    "request_change",
    "retry_task",
    "send_delay_notice",
    "settle_task",
    "tell_next",
    "withdraw_change",
]
