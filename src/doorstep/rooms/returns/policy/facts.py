"""What conditions of the policy can ask about a line that may come back.

All values come from one :class:`~doorstep.rooms.returns.policy.rows.LineRow` that is loaded in
sets, so a policy of thirty rules costs no more queries than one of three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.conditions.api import (
    Fact,
    FactRequest,
    FactType,
    Subject,
    register_fact,
    register_subject,
)
from doorstep.kernel.money import Money
from doorstep.rooms.returns.policy.rows import LineRow, load_rows

SUBJECT = register_subject(Subject("return_line", "line to return", "orders_orderline"))
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the wish beside the line itself; empty as long as nobody chose a reason.

    :ivar asks_photo: the reason wants a picture whatever the rules say.
    """

    reason: str = ""
    reason_group: str = ""
    fault: str = ""
    damage: str = ""
    asks_photo: bool = False


NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked: the instant, and the store's day that it is."""

    at: datetime
    today: date


Reader = Callable[[LineRow, Moment, Asked], Any]
READERS: dict[str, Reader] = {}
ASKED_FACTS = frozenset(
    f"return_line.{name}" for name in ("reason", "reason_group", "fault", "damage")
)
HISTORY_FACTS = frozenset(
    f"return_line.{name}"
    for name in ("customer_orders", "is_first_order", "returns_last_year", "return_rate")
)


def _fact(
    name: str,
    type: FactType,
    label: str,
    description: str,
    read: Reader,
    choices: tuple[str, ...] = (),
) -> None:
    full = f"return_line.{name}"
    READERS[full] = read

    def resolve(request: FactRequest) -> dict[UUID, Any]:
        rows = load_rows(
            line_ids=request.ids,
            at=request.at,
            with_history=full in HISTORY_FACTS,
            store_id=request.store_id,
        )
        moment = Moment(request.at, request.at.astimezone(request.zone).date())
        return {row.line_id: read(row, moment, NOTHING_ASKED) for row in rows.values()}

    register_fact(
        Fact(
            name=full,
            subject="return_line",
            type=type,
            label=label,
            description=description,
            resolve=resolve,
            choices=choices,
        )
    )


def _discount_percent(row: LineRow) -> int | None:
    before = row.total_minor + row.discount_minor
    return row.discount_minor * 100 // before if before > 0 else None


def _orders_until(row: LineRow, at: datetime) -> int | None:
    if row.history is None:
        return None
    return sum(1 for placed in row.history.orders if placed <= at)


def _returns_last_year(row: LineRow, at: datetime) -> int | None:
    if row.history is None:
        return None
    return sum(1 for asked in row.history.returns if at - YEAR < asked < at)


def _return_rate(row: LineRow, at: datetime) -> int | None:
    if row.history is None:
        return None
    orders = sum(1 for placed in row.history.orders if at - YEAR < placed <= at)
    returns = _returns_last_year(row, at) or 0
    return returns * 100 // orders if orders else None


