"""An invented order for previews: the shop of the demo, a shopper in the language asked for."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from doorstep.rooms.messaging.templating.context import (
    LineContext,
    brand_context,
    locale_context,
    money,
)
from doorstep.rooms.messaging.templating.journey_context import base_of
from doorstep.rooms.messaging.templating.journey_samples import as_journey, journey_variants
from doorstep.rooms.messaging.templating.json_ld import order_json_ld
from doorstep.rooms.messaging.templating.link_context import LINK_KINDS
from doorstep.rooms.messaging.templating.parcel_context import PARCEL_KINDS
from doorstep.rooms.messaging.templating.parcel_json_ld import parcel_json_ld
from doorstep.rooms.messaging.templating.parcel_samples import (
    bare_parcel,
    parcel_parts,
    parcel_variants,
)
from doorstep.rooms.messaging.templating.return_context import WITHDRAWAL_KINDS, return_samples
from doorstep.rooms.messaging.templating.wallet_context import WALLET_KINDS

_PEOPLE = {
    "en": (
        "Maya Lindqvist",
        ["14 Orchard Lane", "Bristol BS1 4DJ", "United Kingdom"],
        "Europe/London",
    ),
    "de": ("Jonas Weber", ["Kastanienallee 82", "10435 Berlin", "Deutschland"], "Europe/Berlin"),
    "fr": ("Amélie Laurent", ["12 rue des Martyrs", "75009 Paris", "France"], "Europe/Paris"),
    "es": ("Diego Ortega", ["Calle de la Palma 31", "28004 Madrid", "España"], "Europe/Madrid"),
    "ar": ("ليلى حداد", ["شارع الوصل 120", "دبي", "الإمارات العربية المتحدة"], "Asia/Dubai"),
}
_SHOP = "https://fernandkettle.example"


def sample_context(kind: str, locale: str = "en") -> dict[str, Any]:
    """Return a complete, JSON-serialisable context for one kind of message.

    It has a discount, a line made to order with an engraving, and tax included in the prices.
    """
    language = locale.replace("_", "-").split("-")[0].lower()
    name, address, zone = _PEOPLE.get(language, _PEOPLE["en"])
    context: dict[str, Any] = {
        "locale": locale_context(locale, zone),
        "brand": _brand(),
        "customer": {
            "name": name,
            "first_name": name.split()[0],
            "email": "shopper@example.com",
            "orders_before": 0,
        },
        "order": _order(),
        "delivery": {
            "kind": "ship",
            "method": "DHL Standard",
            "address": {"name": name, "lines": address},
            "earliest_date": "2026-12-02",
            "latest_date": "2026-12-04",
            "production_days_min": None,
            "production_days_max": None,
        },
        "links": {
            "order": f"{_SHOP}/orders/1042",
            "change": f"{_SHOP}/orders/1042/change",
            "cancel": f"{_SHOP}/orders/1042/cancellation",
            "faq": f"{_SHOP}/help",
            "support": f"{_SHOP}/help/contact",
            "returns": f"{_SHOP}/returns",
            "unsubscribe": "",
        },
        "json_ld": None,
    }
    context.update(copy.deepcopy(_PARTS.get(kind, {})) | parcel_parts(kind))
    if kind in ("order_canceled", "order_refunded", *PARCEL_KINDS):
        context["links"].update(change="", cancel="")
    if base_of(kind):
        return as_journey(kind, locale, context)
    if kind in {*LINK_KINDS, *WALLET_KINDS, *WITHDRAWAL_KINDS}:
        return context
    context["json_ld"] = _json_ld(kind, context)
    return context


def _json_ld(kind: str, context: Any) -> dict[str, Any]:
    describe: Any = parcel_json_ld if kind in PARCEL_KINDS else order_json_ld
    markup: dict[str, Any] = describe(kind, context)
    return markup


def sample_variants(kind: str, locale: str = "en") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the sample in shapes that templates are apt to forget, each with its name.

    A template that renders all of them will not fail on a real order.
    """
    yield "sample", sample_context(kind, locale)
    if base_of(kind):
        yield from journey_variants(kind, sample_context(kind, locale))
        return
    if kind in {*LINK_KINDS, *WALLET_KINDS, *WITHDRAWAL_KINDS}:
        return
    for name, changes in {**_VARIANTS, **parcel_variants(kind)}.items():
        context = sample_context(kind, locale)
        for path, value in changes.items():
            group, _, key = path.partition(".")
            context[group][key] = copy.deepcopy(value)
        context["json_ld"] = None
        yield name, context
    yield "guest without anything optional", _bare(sample_context(kind, locale))


