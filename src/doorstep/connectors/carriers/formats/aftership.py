"""AfterShip: API v4 and the dated versions, and webhooks (``event: tracking_update``).

Status list: the "tag" and "subtag" tables of the AfterShip Tracking API documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.base.contracts import Ignored, Rejected
from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem
from doorstep.connectors.carriers.reading import (
    LONG,
    dig,
    first,
    items,
    number,
    person,
    text,
    values,
)
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import find_carrier
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint

TAGS = m.table({
    m.PENDING: "Pending",
    m.INFO: "InfoReceived",
    m.TRANSIT: "InTransit",
    m.OUT: "OutForDelivery",
    m.ATTEMPT: "AttemptFail FailedAttempt",
    m.PICKUP: "AvailableForPickup",
    m.DELIVERED: "Delivered",
    m.TROUBLE: "Exception",
    m.EXPIRED: "Expired",
})  # fmt: skip
SUBTAGS = m.table({
    m.PENDING: "Pending_001 Pending_002 Pending_003 Pending_004 Pending_005 Pending_006",
    m.INFO: "InfoReceived_001",
    m.TRANSIT: "InTransit_001 InTransit_008 InTransit_009",
    m.PICKED_UP: "InTransit_002",
    m.ARRIVED: "InTransit_003 InTransit_004",
    m.CUSTOMS: "InTransit_005 InTransit_006",
    m.DEPARTED: "InTransit_007",
    m.OUT: "OutForDelivery_001 OutForDelivery_003 OutForDelivery_004",
    m.PICKUP: "AvailableForPickup_001",
    m.DELIVERED: "Delivered_001 Delivered_002 Delivered_004",
    m.SIGNED: "Delivered_003",
    m.ATTEMPT: "AttemptFail_001",
    m.NOT_HOME: "AttemptFail_002 AttemptFail_003",
    m.TROUBLE: "Exception_001 Exception_008 Exception_009",
    m.ADDRESS: "Exception_002 Exception_007",
    m.REFUSED: "Exception_003",
    m.CUSTOMS_HELD: "Exception_004",
    m.DELAYED: "Exception_005",
    m.PAYMENT: "Exception_006",
    m.RETURNING: "Exception_010",
    m.RETURNED: "Exception_011",
    m.DAMAGED: "Exception_012",
    m.LOST: "Exception_013",
    m.EXPIRED: "Expired_001",
})  # fmt: skip


def meaning_of(tag: str, subtag: str) -> Meaning:
    """Return what a tag and subtag mean; a new subtag of a known tag means the tag."""
    return SUBTAGS.get(subtag) or TAGS.get(tag) or TAGS.get(subtag.partition("_")[0]) or UNKNOWN


def matches(data: Any) -> bool:
    """Tell whether this is AfterShip's shape."""
    if not isinstance(data, dict):
        return False
    if "msg" in data and isinstance(data.get("msg"), dict):
        return True
    return ("meta" in data and isinstance(dig(data, "meta"), dict)) or _is_tracking(data)


def _is_tracking(data: Any) -> bool:
    return isinstance(data, dict) and "tracking_number" in data and "slug" in data


def read(data: Any) -> list[Found | Ignored]:
    """Read a webhook, one tracking, a list of trackings, or a last checkpoint."""
    found = _trackings(data)
    if found:
        is_test = (
            dig(data, "event") is not None
            and text(data, "msg", "id") == ""
            and (text(data, "msg", "title").lower() == "title name")
        )
        return [_read_tracking(one, is_test) for one in found]
    code = text(data, "meta", "code")
    if code.startswith("2") or (not code and "msg" in data):
        return [Ignored("AfterShip says nothing about a parcel in it.")]
    words = dig(data, "meta")
    problem = find_problem(
        {"code": first(words, "type", "code"), "message": first(words, "message", limit=400)}
    )
    return [problem or Rejected("carrier_error", "AfterShip answered with an error.")]


def _trackings(data: Any) -> list[dict[str, Any]]:
    if _is_tracking(data):
        return [data]
    for path in (("msg", "tracking"), ("msg",), ("data", "tracking"), ("data", "trackings"),
                 ("data",)):  # fmt: skip
        found = [one for one in items(data, *path) if "tracking_number" in one]
        if found:
            return found
    return []


def _read_tracking(one: dict[str, Any], is_test: bool) -> Found:
    slug = text(one, "slug")
    draft = Draft(
        "aftership",
        number(one, "tracking_number"),
        carrier=find_carrier(slug),
        meaning=meaning_of(text(one, "tag"), text(one, "subtag")),
        status_code=text(one, "subtag") or text(one, "tag"),
        service_level=first(one, "shipment_type"),
        signed_by=person(one, "signed_by"),
        tracking_url=first(one, "courier_tracking_link", "courier_redirect_link", limit=LONG),
        reference=first(one, "order_number", "order_id"),
        origin=first(one, "origin_country_region", "origin_country_iso3"),
        destination=first(
            one,
            "destination_country_region",
            "courier_destination_country_region",
            "destination_country_iso3",
            "courier_destination_country_iso3",
            "tracking_destination_country",
        ),
        is_test=is_test,
    )
    if one.get("return_to_sender") is True and draft.meaning == m.DELIVERED:
        draft.meaning = m.RETURNED
    raw_steps = items(one, "checkpoints") or items(one, "checkpoint")
    draft.checkpoints = [step for raw in raw_steps if (step := _read_checkpoint(raw)) is not None]
    _read_estimates(one, draft)
    for leg in items(one, "next_couriers"):
        draft.link(find_carrier(text(leg, "slug")), text(leg, "tracking_number"))
    _read_pickup(one, draft)
    return draft.build()


def _read_pickup(one: dict[str, Any], draft: Draft) -> None:
    place = text(one, "pickup_location") or " ".join(values(one, "pickup_location", "name"))
    if place:
        draft.pickup = PickupPoint(name=place, address_lines=tuple(values(one, "pickup_note")))


def _read_checkpoint(raw: dict[str, Any]) -> ReportedCheckpoint | None:
    """Read one step; a last checkpoint that is null throughout is none."""
    when = read_when(raw.get("checkpoint_time"))
    words = first(raw, "message", "subtag_message", limit=LONG)
    tag, subtag = text(raw, "tag"), text(raw, "subtag")
    if when.at is None and not (words or tag or subtag):
        return None
    return checkpoint(
        raw,
        when,
        refine(meaning_of(tag, subtag), words),
        code=subtag or tag or text(raw, "raw_tag"),
        description=words,
        place=Place(
            city=first(raw, "city") or first(raw, "location"),
            region=first(raw, "state"),
            postal_code=first(raw, "postal_code", "zip"),
            country=first(raw, "country_region", "country_iso3", "country_name"),
        ),
    )


def _read_estimates(one: dict[str, Any], draft: Draft) -> None:
    """Take the courier's own estimate before AfterShip's, and a range before a single day."""
    for key in (
        "courier_estimated_delivery_date",
        "courier_estimated_delivery",
        "latest_estimated_delivery",
        "aftership_estimated_delivery_date",
        "first_estimated_delivery",
    ):
        found = dig(one, key)
        if isinstance(found, dict):
            draft.estimate(
                *(
                    read_when(found.get(name)).day()
                    for name in (
                        "estimated_delivery_date_min", "estimated_delivery_date_max",
                        "datetime_min", "datetime_max",
                    )
                )
            )  # fmt: skip
            draft.estimate(read_when(first(found, "estimated_delivery_date", "datetime")).day())
    draft.estimate(read_when(one.get("expected_delivery")).day())
