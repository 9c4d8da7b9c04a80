"""What a message template can talk about: the shapes of its context.

A context is plain JSON (it is stored on the message, and rendered later): dictionaries, lists,
strings, integers, booleans and None. *Every key is always present*; what does not apply is
``None``, ``""`` or ``[]``. That is what lets an unknown name in a template be an error.

Conventions of every value:

- money is ``{"minor": int, "currency": "EUR"}`` (:class:`MoneyValue`, made by :func:`money`):
  integer minor units, ISO 4217;
- instants are ISO 8601 strings with offset (``2026-11-21T10:00:00+00:00``), shown in
  ``locale.time_zone``; dates are ``2026-11-24``;
- URLs are absolute ``https`` (``http`` on a developer's machine), ``""`` when not offered;
- all money of one order is in *one* currency: the shopper's own (presentment) where the platform
  gives every figure in it, otherwise the shop's; then ``order.presentment_total`` says what was
  charged in the shopper's currency.

The meaning beside each field is what the console's editor shows (see ``reference.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypedDict

from doorstep.rooms.messaging.templating.brand_colors import on_color, readable_on_white
from doorstep.rooms.messaging.templating.locales import direction_of


class MoneyValue(TypedDict):
    """An amount in minor units beside its currency; show it with the ``money`` filter."""

    minor: Annotated[int, "Amount in the currency's smallest unit (cents)"]
    currency: Annotated[str, "ISO 4217 currency code"]


class LocaleContext(TypedDict):
    """The language the message is written in. Make it with :func:`locale_context`."""

    code: Annotated[str, "Language (and country) of the message, as BCP 47"]
    language: Annotated[str, "Language alone, for example de"]
    direction: Annotated[Literal["ltr", "rtl"], "Reading direction: ltr or rtl"]
    start: Annotated[Literal["left", "right"], "The side text starts on: left, or right in Arabic"]
    end: Annotated[Literal["left", "right"], "The side text ends on"]
    time_zone: Annotated[str, "Time zone that dates and times are shown in"]


class SocialLink(TypedDict):
    """Where else your shop can be followed."""

    name: Annotated[str, "Name of the place, for example Instagram"]
    url: Annotated[str, "Address of your profile there"]


class BrandContext(TypedDict):
    """Who sends. Make it with :func:`brand_context`."""

    name: Annotated[str, "Name of your store"]
    legal_name: Annotated[str, "Legal sender as named in the footer"]
    logo_url: Annotated[str, "Address of your logo picture; empty shows the name instead"]
    logo_width: Annotated[int, "Width of the logo in pixels"]
    website_url: Annotated[str, "Address of your shop"]
    color: Annotated[str, "Your brand color, for buttons and the top line"]
    on_color: Annotated[str, "Color of text that stands on the brand color"]
    link_color: Annotated[str, "Brand color, darkened until it can be read on white"]
    support_email: Annotated[str, "Where shoppers write for help"]
    support_phone: Annotated[str, "Where shoppers call for help"]
    postal_address: Annotated[list[str], "Your postal address, line by line, for the footer"]
    signature: Annotated[str, "How you sign your messages, for example Ines and the team"]
    social: Annotated[list[SocialLink], "Your profiles elsewhere; empty when you named none"]


class CustomerContext(TypedDict):
    """Who bought."""

    name: Annotated[str, "Full name; empty for a guest who gave none"]
    first_name: Annotated[str, "First name; empty when unknown"]
    email: Annotated[str, "E-mail address the message goes to; empty when none"]
    orders_before: Annotated[int, "Orders this customer placed before this one"]


class NamedValue(TypedDict):
    """A name with its value: an option or a line property."""

    name: Annotated[str, "Name, for example Color"]
    value: Annotated[str, "Value, for example Blue"]


class LineContext(TypedDict):
    """One thing bought."""

    title: Annotated[str, "Product title"]
    variant_title: Annotated[str, "Variant as one text; empty when there are options or no variant"]
    options: Annotated[list[NamedValue], "Chosen options, each with name and value"]
    properties: Annotated[list[NamedValue], "Custom wishes such as an engraving"]
    sku: Annotated[str, "Your article number"]
    quantity: Annotated[int, "How many"]
    unit_price: Annotated[MoneyValue, "Price of one, before discounts"]
    original_total: Annotated[MoneyValue, "Unit price times quantity, before discounts"]
    discount: Annotated[MoneyValue, "Discount on this line, a positive amount"]
    total: Annotated[MoneyValue, "What the line costs after its discount"]
    image_url: Annotated[str, "Product picture; empty when there is none"]
    url: Annotated[str, "Product page; empty when there is none"]
    is_gift_card: Annotated[bool, "True for a gift card"]
    requires_shipping: Annotated[bool, "False for downloads and other things not shipped"]
    production_days_min: Annotated[int | None, "Made to order: fewest working days to make it"]
    production_days_max: Annotated[int | None, "Made to order: most working days to make it"]


class DiscountContext(TypedDict):
    """A discount the shopper knows by name or code."""

    title: Annotated[str, "Name of the discount"]
    code: Annotated[str, "Code the shopper typed in; empty when automatic"]
    amount: Annotated[MoneyValue, "Amount taken off, a positive amount"]


class ChargeContext(TypedDict):
    """A fee on the order."""

    title: Annotated[str, "What the fee is for"]
    amount: Annotated[MoneyValue, "Amount of the fee"]


class AddressContext(TypedDict):
    """Where the order goes, formatted in the destination country's order of lines."""

    name: Annotated[str, "Who receives the parcel"]
    lines: Annotated[list[str], "Address lines below the name"]


