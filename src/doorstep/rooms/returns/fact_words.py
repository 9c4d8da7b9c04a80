"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact("customer.returns", "has asked for {} returns", one="has asked for {} return")
say_fact("customer.returned_pieces", "has returned {} pieces", one="has returned {} piece")
say_fact("customer.worn_returns", "has returned {} pieces worn", one="has returned {} piece worn")
say_fact(
    "customer.return_mismatches",
    "has returned {} pieces that did not fit what was announced",
    one="has returned {} piece that did not fit what was announced",
)
say_fact(
    "customer.late_returns",
    "has asked for {} returns long after the order",
    one="has asked for {} return long after the order",
)

# Of a line that may come back.
say_fact(
    "return_line.days_since_delivery",
    "arrived {} days ago",
    one="arrived {} day ago",
    known="the day of delivery is known",
    unknown="the day of delivery is not known",
)
say_fact("return_line.days_since_order", "was ordered {} days ago", one="was ordered {} day ago")
say_fact(
    "return_line.delivery_is_estimated",
    "has a day of delivery that is an estimate",
    no="has a day of delivery that the carrier told",
)
say_fact("return_line.country", "the delivery country")
say_fact("return_line.region", "the delivery region")
say_fact("return_line.title", "the product")
say_fact("return_line.variant", "the variant")
say_fact("return_line.sku", "the article number")
say_fact("return_line.price", "the price paid for a piece is {}")
say_fact("return_line.line_price", "the price paid for the line is {}")
say_fact(
    "return_line.discount_percent",
    "was bought at a discount of {} percent",
    known="the discount is known",
    unknown="the discount is not known",
)
say_fact("return_line.was_on_sale", "was bought at a discount", no="was bought at the full price")
say_fact("return_line.is_gift_card", "is a gift card", no="is not a gift card")
say_fact("return_line.order_total", "the order total is {}")
say_fact("return_line.channel", "the sales channel")
say_fact("return_line.is_gift", "was ordered as a gift", no="was not ordered as a gift")
say_fact("return_line.order_date", "was ordered {}")
say_fact("return_line.order_month", "the month of the order is {}")
say_fact("return_line.today", "is asked to be returned {}")
for _name, _whose in (
    ("product_tags", "the product"),
    ("order_tags", "the order"),
    ("customer_tags", "the customer"),
):
    say_fact(
        f"return_line.{_name}",
        f"{_whose} has the tags {{}}",
        one=f"{_whose} has the tag {{}}",
        no=f"{_whose} does not have the tag {{}}",
        known=f"{_whose} has a tag",
        unknown=f"{_whose} has no tags",
    )
say_fact(
    "return_line.customer_orders",
    "the customer has placed {} orders",
    one="the customer has placed {} order",
)
say_fact(
    "return_line.is_first_order",
    "belongs to the customer’s first order",
    no="does not belong to the customer’s first order",
)
say_fact(
    "return_line.returns_last_year",
    "the customer has asked for {} returns in the last year",
    one="the customer has asked for {} return in the last year",
)
say_fact(
    "return_line.return_rate",
    "the customer asks for {} returns per hundred orders",
    one="the customer asks for {} return per hundred orders",
    known="the customer ordered in the last year",
    unknown="the customer ordered nothing in the last year",
)
say_fact("return_line.reason", "the reason")
say_fact("return_line.reason_group", "the kind of reason")
say_fact("return_line.fault", "the one at fault")
say_fact("return_line.damage", "the damage")
