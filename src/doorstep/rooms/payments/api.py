"""The door of the payments room."""

from doorstep.rooms.payments.actions.calls import retry_call
from doorstep.rooms.payments.actions.charges import record_charge
from doorstep.rooms.payments.actions.holds import capture_charge, void_charge
from doorstep.rooms.payments.actions.links import (
    can_take_payments,
    cancel_link,
    end_due_links,
    open_pay_page,
    request_link,
)
from doorstep.rooms.payments.actions.refunds import request_refund, settle_refund
from doorstep.rooms.payments.actions.reports import note_platform_refund, record_reports
from doorstep.rooms.payments.calls.work import ask_all_due
from doorstep.rooms.payments.links import pay_page_url, read_pay_token
from doorstep.rooms.payments.queries import (
    ASKED_IN_VAIN,
    REFUNDS_BY_HAND,
    count_refunds_by_hand,
    get_charge,
    get_link,
    get_refund,
    list_charges,
    list_links,
    list_refunds,
    list_refunds_by_hand,
    list_troubles,
)

__all__ = [
    "ASKED_IN_VAIN",
    "REFUNDS_BY_HAND",
    "ask_all_due",
    "can_take_payments",
    "cancel_link",
    "capture_charge",
    "count_refunds_by_hand",
    "end_due_links",
    "get_charge",
    "get_link",
    "get_refund",
    "list_charges",
    "list_links",
    "list_refunds",
    "list_refunds_by_hand",
    "list_troubles",
    "note_platform_refund",
    "open_pay_page",
    "pay_page_url",
    "read_pay_token",
    "record_charge",
    "record_reports",
    "request_link",
    "request_refund",
    "retry_call",
    "settle_refund",
    "void_charge",
]
