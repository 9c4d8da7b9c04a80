"""The demo's parcels: an order for each state that a shopper can meet on the way.

Hours count back from now, so the shop is as fresh whenever it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from doorstep.demo.cast import AMELIE, DIEGO, JONAS, LAYLA, MAYA, ROSE, TOM
from doorstep.demo.orders import Scene
from doorstep.rooms.orders.contracts import IncomingPerson
from doorstep.rooms.tracking.contracts import PickupPoint, Substatus, TrackingStatus

S, SUB = TrackingStatus, Substatus


@dataclass(frozen=True)
class Scan:
    """One thing the carrier tells, when it happens.

    :param status: None for a code that nobody understands.
    :param arrives_in_days: the carrier's estimate as of this scan, counted from now.
    """

    hours_ago: float
    status: TrackingStatus | None
    place: str = ""
    words: str = ""
    substatus: Substatus = Substatus.NONE
    arrives_in_days: int | None = None
    code: str = ""
    pickup: PickupPoint | None = None


@dataclass(frozen=True)
class Box:
    """One parcel of a shipment: the lines in it by their place in the order, and its scans."""

    number: str
    scans: tuple[Scan, ...] = ()
    lines: tuple[int, ...] | None = None  # None: all of them


@dataclass(frozen=True)
class Way:
    """An order that is packed, leaves and is followed."""

    scene: Scene
    shipped_hours_ago: float | None  # None: packed, and still here
    boxes: tuple[Box, ...]
    carrier: str = "dhl"
    service_level: str = "gogreen"
    not_found_hours_ago: float | None = None  # the shopper tells that it is not there


def _taken(hours_ago: float, place: str = "Berlin, DE") -> Scan:
    return Scan(hours_ago, S.IN_TRANSIT, place, "The parcel was handed in.", SUB.PICKED_UP)


def _depot(hours_ago: float, place: str, arrives_in_days: int | None = None) -> Scan:
    words = "Processed at the parcel center."
    return Scan(hours_ago, S.IN_TRANSIT, place, words, SUB.ARRIVED, arrives_in_days)


def _van(hours_ago: float, place: str) -> Scan:
    return Scan(hours_ago, S.OUT_FOR_DELIVERY, place, "Loaded onto the delivery vehicle.")


LOCKER = PickupPoint("Packstation 142", ("Danziger Straße 50", "10435 Berlin"), "4711 · 0815")

WAYS: tuple[Way, ...] = (
    # Handed in yesterday, and the carrier has not said a word
    Way(Scene(1030, JONAS, (("BOWL-MATCHA", 1),), 44, "woocommerce"), 19, (Box("00340434161094000030"),)),
    # Two parcels, one of them arriving today: “2 of 3 items arriving …”
    Way(
        Scene(1029, MAYA, (("TEA-ASSAM-250", 1), ("CUP-PAIR", 1), ("FERN-BOSTON", 1)), 62),
        40,
        (
            Box("00340434161094000029", (_taken(38), _depot(27, "Hamburg, DE", arrives_in_days=1), _depot(14, "Malmö, SE")), (0, 1)),
            Box("00340434161094000129", (_taken(38), _depot(20, "Stockholm, SE", arrives_in_days=0), _van(2, "Stockholm, SE")), (2,)),
        ),
    ),
    Way(
        Scene(1028, DIEGO, (("TEA-SENCHA-100", 2),), 70),
        46,
        (Box("00340434161094000028", (_taken(44), _depot(22, "Madrid, ES", arrives_in_days=0), _van(3, "Madrid, ES"))),),
    ),
    Way(
        Scene(1027, AMELIE, (("POT-MOSS", 1),), 92),
        70,
        (
            Box(
                "00340434161094000027",
                (
                    _taken(68),
                    _depot(30, "Paris, FR", arrives_in_days=0),
                    _van(6, "Paris, FR"),
                    Scan(4, S.ATTEMPT_FAILED, "Paris, FR", "Nobody was there to take the parcel.", SUB.NOBODY_HOME, arrives_in_days=1),
                ),
            ),
        ),
    ),
    Way(
        Scene(1026, JONAS, (("CUP-PAIR", 1), ("TEA-ASSAM-250", 1)), 96, "woocommerce"),
        74,
        (
            Box(
                "00340434161094000026",
                (_taken(72), _van(30, "Berlin, DE"), Scan(25, S.AVAILABLE_FOR_PICKUP, "Berlin, DE", "The parcel is ready to be picked up.", pickup=LOCKER)),
            ),
        ),
    ),
    Way(
        Scene(1025, LAYLA, (("TEA-SENCHA-100", 1), ("BOWL-MATCHA", 1)), 130),
        110,
        (
            Box(
                "00340434161094000025",
                (_taken(108), _depot(80, "Leipzig, DE"), _depot(52, "دبي, AE"), Scan(26, S.EXCEPTION, "دبي, AE", "Held by customs: duties are due.", SUB.PAYMENT_DUE)),
            ),
        ),
        service_level="express",
    ),
    # Promised for the day before yesterday; it moves, and the carrier names a new day
    Way(
        Scene(1024, TOM, (("POT-MOSS", 1), ("TEA-ASSAM-250", 1)), 24 * 11, in_dollars=True),
        24 * 10,
        (
            Box(
                "00340434161094000024",
                (_taken(24 * 10 - 4), _depot(24 * 8, "Leipzig, DE"), _depot(24 * 4, "New York, NY, US"), Scan(20, S.IN_TRANSIT, "Oakland, CA, US", "Delayed by the weather.", SUB.WEATHER, arrives_in_days=2)),
            ),
        ),
        service_level="express",
    ),
    # Not a word for five days
    Way(
        Scene(1023, MAYA, (("TEA-SENCHA-100", 1),), 24 * 8),
        24 * 7,
        (Box("00340434161094000023", (_taken(24 * 7 - 3), _depot(24 * 5, "Hamburg, DE", arrives_in_days=2))),),
    ),
    Way(
        Scene(1022, DIEGO, (("CUP-PAIR", 1),), 24 * 5),
        24 * 4,
        (
            Box(
                "00340434161094000022",
                (_taken(24 * 4 - 3), _depot(50, "Madrid, ES"), _van(29, "Madrid, ES"), Scan(24, S.DELIVERED, "Madrid, ES", "Delivered to the recipient.", SUB.SIGNED)),
            ),
        ),
    ),
    # Delivered, says the carrier; not there, says Amélie
    Way(
        Scene(1021, AMELIE, (("BOWL-MATCHA", 1), ("TEA-SENCHA-100", 1)), 24 * 6),
        24 * 5,
        (
            Box(
                "00340434161094000021",
                (_taken(24 * 5 - 3), _depot(60, "Paris, FR"), _van(33, "Paris, FR"), Scan(28, S.DELIVERED, "Paris, FR", "Left in a safe place.", SUB.TO_SAFE_PLACE)),
            ),
        ),
        not_found_hours_ago=20,
    ),
    Way(
        Scene(1020, JONAS, (("TEA-ASSAM-250", 3),), 24 * 9, "woocommerce"),
        24 * 8,
        (
            Box(
                "00340434161094000020",
                (
                    _taken(24 * 8 - 3),
                    _van(24 * 6, "Berlin, DE"),
                    Scan(24 * 6 - 3, S.EXCEPTION, "Berlin, DE", "The address is incomplete.", SUB.ADDRESS_PROBLEM),
                    Scan(24 * 2, S.RETURNED, "Berlin, DE", "On its way back to the sender.", SUB.RETURNING),
                ),
            ),
        ),
    ),
    # Nothing for more than two weeks: lost, by the clock
    Way(
        Scene(1019, ROSE, (("CUP-PAIR", 1), ("TEA-SENCHA-100", 1)), 24 * 20, "own site"),
        24 * 19,
        (Box("00340434161094000019", (_taken(24 * 19 - 3), _depot(24 * 17, "Leipzig, DE"))),),
        service_level="express",
    ),
    Way(
        Scene(1018, DIEGO, (("POT-MOSS", 1),), 24 * 4),
        24 * 3,
        (Box("00340434161094000018", (_taken(24 * 3 - 3), Scan(30, S.EXCEPTION, "Zaragoza, ES", "The parcel was damaged and is being repacked.", SUB.DAMAGED))),),
    ),
    Way(
        Scene(1017, LAYLA, (("TEA-ASSAM-250", 2),), 24 * 25),
        24 * 24,
        (
            Box(
                "00340434161094000017",
                (
                    _taken(24 * 24 - 3),
                    Scan(24 * 18, S.ATTEMPT_FAILED, "دبي, AE", "Nobody was there to take the parcel.", SUB.NOBODY_HOME),
                    Scan(24 * 10, S.RETURNED, "دبي, AE", "On its way back to the sender.", SUB.RETURNING),
                    Scan(24 * 2, S.RETURNED, "Berlin, DE", "Back at the sender.", SUB.RETURNED_TO_SENDER),
                ),
            ),
        ),
        service_level="express",
    ),
    # A code that nobody has seen before: kept, without effect, and shown under Problems
    Way(
        Scene(1016, MAYA, (("TEA-SENCHA-100", 1),), 66),
        44,
        (Box("00340434161094000016", (_taken(42), Scan(9, None, "Stockholm, SE", "Sorterad i skåp B", code="SE-77"))),),
    ),
    # Packed this morning, waiting for the van
    Way(Scene(1015, JONAS, (("TEA-SENCHA-100", 1), ("CUP-PAIR", 1)), 26, "woocommerce"), None, (Box("00340434161094000015"),)),
)  # fmt: skip


def _home(
    number: int, person: IncomingPerson, place: str, skus: Sequence[tuple[str, int]],
    days: float, channel: str = "shopify", service_level: str = "gogreen",
) -> Way:  # fmt: skip
    """Return an order that is at home since so many days."""
    hours = 24 * days
    van = _van(hours + 5, place)
    there = Scan(hours, S.DELIVERED, place, "Delivered to the recipient.", SUB.SIGNED)
    return Way(
        Scene(number, person, tuple(skus), hours + 76, channel),
        hours + 52,
        (Box(f"0034043416109400{number}", (_taken(hours + 49), van, there)),),
        service_level=service_level,
    )


# At home, and not all of it stays there: see afterwards.py
AT_HOME = (
    _home(1013, MAYA, "Stockholm, SE", (("CUP-PAIR", 1), ("TEA-SENCHA-100", 1)), 3),
    _home(1012, AMELIE, "Paris, FR", (("APRON-M", 1),), 5),
    _home(1011, DIEGO, "Madrid, ES", (("BOWL-MATCHA", 1), ("TEA-ASSAM-250", 1)), 9),
    _home(1010, JONAS, "Berlin, DE", (("POT-MOSS", 1),), 10, "woocommerce"),
    _home(1009, LAYLA, "دبي, AE", (("CUP-PAIR", 1),), 14, service_level="express"),
    _home(1008, JONAS, "Berlin, DE", (("APRON-S", 1),), 4),
    _home(1007, MAYA, "Stockholm, SE", (("BOWL-MATCHA", 1),), 16),
)
WAYS = (*WAYS, *AT_HOME)

# Ordered, and left lying: late to ship
FORGOTTEN = Scene(1014, AMELIE, (("FERN-BOSTON", 1), ("POT-MOSS", 1)), 24 * 8)
# A number that the carrier tells of and no shipment has
STRANGER = Box("00340434161094099999", (_depot(30, "Köln, DE"),))
LONGEST = timedelta(days=25)
