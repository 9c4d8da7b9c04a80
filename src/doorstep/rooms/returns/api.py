"""The door of the returns room."""

from doorstep.rooms.returns.actions.change_settings import (
    change_settings,
    delete_part,
    delete_review_rule,
    list_parts,
    list_review_rules,
    save_part,
    save_review_rule,
)
from doorstep.rooms.returns.actions.decide_return import (
    approve_return,
    cancel_return,
    decline_return,
    extend_return,
)
from doorstep.rooms.returns.actions.finish_return import (
    refund_now,
    resolve_missing,
    send_repair_back,
)
from doorstep.rooms.returns.actions.inspect_return import inspect_return, set_disposition
from doorstep.rooms.returns.actions.keep_photo import add_photo
from doorstep.rooms.returns.actions.make_good import (
    decide_make_good,
    make_good,
    reship,
    set_make_good_rule,
)
from doorstep.rooms.returns.actions.receive_return import record_reception
from doorstep.rooms.returns.actions.record_scan import record_return_scan
from doorstep.rooms.returns.actions.request_return import request_return
from doorstep.rooms.returns.actions.way_back import (
    add_tracking_number,
    put_label_in,
    request_label_again,
)
from doorstep.rooms.returns.actions.withdraw import (
    dismiss_withdrawal,
    match_withdrawal,
    withdraw_from_contract,
)
from doorstep.rooms.returns.flow.opening import load_settings as get_settings
from doorstep.rooms.returns.flow.pictures import check_size as check_picture_size
from doorstep.rooms.returns.links import read_label_token, read_photo_token
from doorstep.rooms.returns.policy.deciding import decide
from doorstep.rooms.returns.policy.editing import (
    begin_policy,
    change_policy_base,
    delete_policy_rule,
    delete_warranty,
    discard_policy,
    move_policy_rule,
    move_warranty,
    publish_policy,
    restore_policy,
    save_policy_rule,
    save_warranty,
)
from doorstep.rooms.returns.policy.effects import Effects, LabelTerms, Offer, Window
from doorstep.rooms.returns.policy.reading import (
    find_draft,
    get_live_version,
    get_version,
    list_extensions,
    list_versions,
)
from doorstep.rooms.returns.policy.reasons import find_reason, read_reasons, reasons_for
from doorstep.rooms.returns.policy.replay.running import (
    begin_replay,
    cancel_replay,
    download,
    get_replay,
    list_replays,
)
from doorstep.rooms.returns.policy.settings import (
    move_reason,
    save_holiday_extension,
    save_reason,
    withdraw_holiday_extension,
)
from doorstep.rooms.returns.policy.text.writing import policy_summaries, policy_text
from doorstep.rooms.returns.reading.claims import (
    budget_spent,
    get_withdrawal,
    list_make_good_rules,
    list_make_goods,
    list_make_goods_of,
    list_withdrawals,
    list_withdrawals_of,
)
from doorstep.rooms.returns.reading.details import (
    find_asked,
    find_return,
    get_picture,
    get_return,
    get_returns,
    list_returns_of,
)
from doorstep.rooms.returns.reading.glance import RETURNS_OF_ORDER, list_marks, why_nothing
from doorstep.rooms.returns.reading.labels import find_label, get_label_file, way_back
from doorstep.rooms.returns.reading.lists import count_returns, find_by_scan, list_returns
from doorstep.rooms.returns.reading.options import ReturnCase, amounts, find_exchanges, options
from doorstep.rooms.returns.reading.reports import product_advice, reasons_report

__all__ = [
    "RETURNS_OF_ORDER",
    "Effects",
    "LabelTerms",
    "Offer",
    "ReturnCase",
    "Window",
    "add_photo",
    "add_tracking_number",
    "amounts",
    "approve_return",
    "begin_policy",
    "begin_replay",
    "budget_spent",
    "cancel_replay",
    "cancel_return",
    "change_policy_base",
    "change_settings",
    "check_picture_size",
    "count_returns",
    "decide",
    "decide_make_good",
    "decline_return",
    "delete_part",
    "delete_policy_rule",
    "delete_review_rule",
    "delete_warranty",
    "discard_policy",
    "dismiss_withdrawal",
    "download",
    "extend_return",
    "find_asked",
    "find_by_scan",
    "find_draft",
    "find_exchanges",
    "find_label",
    "find_reason",
    "find_return",
    "get_label_file",
    "get_live_version",
    "get_picture",
    "get_replay",
    "get_return",
    "get_returns",
    "get_settings",
    "get_version",
    "get_withdrawal",
    "inspect_return",
    "list_extensions",
    "list_make_good_rules",
    "list_make_goods",
    "list_make_goods_of",
    "list_marks",
    "list_parts",
    "list_replays",
    "list_returns",
    "list_returns_of",
    "list_review_rules",
    "list_versions",
    "list_withdrawals",
    "list_withdrawals_of",
    "make_good",
    "match_withdrawal",
    "move_policy_rule",
    "move_reason",
    "move_warranty",
    "options",
    "policy_summaries",
    "policy_text",
    "product_advice",
    "publish_policy",
    "put_label_in",
    "read_label_token",
    "read_photo_token",
    "read_reasons",
    "reasons_for",
    "reasons_report",
    "record_reception",
    "record_return_scan",
    "refund_now",
    "request_label_again",
    "request_return",
    "reship",
    "resolve_missing",
    "restore_policy",
    "save_holiday_extension",
    "save_part",
    "save_policy_rule",
    "save_reason",
    "save_review_rule",
    "save_warranty",
    "send_repair_back",
    "set_disposition",
    "set_make_good_rule",
    "way_back",
    "why_nothing",
    "withdraw_from_contract",
    "withdraw_holiday_extension",
]
