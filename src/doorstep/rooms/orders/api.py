"""The door of the orders room."""

from doorstep.rooms.orders.actions import (
    add_note,
    change_order_settings,
    edit_address,
    place_hold,
    release_hold,
    resend_confirmation,
)
from doorstep.rooms.orders.composing import MessageComposer, message_composer
from doorstep.rooms.orders.confirming import confirmation_context
from doorstep.rooms.orders.editing.ending import cancel_here
from doorstep.rooms.orders.editing.lines import NotInStock, apply_lines, quote_lines
from doorstep.rooms.orders.editing.promising import move_promise
from doorstep.rooms.orders.editing.waiting import (
    delay,
    end_change,
    end_delay,
    hold_for_change,
    lift_due_delays,
)
from doorstep.rooms.orders.links import (
    OrderLinkExpired,
    check_order_link,
    order_page_token,
    order_page_url,
    read_order_page_token,
)
from doorstep.rooms.orders.reading.details import (
    find_for_lookup,
    get_order,
    get_order_and_page,
    get_order_page,
    get_order_pages,
    get_order_settings,
    get_orders,
)
from doorstep.rooms.orders.reading.gift_cards import list_sold_cards
from doorstep.rooms.orders.reading.lists import (
    count_orders,
    count_orders_by_day,
    get_summaries,
    list_external_ids,
    list_orders,
    list_sales_channels,
)
from doorstep.rooms.orders.reading.marks import get_order_head, get_order_marks
from doorstep.rooms.orders.reading.matching import MatchCount, count_matching_orders
from doorstep.rooms.orders.reading.past import list_placed
from doorstep.rooms.orders.reading.picks import count_orders_of, list_best_sellers
from doorstep.rooms.orders.reading.promises import list_promises
from doorstep.rooms.orders.reading.to_ship import (
    find_order_ids,
    find_orders_by_number,
    get_calendar,
    get_customers_of,
    get_orders_to_ship,
    list_order_ids_of,
)
from doorstep.rooms.orders.reading.worth import STANDING_ORDERS, list_buyers
from doorstep.rooms.orders.recording.import_history import import_history
from doorstep.rooms.orders.recording.incoming import check_incoming
from doorstep.rooms.orders.recording.platform_news import cancel_from_platform, record_refunds
from doorstep.rooms.orders.recording.record_orders import record_orders
from doorstep.rooms.orders.recording.refunds import deny_refund
from doorstep.rooms.orders.recording.shipping import record_shipped
from doorstep.rooms.orders.rules.addresses import AddressCheck, check_address
from doorstep.rooms.orders.rules.amounts import LineFigures, share
from doorstep.rooms.orders.rules.estimates import Calendar

__all__ = [
    "STANDING_ORDERS",
    "AddressCheck",
    "Calendar",
    "LineFigures",
    "MatchCount",
    "MessageComposer",
    "NotInStock",
    "OrderLinkExpired",
    "add_note",
    "apply_lines",
    "cancel_from_platform",
    "cancel_here",
    "change_order_settings",
    "check_address",
    "check_incoming",
    "check_order_link",
    "confirmation_context",
    "count_matching_orders",
    "count_orders",
    "count_orders_by_day",
    "count_orders_of",
    "delay",
    "deny_refund",
    "edit_address",
    "end_change",
    "end_delay",
    "find_for_lookup",
    "find_order_ids",
    "find_orders_by_number",
    "get_calendar",
    "get_customers_of",
    "get_order",
    "get_order_and_page",
    "get_order_head",
    "get_order_marks",
    "get_order_page",
    "get_order_pages",
    "get_order_settings",
    "get_orders",
    "get_orders_to_ship",
    "get_summaries",
    "hold_for_change",
    "import_history",
    "lift_due_delays",
    "list_best_sellers",
    "list_buyers",
    "list_external_ids",
    "list_order_ids_of",
    "list_orders",
    "list_placed",
    "list_promises",
    "list_sales_channels",
    "list_sold_cards",
    "message_composer",
    "move_promise",
    "order_page_token",
    "order_page_url",
    "place_hold",
    "quote_lines",
    "read_order_page_token",
    "record_orders",
    "record_refunds",
    "record_shipped",
    "release_hold",
    "resend_confirmation",
    "share",
]
