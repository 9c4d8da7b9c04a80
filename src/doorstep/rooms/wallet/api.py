"""The door of the wallet room."""

from doorstep.rooms.wallet.actions.credit import (
    give_back_spend,
    give_credit,
    issue_credit,
    spend_credit,
    take_back_credit,
)
from doorstep.rooms.wallet.actions.gift_cards import (
    check_gift_card,
    disable_gift_card,
    enable_gift_card,
    issue_for_line,
    issue_gift_card,
    list_order_cards,
    redeem_gift_card,
    resend_gift_card,
    spend,
    spend_gift_card,
    stop_line_cards,
)
from doorstep.rooms.wallet.actions.rewards import reward_customer
from doorstep.rooms.wallet.queries import (
    CREDIT_OF_CUSTOMER,
    balances_of,
    card_lines,
    get_gift_card,
    liability,
    list_gift_cards,
    list_lots,
    own_balances,
    statement,
)
from doorstep.rooms.wallet.rules.recipients import read_wish

__all__ = [
    "CREDIT_OF_CUSTOMER",
    "balances_of",
    "card_lines",
    "check_gift_card",
    "disable_gift_card",
    "enable_gift_card",
    "get_gift_card",
    "give_back_spend",
    "give_credit",
    "issue_credit",
    "issue_for_line",
    "issue_gift_card",
    "liability",
    "list_gift_cards",
    "list_lots",
    "list_order_cards",
    "own_balances",
    "read_wish",
    "redeem_gift_card",
    "resend_gift_card",
    "reward_customer",
    "spend",
    "spend_credit",
    "spend_gift_card",
    "statement",
    "stop_line_cards",
    "take_back_credit",
]