_fact(
    "days_since_delivery",
    FactType.NUMBER,
    "days since delivery",
    "How many days of the store ago this item arrived; from the estimate where no carrier tells.",
    lambda row, moment, asked: (
        None if row.delivered_on is None else (moment.today - row.delivered_on).days
    ),
)
_fact(
    "days_since_order",
    FactType.NUMBER,
    "days since the order",
    "How many days of the store ago it was ordered.",
    lambda row, moment, asked: (moment.today - row.ordered_on).days,
)
_fact(
    "delivery_is_estimated",
    FactType.BOOL,
    "delivery is estimated",
    "Whether no carrier told when it arrived.",
    lambda row, moment, asked: row.is_estimated,
)
_fact(
    "country",
    FactType.TEXT,
    "delivery country",
    "Where the order went, ISO 3166-1 alpha-2 (DE).",
    lambda row, moment, asked: row.country_code,
)
_fact(
    "region",
    FactType.TEXT,
    "delivery region",
    "The state or province the order went to, as the address has it.",
    lambda row, moment, asked: row.region,
)
_fact(
    "product_tags",
    FactType.SET,
    "kinds of product",
    "The tags (categories) the product has on its platform.",
    lambda row, moment, asked: row.product_tags,
)
_fact(
    "title", FactType.TEXT, "product", "The product's title.", lambda row, moment, asked: row.title
)
_fact(
    "variant",
    FactType.TEXT,
    "variant",
    "What the variant is called, as “Blue / M”.",
    lambda row, moment, asked: row.variant_title,
)
_fact("sku", FactType.TEXT, "article number", "Its SKU.", lambda row, moment, asked: row.sku)
_fact(
    "price",
    FactType.MONEY,
    "price paid for a piece",
    "What one piece cost after discounts, in the order's currency.",
    lambda row, moment, asked: Money(row.unit_paid_minor, row.currency),
)
_fact(
    "line_price",
    FactType.MONEY,
    "price paid for the line",
    "What all pieces of the line cost after discounts, in the order's currency.",
    lambda row, moment, asked: Money(row.total_minor, row.currency),
)
_fact(
    "discount_percent",
    FactType.NUMBER,
    "discount in percent",
    "How much was taken off the line's price, in whole percent.",
    lambda row, moment, asked: _discount_percent(row),
)
_fact(
    "was_on_sale",
    FactType.BOOL,
    "was bought at a discount",
    "Whether anything was taken off the line's price.",
    lambda row, moment, asked: row.discount_minor > 0,
)
_fact(
    "is_gift_card",
    FactType.BOOL,
    "is a gift card",
    "Whether it is a gift card; those never come back as goods, whatever a rule says.",
    lambda row, moment, asked: row.is_gift_card,
)
_fact(
    "order_total",
    FactType.MONEY,
    "order total",
    "What the whole order cost, in its currency.",
    lambda row, moment, asked: Money(row.order_total_minor, row.currency),
)
_fact(
    "channel",
    FactType.TEXT,
    "sales channel",
    "Where it was bought.",
    lambda row, moment, asked: row.channel,
)
_fact(
    "order_tags",
    FactType.SET,
    "tags of the order",
    "The tags the order has on its platform.",
    lambda row, moment, asked: row.order_tags,
)
_fact(
    "is_gift",
    FactType.BOOL,
    "is a gift",
    "Whether the shopper called the order a gift.",
    lambda row, moment, asked: row.is_gift,
)
_fact(
    "order_date",
    FactType.DATE,
    "day of the order",
    "The store's day on which it was ordered.",
    lambda row, moment, asked: row.ordered_on,
)
_fact(
    "order_month",
    FactType.COUNT,
    "month of the order",
    "The month in which it was ordered: 12 for December.",
    lambda row, moment, asked: row.ordered_on.month,
)
_fact(
    "today",
    FactType.DATE,
    "day of the return",
    "The store's day on which the return is asked for.",
    lambda row, moment, asked: moment.today,
)
_fact(
    "customer_tags",
    FactType.SET,
    "tags of the customer",
    "The customer's tags, memberships among them.",
    lambda row, moment, asked: row.customer_tags,
)
_fact(
    "customer_orders",
    FactType.COUNT,
    "orders of the customer",
    "How many orders the customer has placed so far; canceled ones do not count.",
    lambda row, moment, asked: _orders_until(row, moment.at),
)
_fact(
    "is_first_order",
    FactType.BOOL,
    "is the customer's first order",
    "Whether the customer had not ordered before; not known of guests nobody can tell.",
    lambda row, moment, asked: (
        None if row.history is None else not any(o < row.placed_at for o in row.history.orders)
    ),
)
_fact(
    "returns_last_year",
    FactType.COUNT,
    "returns in the last year",
    "How many returns the customer asked for in the 365 days before.",
    lambda row, moment, asked: _returns_last_year(row, moment.at),
)
_fact(
    "return_rate",
    FactType.NUMBER,
    "returns per hundred orders",
    "Returns of the last 365 days for each hundred orders of the same time.",
    lambda row, moment, asked: _return_rate(row, moment.at),
)
_fact(
    "reason",
    FactType.TEXT,
    "reason",
    "The reason's code, as the list of reasons has it; not known until the shopper chose one.",
    lambda row, moment, asked: asked.reason,
)
_fact(
    "reason_group",
    FactType.TEXT,
    "kind of reason",
    "The code of the reason's group.",
    lambda row, moment, asked: asked.reason_group,
)
_fact(
    "fault",
    FactType.ENUM,
    "who caused it",
    "Whose fault the chosen reason says it is; not known until the shopper chose one.",
    lambda row, moment, asked: asked.fault,
    ("shopper", "merchant", "carrier"),
)
_fact(
    "damage",
    FactType.TEXT,
    "damage",
    "How it broke, by the chosen reason.",
    lambda row, moment, asked: asked.damage,
)