def _bare(context: dict[str, Any]) -> dict[str, Any]:
    """Empty what an order need not have."""
    context["customer"].update(name="", first_name="", email="")
    context["brand"].update(support_email="", support_phone="", website_url="", postal_address=[])
    context["links"].update(dict.fromkeys(context["links"], ""))
    context["order"].update(discounts=[], discount_total=money(0, "EUR"), payment_method="")
    context["delivery"].update(address=None, earliest_date="", latest_date="", method="")
    for line in context["order"]["lines"]:
        line.update(options=[], properties=[], sku="", url="", production_days_max=None)
    if "return_policy" in context:
        context["return_policy"].update(summary="")
    if "cancellation" in context:
        context["cancellation"].update(refund=None, reason="", by_shopper=False)
    if "hold" in context:
        context["hold"].update(needs_shopper=False, action_url="", respond_by_date="")
    if "refund" in context:
        context["refund"].update(lines=[], method="", expected_by_date="")
    if "change" in context:
        context["change"].update(refund=None, pay_url="", pay_by="", words="")
    if "delay" in context:
        context["delay"].update(
            new_date="", consent_url="", cancel_url="", silence_means="", respond_by_date=""
        )
    if "parcel" in context:
        context["parcel"] = bare_parcel(context["parcel"])
    return context


def _brand() -> Any:
    return brand_context(
        name="Fern & Kettle",
        color="#2f5d50",
        legal_name="Fern & Kettle GmbH",
        website_url=_SHOP,
        support_email="hello@fernandkettle.example",
        support_phone="+49 30 901820",
        postal_address=["Fern & Kettle GmbH", "Oderberger Straße 12", "10435 Berlin"],
        signature="Ines & the Fern & Kettle team",
    )


def _order() -> dict[str, Any]:
    return {
        "number": "#1042",
        "placed_at": "2026-11-21T09:24:00+00:00",
        "item_count": 4,
        "lines": [
            _line(
                "Darjeeling First Flush",
                2,
                1450,
                290,
                options=[("Size", "100 g")],
                sku="TEA-DJ-100",
            ),
            _line(
                "Hand-thrown stoneware mug",
                1,
                3200,
                320,
                options=[("Glaze", "Celadon")],
                properties=[("Engraving", "For Grandma")],
                sku="MUG-CEL",
                days=(5, 7),
            ),
            _line("Boston fern in a terracotta pot", 1, 2400, 240, sku="FERN-14"),
        ],
        "currency": "EUR",
        "subtotal": money(8500, "EUR"),
        "discounts": [{"title": "Welcome", "code": "WELCOME10", "amount": money(850, "EUR")}],
        "discount_total": money(850, "EUR"),
        "shipping": money(490, "EUR"),
        "shipping_title": "DHL Standard",
        "fees": [],
        "tip": money(0, "EUR"),
        "duties": money(0, "EUR"),
        "tax": money(1300, "EUR"),
        "taxes_included": True,
        "adjustment": money(0, "EUR"),
        "total": money(8140, "EUR"),
        "presentment_total": None,
        "refunded_total": money(0, "EUR"),
        "payment_method": "Visa •••• 4242",
        "payment_pending": False,
        "note": "",
        "is_gift": False,
        "gift_message": "",
    }


def _line(
    title: str,
    quantity: int,
    unit_minor: int,
    discount_minor: int,
    *,
    sku: str,
    options: list[tuple[str, str]] | None = None,
    properties: list[tuple[str, str]] | None = None,
    days: tuple[int, int] | None = None,
) -> LineContext:
    return {
        "title": title,
        "variant_title": "",
        "options": [{"name": name, "value": value} for name, value in options or []],
        "properties": [{"name": name, "value": value} for name, value in properties or []],
        "sku": sku,
        "quantity": quantity,
        "unit_price": money(unit_minor, "EUR"),
        "original_total": money(unit_minor * quantity, "EUR"),
        "discount": money(discount_minor, "EUR"),
        "total": money(unit_minor * quantity - discount_minor, "EUR"),
        "image_url": "",
        "url": f"{_SHOP}/products/{sku.lower()}",
        "is_gift_card": False,
        "requires_shipping": True,
        "production_days_min": days[0] if days else None,
        "production_days_max": days[1] if days else None,
    }


