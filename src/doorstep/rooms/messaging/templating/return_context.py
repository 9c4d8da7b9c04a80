"""Messages about returns, exchanges and parcels that were made good, and about withdrawals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    LinksContext,
    LocaleContext,
    MoneyValue,
    OrderContext,
    OrderMessageContext,
)

RETURN_KINDS = (
    "return_requested",
    "return_approved",
    "return_declined",
    "return_expiring",
    "return_missing",
    "return_received",
    "return_credited",
    "return_refused",
    "exchange_ordered",
    "replacement_ordered",
    "repair_sent_back",
    "made_good",
)
WITHDRAWAL_KINDS = ("withdrawal_received",)


class ReturnLineContext(TypedDict):
    """Pieces of one thing."""

    title: Annotated[str, "Product title"]
    quantity: Annotated[int, "How many pieces"]


class ReturnContext(TypedDict):
    """A return, or what was done for a parcel. Make it with :func:`return_context`."""

    number: Annotated[str, "Number of the return, for example R-1042; empty when there is none"]
    is_kept: Annotated[bool, "True when nothing has to be sent back"]
    until_date: Annotated[str, "Last day to send it (ISO date); empty when there is none"]
    code: Annotated[str, "What the parcel's code says; empty when nothing is sent back"]
    label_url: Annotated[str, "Page with label, QR code and address; empty when there is none"]
    page_url: Annotated[str, "Page of the return; empty when there is none"]
    words: Annotated[str, "What the team wrote or found; may be empty"]
    amount: Annotated[MoneyValue | None, "Money or credit it is about; none when there is none"]
    bonus: Annotated[MoneyValue | None, "How much of it is a bonus; none when there is none"]
    remedy: Annotated[str, "For a parcel in trouble: reship, refund or credit; else empty"]
    new_order_number: Annotated[str, "Order of what goes out instead; empty when nothing does"]
    tracking_number: Annotated[str, "Number of the parcel that goes out; empty when not known"]
    lines: Annotated[list[ReturnLineContext], "What it is about; may be empty"]


class ReturnMessageContext(OrderMessageContext):
    """Everything from ``return_requested`` to ``made_good``."""

    returned: ReturnContext


class WithdrawalContext(TypedDict):
    """A withdrawal from a contract, as it was sent."""

    number: Annotated[str, "Its number, for example W-17"]
    received_at: Annotated[str, "When it was received"]
    refund_by_date: Annotated[str, "By when the money has to be back (ISO date)"]
    content: Annotated[str, "What was sent, word for word"]


class WithdrawalMessageContext(TypedDict):
    """``withdrawal_received``: the acknowledgment that the law asks for."""

    locale: LocaleContext
    brand: BrandContext
    withdrawal: WithdrawalContext
    order: Annotated[OrderContext | None, "Always none: nobody may learn whether there is one"]
    links: LinksContext
    json_ld: Annotated[dict[str, Any] | None, "Machine-readable order; none in these mails"]


def return_context(
    *,
    number: str = "",
    is_kept: bool = False,
    until_date: str = "",
    code: str = "",
    label_url: str = "",
    page_url: str = "",
    words: str = "",
    amount: MoneyValue | None = None,
    bonus: MoneyValue | None = None,
    remedy: str = "",
    new_order_number: str = "",
    tracking_number: str = "",
    lines: Sequence[tuple[str, int]] = (),
) -> ReturnContext:
    """Return the context of a return; what is not given does not apply."""
    return {
        "number": number,
        "is_kept": is_kept,
        "until_date": until_date,
        "code": code,
        "label_url": label_url,
        "page_url": page_url,
        "words": words,
        "amount": amount,
        "bonus": bonus,
        "remedy": remedy,
        "new_order_number": new_order_number,
        "tracking_number": tracking_number,
        "lines": [{"title": title, "quantity": quantity} for title, quantity in lines],
    }


def withdrawal_context(
    *, number: str, received_at: str, refund_by_date: str, content: str
) -> dict[str, Any]:
    """Return the context of an acknowledgment; brand and language come when it is sent."""
    return {
        "withdrawal": {
            "number": number,
            "received_at": received_at,
            "refund_by_date": refund_by_date,
            "content": content,
        },
        "order": None,
        "links": dict.fromkeys(LinksContext.__annotations__, ""),
        "json_ld": None,
    }


def _sample(kind: str, shop: str) -> ReturnContext:
    sample = return_context(
        number="R-1042",
        until_date="2026-12-21",
        page_url=f"{shop}/orders/1042/returns",
        lines=[("Hand-thrown stoneware mug", 2)],
    )
    if kind in ("return_approved", "return_expiring"):
        sample["code"], sample["label_url"] = "R-1042", f"{shop}/returns/labels/1042"
    if kind in ("return_declined", "return_refused"):
        sample["words"] = "The mug was used: its glaze is scratched."
    if kind in ("return_credited", "made_good"):
        sample["amount"] = {"minor": 6336, "currency": "EUR"}
    if kind == "return_credited":
        sample["bonus"] = {"minor": 576, "currency": "EUR"}
    if kind == "made_good":
        sample["remedy"] = "credit"
    if kind == "exchange_ordered":
        sample["new_order_number"] = "#1042-E1"
    if kind == "replacement_ordered":
        sample["new_order_number"] = "#1042-S1"
    if kind == "repair_sent_back":
        sample["tracking_number"] = "00340434161094042557"
    return sample


def return_samples(shop: str) -> dict[str, dict[str, Any]]:
    """Return the kinds' own parts of an invented message, for previews."""
    found: dict[str, dict[str, Any]] = {
        kind: {"returned": _sample(kind, shop)} for kind in RETURN_KINDS
    }
    content = "Withdrawal W-1017\nName: Maya Lindqvist\nOrder: #1042\nContact: maya@example.com"
    found["withdrawal_received"] = withdrawal_context(
        number="W-1017",
        received_at="2026-11-21T11:05:00+00:00",
        refund_by_date="2026-12-05",
        content=content,
    )
    return found