class DeliveryContext(TypedDict):
    """How and when the order arrives. Estimate or production time, or neither when unknown."""

    kind: Annotated[
        Literal["ship", "pickup", "digital"], "How it is delivered: ship, pickup or digital"
    ]
    method: Annotated[str, "Delivery method the shopper chose"]
    address: Annotated[AddressContext | None, "Where it goes; none for pickup and downloads"]
    earliest_date: Annotated[str, "First day it may arrive (ISO date); empty when unknown"]
    latest_date: Annotated[str, "Last day it should arrive (ISO date); empty when unknown"]
    production_days_min: Annotated[int | None, "Made to order: fewest working days to make it all"]
    production_days_max: Annotated[int | None, "Made to order: most working days to make it all"]


class OrderContext(TypedDict):
    """The order with its costs.

    ``subtotal - discount_total + shipping + fees + tip + duties + (tax unless taxes_included)
    + adjustment == total``.
    """

    number: Annotated[str, "Order number as the shopper knows it"]
    placed_at: Annotated[str, "When the order was placed"]
    item_count: Annotated[int, "How many pieces in all"]
    lines: Annotated[list[LineContext], "What was ordered, line by line"]
    currency: Annotated[str, "Currency of all amounts of this order"]
    subtotal: Annotated[MoneyValue, "Sum of all lines before discounts"]
    discounts: Annotated[list[DiscountContext], "Discounts by name or code"]
    discount_total: Annotated[MoneyValue, "All discounts together, a positive amount"]
    shipping: Annotated[MoneyValue, "Shipping after its discounts"]
    shipping_title: Annotated[str, "Shipping method named beside its cost"]
    fees: Annotated[list[ChargeContext], "Other fees, each with title and amount"]
    tip: Annotated[MoneyValue, "Tip; zero when none"]
    duties: Annotated[MoneyValue, "Import duties; zero when none"]
    tax: Annotated[MoneyValue, "Tax"]
    taxes_included: Annotated[bool, "True when prices already contain the tax"]
    adjustment: Annotated[MoneyValue, "Rounding, store credit: may be negative; zero when none"]
    total: Annotated[MoneyValue, "What the whole order costs"]
    presentment_total: Annotated[
        MoneyValue | None, "Total charged in the shopper's own currency, when it is another one"
    ]
    refunded_total: Annotated[MoneyValue, "What was given back so far; zero when nothing"]
    payment_method: Annotated[str, "How it was paid; empty when unknown"]
    payment_pending: Annotated[bool, "True while the payment is not in yet"]
    note: Annotated[str, "Note the shopper left"]
    is_gift: Annotated[bool, "True when the order is a gift"]
    gift_message: Annotated[str, "Message that goes with the gift"]


class LinksContext(TypedDict):
    """Where the shopper can go from here; an empty link hides its button."""

    order: Annotated[str, "The order's own page, signed, no login needed"]
    change: Annotated[str, "Where the order can be changed"]
    cancel: Annotated[str, "Where the order can be canceled"]
    faq: Annotated[str, "Frequent questions"]
    support: Annotated[str, "Where to get help"]
    returns: Annotated[str, "Return policy or start of a return"]
    unsubscribe: Annotated[str, "One-click unsubscribe; empty on messages that must be sent"]


class HoldContext(TypedDict):
    """Why an order waits."""

    reasons: Annotated[
        list[str],
        "Why it waits: out_of_stock, address_problem, missing_options, payment_pending or review",
    ]
    needs_shopper: Annotated[bool, "True when only the shopper can resolve it"]
    action_url: Annotated[str, "Where the shopper resolves it; empty when there is nothing to do"]
    respond_by_date: Annotated[str, "Until when (ISO date); empty when there is no limit"]


class CancellationContext(TypedDict):
    """An order that will not come."""

    canceled_at: Annotated[str, "When it was canceled"]
    by_shopper: Annotated[bool, "True when the shopper asked for it"]
    reason: Annotated[
        str, "Why: customer, inventory, fraud, declined, other, or empty when not given"
    ]
    refund: Annotated[MoneyValue | None, "What goes back; none when nothing was paid"]


class RefundLineContext(TypedDict):
    """Pieces that were refunded."""

    title: Annotated[str, "Product title"]
    quantity: Annotated[int, "How many pieces"]
    amount: Annotated[MoneyValue, "What was given back for them"]