def _change(state: str, **parts: Any) -> dict[str, Any]:
    nothing = {"refund": None, "amount": None, "pay_url": "", "pay_by": "", "words": ""}
    return {"kind": "lines", "state": state, **nothing, **parts}


_PARTS: dict[str, dict[str, Any]] = {
    **return_samples(_SHOP),
    "order_confirmation": {
        "return_policy": {
            "summary": "You can return it within 30 days of delivery. You choose: your money back; "
            "store credit. We pay for the way back."
        }
    },
    "order_on_hold": {
        "hold": {
            "reasons": ["address_problem"],
            "needs_shopper": True,
            "action_url": f"{_SHOP}/orders/1042/address",
            "respond_by_date": "2026-11-25",
        }
    },
    "order_canceled": {
        "cancellation": {
            "canceled_at": "2026-11-21T11:05:00+00:00",
            "by_shopper": True,
            "reason": "customer",
            "refund": money(8140, "EUR"),
        }
    },
    "confirm_subscription": {
        "order": None,
        "link": {
            "url": f"{_SHOP}/newsletter/1042",
            "days": 7,
            "wording": "Yes, Fern & Kettle may send me news and offers by e-mail.",
        },
    },
    "preferences_link": {
        "order": None,
        "link": {"url": f"{_SHOP}/preferences/1042", "days": 7, "wording": ""},
    },
    "gift_card": {
        "order": None,
        "gift_card": {
            "amount": money(5000, "EUR"),
            "code": "7K2M-9QXA-4TRC-PWE6-H8ZD",
            "recipient_name": "Jonas",
            "sender_name": "Maya",
            "words": "Happy birthday!\nFor your next cup of tea.",
            "until_date": "2029-12-31",
            "url": f"{_SHOP}/gift-card",
        },
    },
    "credit_expiring": {
        "order": None,
        "credit": {
            "amount": money(1500, "EUR"),
            "balance": money(4000, "EUR"),
            "until_date": "2026-12-06",
        },
    },
    "change_applied": {"change": _change("applied", refund=money(1450, "EUR"))},
    "change_payment": {
        "change": _change(
            "awaiting_payment",
            amount=money(1600, "EUR"),
            pay_url=f"{_SHOP}/pay/1042",
            pay_by="2026-11-22T11:05:00+00:00",
        )
    },
    "change_ended": {"change": _change("declined", words="We are engraving your mug already.")},
    "order_history": {"history": {"url": f"{_SHOP}/history/1042", "minutes": 30}},
    "order_refunded": {
        "refund": {
            "amount": money(2880, "EUR"),
            "refunded_at": "2026-11-21T11:05:00+00:00",
            "method": "Visa •••• 4242",
            "reason": "",
            "expected_by_date": "2026-11-27",
            "lines": [
                {
                    "title": "Hand-thrown stoneware mug",
                    "quantity": 1,
                    "amount": money(2880, "EUR"),
                }
            ],
        }
    },
}

_VARIANTS: dict[str, dict[str, Any]] = {
    "gift": {
        "order.is_gift": True,
        "order.gift_message": "Happy birthday!\nYour Maya",
        "order.note": "Please ring twice.",
    },
    "pick-up": {
        "delivery.kind": "pickup",
        "delivery.method": "Oderberger Straße 12",
        "delivery.address": None,
        "delivery.earliest_date": "",
        "delivery.latest_date": "",
    },
    "download": {
        "delivery.kind": "digital",
        "delivery.method": "",
        "delivery.address": None,
        "delivery.earliest_date": "",
        "delivery.latest_date": "",
    },
    "made to order": {
        "delivery.production_days_min": 1,
        "delivery.production_days_max": 1,
        "delivery.earliest_date": "",
        "delivery.latest_date": "",
    },
    "every cost": {
        "order.fees": [{"title": "Gift wrap", "amount": money(250, "EUR")}],
        "order.tip": money(300, "EUR"),
        "order.duties": money(410, "EUR"),
        "order.adjustment": money(-2, "EUR"),
        "order.taxes_included": False,
        "order.total": money(10398, "EUR"),
        "order.presentment_total": money(16420, "JPY"),
        "order.refunded_total": money(500, "EUR"),
        "order.discounts": [
            {"title": "Welcome", "code": "WELCOME10", "amount": money(600, "EUR")},
            {"title": "Autumn", "code": "", "amount": money(250, "EUR")},
        ],
        "order.payment_pending": True,
        "customer.orders_before": 3,
        "links.unsubscribe": f"{_SHOP}/unsubscribe",
    },
}
