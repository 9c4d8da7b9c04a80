"""Who and what the demo shop Fern & Kettle consists of. Shared by seed, tests and screenshots."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.rooms.orders.contracts import IncomingAddress, IncomingPerson

SLUG = "fern-and-kettle"
STAFF = (
    ("ines@fernandkettle.example", "Ines", "owner"),
    ("marco@fernandkettle.example", "Marco", "manager"),
    ("wanda@fernandkettle.example", "Wanda", "warehouse"),
    ("sam@fernandkettle.example", "Sam", "support"),
    ("mia@fernandkettle.example", "Mia", "marketer"),
    ("kofi@fernandkettle.example", "Kofi", "contributor"),
)


@dataclass(frozen=True)
class Thing:
    """Something the demo shop sells."""

    sku: str
    title: str
    price_minor: int  # EUR cents, tax included
    stock: int | None  # None: not counted (made to order, or digital)
    image_url: str  # a picture of this package, below /static/demo/
    options: tuple[tuple[str, str], ...] = ()
    production_days: tuple[int, int] | None = None
    weight_grams: int = 400
    size_mm: tuple[int, int, int] = (120, 90, 60)
    barcode: str = ""
    handling: tuple[str, ...] = ()
    is_gift_card: bool = False
    product: str = ""  # of which it is one variant among several
    tags: tuple[str, ...] = ()

    @property
    def product_id(self) -> str:
        """What the shop's platform calls the product."""
        return f"p-{self.product or self.sku.lower()}"


THINGS = {
    thing.sku: thing
    for thing in (
        Thing("TEA-ASSAM-250", "Assam Mangalam, 250 g", 1490, 87, "/static/demo/tea-assam-250.svg", weight_grams=280, barcode="4006381333931"),
        Thing("TEA-SENCHA-100", "Sencha Yamato, 100 g", 1850, 41, "/static/demo/tea-sencha-100.svg", weight_grams=130, size_mm=(90, 70, 50), barcode="4012345678901"),
        Thing("TEA-ROOIBOS-250", "Rooibos with orange, 250 g", 1190, 0, "/static/demo/tea-rooibos-250.svg", weight_grams=280, barcode="4012345678918"),
        Thing("POT-MOSS", "Teapot “Moss”, 0.8 l", 6400, 14, "/static/demo/pot-moss.svg", (("Glaze", "Moss"),), weight_grams=900, size_mm=(230, 180, 160), barcode="4012345678925", handling=("fragile",)),
        Thing("POT-CHALK", "Teapot “Chalk”, 0.8 l", 6400, 3, "/static/demo/pot-chalk.svg", (("Glaze", "Chalk"),), weight_grams=900, size_mm=(230, 180, 160), barcode="4012345678932", handling=("fragile",)),
        Thing("CUP-NAME", "Cup with your name", 2900, None, "/static/demo/cup-name.svg", (("Size", "0.3 l"),), (5, 7), size_mm=(110, 90, 95), handling=("fragile",)),
        Thing("CUP-PAIR", "Two cups “Rain”", 3800, 29, "/static/demo/cup-pair.svg", (("Glaze", "Rain"),), size_mm=(180, 100, 100), barcode="4012345678949", handling=("fragile",)),
        Thing("BOWL-MATCHA", "Matcha bowl", 4200, 12, "/static/demo/bowl-matcha.svg", size_mm=(130, 130, 80), barcode="4012345678956", handling=("fragile",)),
        Thing("FERN-BOSTON", "Boston fern in a pot", 2450, 15, "/static/demo/fern-boston.svg", weight_grams=1800, size_mm=(220, 220, 380), barcode="4012345678963", handling=("perishable",)),
        Thing("FERN-MAIDENHAIR", "Maidenhair fern", 1950, 1, "/static/demo/fern-maidenhair.svg", weight_grams=1200, size_mm=(180, 180, 300), barcode="4012345678970", handling=("perishable",)),
        Thing("APRON-S", "Linen apron", 4900, 6, "/static/demo/apron.svg", (("Size", "S"),), weight_grams=350, size_mm=(300, 220, 40), barcode="4012345678987", product="apron", tags=("apparel",)),
        Thing("APRON-M", "Linen apron", 4900, 11, "/static/demo/apron.svg", (("Size", "M"),), weight_grams=370, size_mm=(300, 220, 40), barcode="4012345678994", product="apron", tags=("apparel",)),
        Thing("APRON-L", "Linen apron", 5400, 8, "/static/demo/apron.svg", (("Size", "L"),), weight_grams=390, size_mm=(300, 220, 40), barcode="4012345679007", product="apron", tags=("apparel",)),
        Thing("GIFT-50", "Gift card", 5000, None, "/static/demo/gift-50.svg", is_gift_card=True, weight_grams=0),
    )
}  # fmt: skip

MAYA = IncomingPerson(
    "c-1001", "maya.lindqvist@example.com", "+46 70 123 45 67", "Maya Lindqvist", "en", True
)
JONAS = IncomingPerson(
    "c-1002", "jonas.weber@example.com", "+49 151 23456789", "Jonas Weber", "de", True
)
AMELIE = IncomingPerson(
    "c-1003", "amelie.laurent@example.com", "+33 6 12 34 56 78", "Amélie Laurent", "fr", False
)
DIEGO = IncomingPerson(
    "c-1004", "diego.ortega@example.com", "+34 612 34 56 78", "Diego Ortega", "es", None
)
LAYLA = IncomingPerson(
    "c-1005", "layla.haddad@example.com", "+971 50 123 4567", "ليلى حداد", "ar", True
)
TOM = IncomingPerson("c-1006", "", "+1 415 555 2671", "Tom Baker", "en-US", None)
# Tom's partner: the same phone, another name and e-mail; somebody has to decide
ROSE = IncomingPerson("", "rose.baker@example.com", "+1 415 555 2671", "Rose Baker", "en-US", None)

ADDRESSES = {
    MAYA.name: IncomingAddress("Maya Lindqvist", "", "Götgatan 12", "", "Stockholm", "", "118 46", "SE"),
    JONAS.name: IncomingAddress("Jonas Weber", "", "Kastanienallee 82", "", "Berlin", "", "10435", "DE"),
    AMELIE.name: IncomingAddress("Amélie Laurent", "", "12 rue des Martyrs", "", "Paris", "", "75009", "FR"),
    DIEGO.name: IncomingAddress("Diego Ortega", "", "Calle de la Palma 31", "2º B", "Madrid", "Madrid", "28004", "ES"),
    LAYLA.name: IncomingAddress("ليلى حداد", "", "شارع الوصل 120", "", "دبي", "دبي", "", "AE"),
    TOM.name: IncomingAddress("Tom Baker", "", "2180 Folsom St", "Apt 4", "San Francisco", "CA", "94110", "US"),
    ROSE.name: IncomingAddress("Rose Baker", "", "2180 Folsom St", "Apt 4", "San Francisco", "CA", "94110", "US"),
}  # fmt: skip

# Name, inside in millimeters, what it holds and weighs in grams, whether it is for premium orders
BOXES = (
    ("Small box", (200, 150, 100), 2_000, 120, False),
    ("Medium box", (300, 250, 200), 8_000, 260, False),
    ("Large box", (500, 400, 400), 15_000, 520, False),
    ("Linen box", (320, 260, 210), 8_000, 480, True),
)
LARGER_ORDER = {
    "fact": "order.total",
    "op": "gte",
    "value": {"amount": "60.00", "currency": "EUR"},
}
COMES_BACK = {"fact": "order.is_first", "op": "eq", "value": False}