class RefundContext(TypedDict):
    """Money given back."""

    amount: Annotated[MoneyValue, "What was given back this time"]
    refunded_at: Annotated[str, "When"]
    method: Annotated[str, "Where it goes, for example Visa ending 4242; empty when unknown"]
    reason: Annotated[str, "Why, in your words; empty when not given"]
    expected_by_date: Annotated[str, "When it should have arrived (ISO date); empty when unknown"]
    lines: Annotated[list[RefundLineContext], "What it was given back for; may be empty"]


class OrderMessageContext(TypedDict):
    """What every order message knows."""

    locale: LocaleContext
    brand: BrandContext
    customer: CustomerContext
    order: OrderContext
    delivery: DeliveryContext
    links: LinksContext
    json_ld: Annotated[
        dict[str, Any] | None,
        "Machine-readable order (schema.org); print it with the json_ld filter",
    ]


class ReturnPolicyContext(TypedDict):
    """How things of the order may come back, written from the rules of your return policy."""

    summary: Annotated[str, "Your return policy in a few sentences; empty when nothing is sent"]


class ConfirmationContext(OrderMessageContext):
    """``order_confirmation``. Where ``links.returns`` is empty, so is ``return_policy.summary``."""

    return_policy: ReturnPolicyContext


class HistoryLinkContext(TypedDict):
    """The link that opens a shopper's orders."""

    url: Annotated[str, "Opens all orders of this address, once"]
    minutes: Annotated[int, "How many minutes the link works"]


class OnHoldContext(OrderMessageContext):
    """``order_on_hold``."""

    hold: HoldContext


class CanceledContext(OrderMessageContext):
    """``order_canceled``."""

    cancellation: CancellationContext


class RefundedContext(OrderMessageContext):
    """``order_refunded``."""

    refund: RefundContext


class HistoryContext(OrderMessageContext):
    """``order_history``: asked for by the shopper on an order's page."""

    history: HistoryLinkContext


def money(minor: int, currency: str) -> MoneyValue:
    """Return an amount (minor units) as a context value."""
    return {"minor": minor, "currency": currency}


def instant(at: datetime | None) -> str:
    """Return an aware instant as a context value, ``""`` for None.

    :raises ValueError: a naive datetime, whose moment nobody can know.
    """
    if at is None:
        return ""
    if at.tzinfo is None:
        raise ValueError("a template context needs an aware datetime")
    return at.isoformat()


def day(value: date | None) -> str:
    """Return a date as a context value, ``""`` for None."""
    return "" if value is None else value.isoformat()


def locale_context(code: str, time_zone: str = "UTC") -> LocaleContext:
    """Describe a language for templates: direction and sides follow from its script.

    ``code`` is BCP 47 as the shopper's locale came ("de-AT", "ar", "pt_BR"); ``time_zone`` an
    IANA name.
    """
    tag = code.replace("_", "-") or "en"
    rtl = direction_of(tag) == "rtl"
    return {
        "code": tag,
        "language": tag.split("-")[0].lower(),
        "direction": "rtl" if rtl else "ltr",
        "start": "right" if rtl else "left",
        "end": "left" if rtl else "right",
        "time_zone": time_zone,
    }


def brand_context(
    *,
    name: str,
    color: str = "",
    legal_name: str = "",
    logo_url: str = "",
    logo_width: int = 140,
    website_url: str = "",
    support_email: str = "",
    support_phone: str = "",
    postal_address: list[str] | None = None,
    signature: str = "",
    social: Iterable[str] = (),
) -> BrandContext:
    """Describe the sender for templates; readable text and link colors follow from ``color``.

    ``color`` is ``#rrggbb`` (or ``#rgb``); anything else falls back to the house color.
    ``logo_width`` is in pixels, ``postal_address`` line by line, ``social`` addresses of profiles.
    """
    return {
        "name": name,
        "legal_name": legal_name or name,
        "logo_url": logo_url,
        "logo_width": logo_width,
        "website_url": website_url,
        "color": readable_on_white(color, ratio=1.0),
        "on_color": on_color(color),
        "link_color": readable_on_white(color),
        "support_email": support_email,
        "support_phone": support_phone,
        "postal_address": postal_address or [],
        "signature": signature or name,
        "social": [{"name": place_of(url), "url": url} for url in social],
    }


_PLACES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "pinterest": "Pinterest",
    "threads": "Threads",
    "tiktok": "TikTok",
    "twitter": "X",
    "x": "X",
    "youtube": "YouTube",
}


def place_of(url: str) -> str:
    """Return what people call the place of a profile: by its domain, else the domain itself.

    >>> place_of("https://www.instagram.com/fernandkettle")
    'Instagram'
    """
    host = url.partition("//")[2].partition("/")[0].lower().removeprefix("www.")
    return _PLACES.get(host.rpartition(".")[0].rpartition(".")[2], host)
