"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact("order.total", "the order total is {}")
say_fact("order.item_count", "has {} pieces", one="has {} piece")
say_fact("order.channel", "the sales channel")
say_fact("order.country", "the delivery country")
say_fact("order.billing_country", "the billing country")
say_fact("order.financial_status", "the payment")
say_fact("order.state", "the state")
say_fact("order.placed_at", "was placed {}")
say_fact("order.is_test", "is a test order", no="is not a test order")
say_fact("order.payment_method", "the payment method")
say_fact(
    "order.skus",
    "contains the articles {}",
    one="contains the article {}",
    no="does not contain the article {}",
    known="contains something with an article number",
    unknown="contains nothing with an article number",
)
say_fact(
    "order.hold_reasons",
    "is on hold for {}",
    no="is not on hold for {}",
    known="is on hold",
    unknown="is not on hold",
)
say_fact("order.is_gift", "is a gift", no="is not a gift")
say_fact("order.gift_wrap", "is to be gift-wrapped", no="is not to be gift-wrapped")
say_fact("order.shipping_method", "the shipping method")
say_fact("order.weight", "weighs {} grams", one="weighs {} gram")
say_fact("order.is_first", "is the customer’s first order", no="is not the customer’s first order")
say_fact(
    "order.orders_before",
    "was placed after {} earlier orders",
    one="was placed after {} earlier order",
)
for _name, _whose in (("order.tags", ""), ("line.product_tags", "the product ")):
    say_fact(
        _name,
        f"{_whose}has the tags {{}}",
        one=f"{_whose}has the tag {{}}",
        no=f"{_whose}does not have the tag {{}}",
        known=f"{_whose}has a tag",
        unknown=f"{_whose}has no tags",
    )

# Of one line.
say_fact("line.sku", "the article number")
say_fact("line.title", "the title")
say_fact("line.variant_title", "the variant")
say_fact("line.quantity", "has {} pieces", one="has {} piece")
say_fact("line.price", "the price of a piece is {}")
say_fact("line.weight", "weighs {} grams a piece", one="weighs {} gram a piece")
say_fact(
    "line.longest_side",
    "has a longest side of {} millimeters",
    one="has a longest side of {} millimeter",
)
say_fact("line.country", "the delivery country")
say_fact(
    "line.options",
    "has the options {}",
    one="has the option {}",
    no="does not have the option {}",
    known="has an option",
    unknown="has no options",
)
say_fact(
    "line.wishes",
    "has the wishes {}",
    one="has the wish {}",
    no="does not have the wish {}",
    known="has a wish filled in",
    unknown="has no wishes filled in",
)

# Of a customer.
say_fact("customer.orders", "has placed {} orders", one="has placed {} order")
say_fact(
    "customer.last_order_at",
    "placed the last order {}",
    known="has placed an order",
    unknown="has never placed an order",
)
say_fact(
    "customer.first_order_at",
    "placed the first order {}",
    known="has placed an order",
    unknown="has never placed an order",
)
say_fact(
    "customer.days_since_order",
    "placed the last order {} days ago",
    one="placed the last order {} day ago",
    known="has placed an order",
    unknown="has never placed an order",
)
say_fact("customer.items_bought", "has bought {} pieces", one="has bought {} piece")
say_fact(
    "customer.refunded_orders", "got money back for {} orders", one="got money back for {} order"
)
say_fact(
    "customer.spent",
    "has spent {}",
    known="has spent something",
    unknown="has spent nothing",
)
say_fact(
    "customer.average_order",
    "spends {} on an average order",
    known="has placed an order",
    unknown="has never placed an order",
)
say_fact(
    "customer.skus",
    "has bought the articles {}",
    one="has bought the article {}",
    no="has not bought the article {}",
    known="has bought something",
    unknown="has bought nothing",
)
say_fact(
    "customer.products",
    "has bought {}",
    no="has not bought {}",
    known="has bought something",
    unknown="has bought nothing",
)
say_fact(
    "customer.product_tags",
    "has bought products tagged {}",
    no="has not bought products tagged {}",
    known="has bought products with tags",
    unknown="has bought no products with tags",
)
say_fact(
    "customer.channels",
    "has bought on {}",
    no="has not bought on {}",
    known="has bought something",
    unknown="has bought nothing",
)
say_fact(
    "customer.pieces_of_article",
    "has bought {} pieces of the article {sku}",
    one="has bought {} piece of the article {sku}",
)
say_fact(
    "customer.pieces_of_kind",
    "has bought {} pieces of products tagged {tag}",
    one="has bought {} piece of products tagged {tag}",
)
