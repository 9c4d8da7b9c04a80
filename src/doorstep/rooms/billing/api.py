"""The door of the billing room."""

from doorstep.rooms.billing.actions import credit, refund
from doorstep.rooms.billing.actions import request_payment as ask_payment
from doorstep.rooms.billing.actions import settle as settle_owed
from doorstep.rooms.billing.books import ensure_open
from doorstep.rooms.billing.giving import NobodyToCredit, NotPayableBack, give_back, settle
from doorstep.rooms.billing.paying import (
    DEPOSIT,
    NothingToPay,
    TwoCurrencies,
    is_asking,
    pay_with_credit,
    pay_with_gift_card,
    request_payment,
    sync,
    transfer,
)
from doorstep.rooms.billing.reading import get_money, get_moneys, quote_give_back
from doorstep.rooms.billing.rules.quoting import MoreThanIsLeft
from doorstep.rooms.billing.rules.shares import Figures, share_of
from doorstep.rooms.billing.sold import sold_lines, unpaid_orders, worth_of

__all__ = [
    "DEPOSIT",
    "Figures",
    "MoreThanIsLeft",
    "NobodyToCredit",
    "NotPayableBack",
    "NothingToPay",
    "TwoCurrencies",
    "ask_payment",
    "credit",
    "ensure_open",
    "get_money",
    "get_moneys",
    "give_back",
    "is_asking",
    "pay_with_credit",
    "pay_with_gift_card",
    "quote_give_back",
    "refund",
    "request_payment",
    "settle",
    "settle_owed",
    "share_of",
    "sold_lines",
    "sync",
    "transfer",
    "unpaid_orders",
    "worth_of",
]
