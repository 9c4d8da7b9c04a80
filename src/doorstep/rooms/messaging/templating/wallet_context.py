"""Mails about stored value: a gift card for somebody, and credit that ends soon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    LinksContext,
    LocaleContext,
    MoneyValue,
    OrderContext,
    money,
)

WALLET_KINDS = ("gift_card", "credit_expiring")
CODE_HIDDEN = "•••• •••• ••••"
"""What stands in kept copies of a mail where its reader saw the code."""


class GiftCardContext(TypedDict):
    """The card, for whom it is and from whom."""

    amount: Annotated[MoneyValue, "What it is worth"]
    code: Annotated[str, "Its code; filled in at the moment of sending and kept nowhere"]
    recipient_name: Annotated[str, "Whom it is for; empty when unknown"]
    sender_name: Annotated[str, "Who gives it, as they want to be called; may be empty"]
    words: Annotated[str, "What they want to say; may be empty"]
    until_date: Annotated[str, "Its last day (ISO date); empty when it does not end"]
    url: Annotated[str, "Where to see what is left on it"]


class CreditContext(TypedDict):
    """Store credit that ends."""

    amount: Annotated[MoneyValue, "How much of it ends then"]
    balance: Annotated[MoneyValue, "How much there is in all"]
    until_date: Annotated[str, "The last day it can be spent (ISO date)"]


class _WalletMessage(TypedDict):
    locale: LocaleContext
    brand: BrandContext
    order: Annotated[OrderContext | None, "Always none: these mails are about no order"]
    links: LinksContext
    json_ld: Annotated[dict[str, Any] | None, "Machine-readable order; none in these mails"]


class GiftCardMessageContext(_WalletMessage):
    """``gift_card``."""

    gift_card: GiftCardContext


class CreditMessageContext(_WalletMessage):
    """``credit_expiring``."""

    credit: CreditContext


def _about_no_order() -> dict[str, Any]:
    return {
        "order": None,
        "links": dict.fromkeys(LinksContext.__annotations__, ""),
        "json_ld": None,
    }


def gift_card_context(
    *,
    amount_minor: int,
    currency: str,
    code: str = "",
    recipient_name: str = "",
    sender_name: str = "",
    words: str = "",
    until_date: str = "",
    url: str = "",
) -> dict[str, Any]:
    """Return the context of a mail with a gift card; brand and language come when it is sent."""
    card = {
        "amount": money(amount_minor, currency),
        "code": code,
        "recipient_name": recipient_name,
        "sender_name": sender_name,
        "words": words,
        "until_date": until_date,
        "url": url,
    }
    return {"gift_card": card, **_about_no_order()}


def credit_context(
    *, amount_minor: int, balance_minor: int, currency: str, until_date: str
) -> dict[str, Any]:
    """Return the context of a mail about credit that ends soon."""
    credit = {
        "amount": money(amount_minor, currency),
        "balance": money(balance_minor, currency),
        "until_date": until_date,
    }
    return {"credit": credit, **_about_no_order()}


def hide_secrets(text: str, context: Mapping[str, Any]) -> str:
    """Return a rendered text as it may be kept: without the code that its reader saw."""
    card = context.get("gift_card")
    code = card.get("code") if isinstance(card, Mapping) else ""
    return text.replace(code, CODE_HIDDEN) if code else text
