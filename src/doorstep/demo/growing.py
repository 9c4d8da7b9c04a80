"""What makes Fern & Kettle's shoppers come back: care texts, birthdays, journeys that are live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.demo.agenda import SEEDER
from doorstep.demo.cast import AMELIE, DIEGO, JONAS, LAYLA, MAYA
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Birthday
from doorstep.rooms.journeys import api as journeys

_SHOP = "https://fernandkettle.example"


@dataclass(frozen=True)
class Care:
    """What the shop writes about a product, in English and German."""

    how_to: str = ""
    care: str = ""
    german: tuple[str, str] = ("", "")  # how to use it, how to look after it
    run_out_days: int | None = None


CARE = {
    "TEA-ASSAM-250": Care(
        "One heaped spoon a cup, boiling water, four minutes. Milk likes it.",
        "Keep the tin closed, dark and dry: it stays fresh for a year.",
        (
            "Ein gehäufter Löffel pro Tasse, kochendes Wasser, vier Minuten. Milch passt gut dazu.",
            "Dose geschlossen, dunkel und trocken halten: So bleibt er ein Jahr frisch.",
        ),
        45,
    ),
    "TEA-SENCHA-100": Care(
        "Let the water cool to 70 °C. One spoon a cup, ninety seconds; the second cup is the best.",
        "Keep it in the fridge, well closed, once the bag is open.",
        (
            "Das Wasser auf 70 °C abkühlen lassen. Ein Löffel pro Tasse, neunzig Sekunden;"
            " der zweite Aufguss ist der beste.",
            "Nach dem Öffnen gut verschlossen im Kühlschrank aufbewahren.",
        ),
        25,
    ),
    "TEA-ROOIBOS-250": Care(
        "One spoon a cup, boiling water, as long as you like: it never turns bitter.",
        run_out_days=45,
    ),
    "POT-MOSS": Care(
        "Warm it with hot water before the first tea of the day.",
        "Rinse it with water alone. Soap stays in the glaze, tea does not.",
        (
            "Vor dem ersten Tee des Tages mit heißem Wasser anwärmen.",
            "Nur mit Wasser ausspülen. Spülmittel bleibt in der Glasur, Tee nicht.",
        ),
    ),
    "BOWL-MATCHA": Care(
        "A level spoon of matcha, a little water of 80 °C, and whisk from the wrist.",
        "Rinse it with warm water and let it dry standing free.",
    ),
    "FERN-BOSTON": Care(
        care="Bright, but out of the sun. Water it when the top of the soil is dry; it loves mist.",
        german=("", "Hell, aber nicht in der Sonne. Gießen, wenn die Erde oben trocken ist."),
    ),
}

# Relative to now, so that somebody always has a birthday soon.
_BIRTHDAYS = ((MAYA, 1, 1988), (JONAS, 6, None), (AMELIE, 40, 1992), (DIEGO, 120, None))
_HOLIDAYS = ((MAYA, "midsummer"), (JONAS, "christmas"), (LAYLA, "eid_al_fitr"))
LIVE = ("care_tips", "late_apology")


def write_care(at: datetime) -> None:
    """Write how the shop's things are used, looked after, and how long they last."""
    products = catalog.find_products_by_sku(CARE)
    for sku, care in CARE.items():
        how_to, look_after = care.german
        catalog.set_care(
            product_id=products[sku],
            how_to=care.how_to,
            care=care.care,
            page_url=f"{_SHOP}/products/{sku.lower()}",
            run_out_days=care.run_out_days,
            translations={"de": {"how_to": how_to, "care": look_after}},
            by=SEEDER,
            at=at,
        )


def start_journeys(at: datetime) -> None:
    """Put two of the prebuilt journeys into use; who orders from then on enters them."""
    for template in journeys.list_templates():
        if template.key in LIVE:
            journey_id = journeys.create_journey(
                name=template.name, template=template.key, by=SEEDER, at=at
            )
            revision = journeys.get_journey(journey_id).revision
            journeys.publish_journey(journey_id=journey_id, revision=revision, by=SEEDER, at=at)


def tell_about_people(at: datetime) -> None:
    """Write down what the shoppers told about themselves."""
    for person, days, year in _BIRTHDAYS:
        day = (at + timedelta(days=days)).date()
        known = customers.find_customer_by_email(person.email)
        if known is not None:
            birthday = Birthday(day.day, day.month, year)
            customers.set_preferences(customer_id=known.id, birthday=birthday, by=SEEDER, at=at)
    for person, holiday in _HOLIDAYS:
        known = customers.find_customer_by_email(person.email)
        if known is not None:
            customers.set_preferences(
                customer_id=known.id,
                favorite_holiday=holiday,
                interests=["tea"],
                by=SEEDER,
                at=at,
            )
