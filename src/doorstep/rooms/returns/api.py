"""The door of the returns room."""

from doorstep.rooms.returns.actions.decide_return import (
    approve_return,
    cancel_return,
    decline_return,
    extend_return,
)
from doorstep.rooms.returns.actions.inspect_return import inspect_return, set_disposition
from doorstep.rooms.returns.actions.keep_photo import add_photo
from doorstep.rooms.returns.actions.receive_return import add_tracking_number, record_reception
from doorstep.rooms.returns.actions.request_return import request_return
from doorstep.rooms.returns.links import read_label_token, read_photo_token
from doorstep.rooms.returns.policy.deciding import decide
from doorstep.rooms.returns.policy.reasons import find_reason, read_reasons, reasons_for
from doorstep.rooms.returns.policy.text.writing import policy_text
from doorstep.rooms.returns.reading.details import (
    find_return,
    get_picture,
    get_return,
    get_returns,
    list_returns_of,
)
from doorstep.rooms.returns.reading.lists import count_returns, find_by_scan, list_returns
from doorstep.rooms.returns.reading.options import amounts, find_exchanges, options

__all__ = [
    "add_photo",
    "add_tracking_number",
    "amounts",
    "approve_return",
    "cancel_return",
    "count_returns",
    "decide",
    "decline_return",
    "extend_return",
    "find_by_scan",
    "find_exchanges",
    "find_reason",
    "find_return",
    "get_picture",
    "get_return",
    "get_returns",
    "inspect_return",
    "list_returns",
    "list_returns_of",
    "options",
    "policy_text",
    "read_label_token",
    "read_photo_token",
    "read_reasons",
    "reasons_for",
    "record_reception",
    "request_return",
    "set_disposition",
]
