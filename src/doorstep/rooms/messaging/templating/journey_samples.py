"""An invented person for messages of journeys and campaigns, with an order or without."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from doorstep.rooms.messaging.templating.journey_context import PRODUCT_KINDS, base_of

_SHOP = "https://fernandkettle.example"

# What the sample's products say of themselves, in the language of the message.
_TEXTS = {
    "en": (
        "Warm the pot first. One spoon a cup, water just off the boil, three minutes.",
        "Keep the tin closed, dark and dry.",
        "Christmas",
    ),
    "de": (
        "Erst die Kanne wärmen. Ein Löffel pro Tasse, Wasser kurz nach dem Kochen, drei Minuten.",
        "Die Dose geschlossen, dunkel und trocken aufbewahren.",
        "Weihnachten",
    ),
    "fr": (
        "Chauffez d’abord la théière. Une cuillère par tasse, une eau frémissante, trois minutes.",
        "Gardez-le fermé, au sec et à l’abri de la lumière.",
        "Noël",
    ),
    "es": (
        "Calienta primero la tetera. Una cucharada por taza, agua a punto de hervir, tres minutos.",
        "Guarda la lata cerrada, en un lugar oscuro y seco.",
        "Navidad",
    ),
    "ar": (
        "سخّن الإبريق أولًا. ملعقة لكل كوب، وماء قبيل الغليان، ثلاث دقائق.",
        "احفظ العلبة مغلقة في مكان جاف ومظلم.",
        "عيد الميلاد",
    ),
}


def as_journey(kind: str, locale: str, context: dict[str, Any]) -> dict[str, Any]:
    """Turn an order's sample into that of a journey's message; customers' kinds lose the order."""
    language = locale.replace("_", "-").split("-")[0].lower()
    how_to, care, holiday = _TEXTS.get(language, _TEXTS["en"])
    made = {
        **context,
        "customer": {
            **context["customer"],
            "orders_before": 2,
            "favorite_holiday": holiday,
            "favorite_color": "#2f5d50",
            "interests": ["tea"],
            "sizes": [{"name": "Ring", "value": "54"}],
        },
        "products": [_product("Darjeeling First Flush", 2, how_to, care)],
        "blocks": {
            "best_sellers": [
                _shown("Assam Mangalam"),
                _shown("Matcha bowl"),
                _shown("Boston fern"),
            ],
            "recently_viewed": [_shown("Teapot “Moss”")],
            "wish_list": [_shown("Two cups “Rain”")],
        },
        "json_ld": None,
    }
    made["links"] = {
        **context["links"],
        "change": "",
        "cancel": "",
        "unsubscribe": f"{_SHOP}/unsubscribe",
    }
    if base_of(kind) == "customer":
        _take_order(made)
    if kind in PRODUCT_KINDS:
        made["products"] = [_product("Darjeeling First Flush", 1, how_to, care)]
    return made


def journey_variants(kind: str, context: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the sample in the shapes that people come in."""
    for name, lists in {
        "somebody new": ("recently_viewed", "wish_list"),
        "somebody without a wish list": ("wish_list",),
        "a shop that sold nothing yet": ("recently_viewed", "wish_list", "best_sellers"),
    }.items():
        made = copy.deepcopy(context)
        made["blocks"].update({one: [] for one in lists})
        yield name, made
    nothing_written = copy.deepcopy(context)
    nothing_written["products"] = []
    yield "products nothing is written about", nothing_written
    links_only = copy.deepcopy(context)
    for product in links_only["products"]:
        product.update(how_to="", care="", image_url="", url="", run_out_days=None)
    yield "products with links alone", links_only
    several = copy.deepcopy(context)
    several["products"] = [
        _product(f"Ü手工 {number} “Moos”", number, "Erst\ndann", "So\nund so")
        for number in range(1, 5)
    ]
    yield "several products", several
    if base_of(kind) == "customer":
        social = copy.deepcopy(context)
        social["brand"]["social"] = [
            {"name": "Instagram", "url": "https://www.instagram.com/fernandkettle"}
        ]
        yield "a shop with profiles", social
    yield "somebody nothing is known of", _bare(copy.deepcopy(context))


def _bare(context: dict[str, Any]) -> dict[str, Any]:
    context["customer"].update(
        name="", first_name="", email="", orders_before=0,
        favorite_holiday="", favorite_color="", interests=[], sizes=[],
    )  # fmt: skip
    context["brand"].update(support_email="", support_phone="", website_url="", postal_address=[])
    context["links"].update(dict.fromkeys(context["links"], ""))
    context["products"] = []
    context["blocks"] = {"best_sellers": [], "recently_viewed": [], "wish_list": []}
    return context


def _take_order(context: dict[str, Any]) -> None:
    context.update(order=None, delivery=None, products=[])
    context["links"].update(order="", support="")


def _product(title: str, quantity: int, how_to: str, care: str) -> dict[str, Any]:
    return {
        "title": title,
        "quantity": quantity,
        "image_url": "",
        "url": f"{_SHOP}/products/darjeeling",
        "how_to": how_to,
        "how_to_video_url": f"{_SHOP}/films/brewing",
        "how_to_image_url": "",
        "how_to_page_url": f"{_SHOP}/brewing",
        "care": care,
        "run_out_days": 30,
    }


def _shown(title: str) -> dict[str, Any]:
    return {"title": title, "image_url": "", "url": f"{_SHOP}/products"}
