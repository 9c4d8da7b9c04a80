"""An invented parcel for every kind of message about one, and in the shapes it may come in."""

from __future__ import annotations

from typing import Any

from doorstep.rooms.messaging.templating.parcel_context import (
    PARCEL_KINDS,
    ParcelContext,
    ParcelLineContext,
    parcel_context,
)

_SHOP = "https://fernandkettle.example"


def parcel_parts(kind: str) -> dict[str, Any]:
    """Return what the sample of a kind has besides the order: ``parcel``, ``delay`` or nothing."""
    if kind == "order_ship_late":
        return {
            "delay": {
                "previous_date": "2026-11-25",
                "new_date": "2026-12-02",
                "consent_url": f"{_SHOP}/orders/1042/delay/consent",
                "cancel_url": f"{_SHOP}/orders/1042/delay/cancellation",
                "silence_means": "consent",
                "respond_by_date": "2026-11-28",
            }
        }
    return {"parcel": _parcel(kind)} if kind in PARCEL_KINDS else {}


def parcel_variants(kind: str) -> dict[str, dict[str, Any]]:
    """Return changes (``group.key`` -> value) to the sample, by a name for each."""
    if kind == "order_ship_late":
        return {
            "no new date": {"delay.new_date": "", "delay.silence_means": "cancel"},
            "nothing to answer": {
                "delay.consent_url": "",
                "delay.cancel_url": "",
                "delay.silence_means": "",
                "delay.respond_by_date": "",
            },
        }
    if kind not in PARCEL_KINDS:
        return {}
    return {**_COMMON_VARIANTS, **_VARIANTS.get(kind, {})}


def bare_parcel(parcel: ParcelContext) -> ParcelContext:
    """Empty what a parcel need not have, but for what its kind is about."""
    attempt, pickup, exception = parcel["attempt"], parcel["pickup"], parcel["exception"]
    return parcel_context(
        status=parcel["status"],
        attempt={"reason": "", "next_date": ""} if attempt else None,
        pickup={"name": "", "lines": [], "until_date": "", "code": ""} if pickup else None,
        exception={"kind": "other", "words": "", "needs_shopper": False, "action_url": ""}
        if exception
        else None,
    )


def _parcel(kind: str) -> ParcelContext:
    parcel = parcel_context(
        number=1,
        count=2,
        carrier_name="DHL",
        service_level="Paket",
        tracking_number="00340434161094042557",
        tracking_url="https://carrier.example/track/00340434161094042557",
        status="in_transit",
        shipped_at="2026-11-30T15:12:00+00:00",
        estimated_from_date="2026-12-02",
        estimated_to_date="2026-12-04",
        promised_to_date="2026-12-04",
        lines=_lines(),
        items_in_parcel=3,
        items_in_order=4,
        location="Leipzig, DE",
    )
    parcel.update(_CHANGES[kind])  # type: ignore[typeddict-item]
    return parcel


def _lines() -> list[ParcelLineContext]:
    return [
        {
            "title": "Darjeeling First Flush",
            "variant_title": "",
            "options": [{"name": "Size", "value": "100 g"}],
            "quantity": 2,
            "image_url": "",
        },
        {
            "title": "Hand-thrown stoneware mug",
            "variant_title": "",
            "options": [{"name": "Glaze", "value": "Celadon"}],
            "quantity": 1,
            "image_url": "",
        },
    ]


_CHANGES: dict[str, dict[str, Any]] = {
    "parcel_shipped": {"location": ""},
    "parcel_out_for_delivery": {
        "status": "out_for_delivery",
        "estimated_from_date": "2026-12-03",
        "estimated_to_date": "2026-12-03",
        "location": "Berlin, DE",
    },
    "parcel_delivered": {
        "status": "delivered",
        "delivered_at": "2026-12-03T13:40:00+00:00",
        "location": "Berlin, DE",
        "not_found_url": f"{_SHOP}/orders/1042/parcels/1/not-found",
    },
    "parcel_attempt_failed": {
        "status": "attempt_failed",
        "location": "Berlin, DE",
        "attempt": {"reason": "nobody_home", "next_date": "2026-12-04"},
    },
    "parcel_ready_for_pickup": {
        "status": "available_for_pickup",
        "location": "Berlin, DE",
        "pickup": {
            "name": "Packstation 157",
            "lines": ["Schönhauser Allee 80", "10439 Berlin"],
            "until_date": "2026-12-10",
            "code": "4821",
        },
    },
    "parcel_delayed": {
        "estimated_from_date": "2026-12-07",
        "estimated_to_date": "2026-12-08",
        "previous_to_date": "2026-12-04",
        "revise_reason": "carrier_delay",
    },
    "parcel_exception": {
        "status": "exception",
        "location": "Basel, CH",
        "exception": {
            "kind": "customs",
            "words": "Held by customs, invoice required",
            "needs_shopper": True,
            "action_url": f"{_SHOP}/orders/1042/parcels/1/customs",
        },
    },
    "parcel_returning": {"status": "returned", "location": "Leipzig, DE"},
    "parcel_lost": {
        "status": "in_transit",
        "estimated_from_date": "",
        "estimated_to_date": "",
    },
}

_COMMON_VARIANTS: dict[str, dict[str, Any]] = {
    "all in one parcel": {
        "parcel.count": 1,
        "parcel.items_in_parcel": 4,
        "parcel.previous_to_date": "",
        "parcel.revise_reason": "",
    },
    "no carrier, no number": {
        "parcel.carrier_name": "",
        "parcel.service_level": "",
        "parcel.tracking_number": "",
        "parcel.tracking_url": "",
    },
    "no dates": {
        "parcel.estimated_from_date": "",
        "parcel.estimated_to_date": "",
        "parcel.promised_to_date": "",
    },
    "only a last day": {"parcel.estimated_from_date": "", "parcel.location": ""},
}

_REASONS = (
    "carrier_update",
    "weather",
    "customs",
    "missed_delivery",
    "no_movement",
    "weekend_holiday",
    "address_problem",
    "other",
)
_EXCEPTIONS = ("payment_due", "damaged", "address", "weather", "held", "other")

_VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "parcel_delivered": {"with a neighbor": {"parcel.left_with": "Neighbor, no. 84"}},
    "parcel_attempt_failed": {
        reason or "unknown reason": {"parcel.attempt": {"reason": reason, "next_date": ""}}
        for reason in ("", "no_access", "other")
    },
    "parcel_delayed": {
        f"because: {reason}": {"parcel.revise_reason": reason} for reason in _REASONS
    },
    "parcel_exception": {
        f"{kind}, {'shopper' if acts else 'shop'} acts": {
            "parcel.exception": {
                "kind": kind,
                "words": "",
                "needs_shopper": acts,
                "action_url": f"{_SHOP}/orders/1042" if acts else "",
            }
        }
        for kind in ("customs", *_EXCEPTIONS)
        for acts in (True, False)
    },
}
