"""17TRACK: push messages and lists of API v2 (to 2.4), and the numbers of v1.

Status list: "main status", "sub status" and "key stage" of the 17TRACK API documentation. Some
senders put ``latest_status``, ``tracking`` and the rest beside ``track_info`` instead of into it.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.base.contracts import Ignored
from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import When, join, read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import find_carrier
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

STATUSES = m.table({
    m.PENDING: "NotFound",
    m.INFO: "InfoReceived",
    m.TRANSIT: "InTransit",
    m.EXPIRED: "Expired",
    m.PICKUP: "AvailableForPickup",
    m.OUT: "OutForDelivery",
    m.ATTEMPT: "DeliveryFailure",
    m.DELIVERED: "Delivered",
    m.TROUBLE: "Exception",
})  # fmt: skip
SUBSTATUSES = m.table({
    m.PENDING: "NotFound_Other NotFound_InvalidCode",
    m.INFO: "InfoReceived",
    m.PICKED_UP: "InTransit_PickedUp PickedUp",
    m.TRANSIT: "InTransit_Other",
    m.DEPARTED: "InTransit_Departure Departure",
    m.ARRIVED: "InTransit_Arrival Arrival",
    m.CUSTOMS: "InTransit_CustomsProcessing InTransit_CustomsReleased",
    m.CUSTOMS_HELD: "InTransit_CustomsRequiringInformation Exception_Security",
    m.EXPIRED: "Expired_Other",
    m.PICKUP: "AvailableForPickup_Other AvailableForPickup",
    m.OUT: "OutForDelivery_Other OutForDelivery",
    m.ATTEMPT: "DeliveryFailure_Other DeliveryFailure_Security",
    m.NOT_HOME: "DeliveryFailure_NoBody Exception_NoBody",
    m.REFUSED: "DeliveryFailure_Rejected Exception_Rejected",
    m.ADDRESS: "DeliveryFailure_InvalidAddress",
    m.DELIVERED: "Delivered_Other Delivered",
    m.TROUBLE: "Exception_Other Exception_Destroyed",
    m.RETURNING: "Exception_Returning Returning",
    m.RETURNED: "Exception_Returned Returned",
    m.DAMAGED: "Exception_Damage Exception_Damaged",
    m.DELAYED: "Exception_Delayed",
    m.LOST: "Exception_Lost",
    m.CANCELED: "Exception_Cancel",
})  # fmt: skip
V1_STATES = m.table({
    m.PENDING: "0", m.TRANSIT: "10", m.EXPIRED: "20", m.PICKUP: "30", m.ATTEMPT: "35",
    m.DELIVERED: "40", m.TROUBLE: "50",
})  # fmt: skip
# The numbers that 17TRACK gives the best-known carriers; others are known by their names.
CARRIER_KEYS = {
    "100001": "dhl_express", "100002": "ups", "100003": "fedex", "100004": "tnt",
    "100005": "gls", "100006": "aramex", "21051": "usps", "3041": "canada_post",
    "7041": "dhl", "11031": "royal_mail", "1151": "australia_post", "190094": "4px",
    "190012": "yanwen", "190008": "yunexpress", "3011": "china_post", "3013": "china_ems",
}  # fmt: skip
_PARTS = ("latest_status", "latest_event", "tracking", "time_metrics", "misc_info", "milestone")


def meaning_of(status: str, substatus: str) -> Meaning:
    """Return what a status and sub status mean; a new sub status means its status."""
    return (
        SUBSTATUSES.get(substatus)
        or STATUSES.get(status)
        or STATUSES.get(substatus.partition("_")[0])
        or UNKNOWN
    )


def matches(data: Any) -> bool:
    """Tell whether this is 17TRACK's shape."""
    if not isinstance(data, dict):
        return False
    if text(data, "event") in ("TRACKING_UPDATED", "TRACKING_STOPPED"):
        return True
    inner = dig(data, "data")
    if isinstance(inner, dict) and ("accepted" in inner or "rejected" in inner):
        return True
    return ("track_info" in data and "number" in data) or (
        isinstance(inner, dict)
        and "number" in inner
        and ("track_info" in inner or "track" in inner)
    )


def read(data: Any) -> list[Found | Ignored]:
    """Read a push message or a list with what was accepted and what was not."""
    inner = dig(data, "data") if isinstance(dig(data, "data"), dict) else data
    if "accepted" in inner or "rejected" in inner:
        found: list[Found | Ignored] = [_read_one(one) for one in items(inner, "accepted")]
        for one in items(inner, "rejected"):
            error = dig(one, "error") or {}
            found.append(
                problem(text(error, "code"), text(error, "message"), number(one, "number"))
            )
        return found or [find_problem(data) or Ignored("17TRACK’s list is empty.")]
    stopped = text(data, "event") == "TRACKING_STOPPED"
    return [_read_one(inner, stopped=stopped)]


def _parts(one: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of track_info, wherever they were put."""
    info = dig(one, "track_info")
    parts = dict(info) if isinstance(info, dict) else {}
    for key in (*_PARTS, "recipient_address", "shipping_info"):
        if not parts.get(key) and one.get(key):
            parts[key] = one[key]
    return parts


def _read_one(one: dict[str, Any], *, stopped: bool = False) -> Found:
    parts = _parts(one)
    providers = items(parts, "tracking", "providers")
    latest = dig(parts, "latest_status") or {}
    draft = Draft(
        "17track",
        number(one, "number"),
        carrier=_carrier(dig(providers, 0, "provider"), text(one, "carrier")),
        meaning=meaning_of(text(latest, "status"), text(latest, "sub_status")),
        status_code=first(latest, "sub_status", "status"),
        service_level=text(parts, "misc_info", "service_type")
        or text(providers, 0, "service_type"),
        reference=first(one, "order_no", "tag") or text(parts, "misc_info", "reference_number"),
        origin=text(parts, "shipping_info", "shipper_address", "country"),
        destination=text(parts, "shipping_info", "recipient_address", "country")
        or text(parts, "recipient_address", "country"),
    )
    for provider in providers:
        draft.checkpoints += [_read_event(raw) for raw in items(provider, "events")]
    if not providers:
        _read_latest(parts, draft)
        _read_v1(one, draft)
    if stopped and draft.meaning.status is None and not draft.checkpoints:
        draft.meaning, draft.status_code = m.EXPIRED, "TRACKING_STOPPED"
        draft.warnings.append("17TRACK no longer follows this number")
    _read_misc(parts, providers, draft)
    return draft.build()


def _carrier(provider: Any, key: str) -> str:
    for name in (text(provider, "alias"), text(provider, "name")) if provider else ():
        if found := find_carrier(name):
            return found
    own = text(provider, "key") if provider else key
    return CARRIER_KEYS.get(own, "")


def _read_latest(parts: dict[str, Any], draft: Draft) -> None:
    """Take the latest event where a message has only that."""
    event = dig(parts, "latest_event")
    if isinstance(event, dict) and (text(event, "time_iso") or text(event, "description")):
        draft.checkpoints.append(_read_event(event))


def _read_misc(parts: dict[str, Any], providers: list[dict[str, Any]], draft: Draft) -> None:
    expected = dig(parts, "time_metrics", "estimated_delivery_date") or {}
    draft.estimate(read_when(dig(expected, "from")).day(), read_when(dig(expected, "to")).day())
    misc = dig(parts, "misc_info") or {}
    draft.link(find_carrier(text(misc, "local_provider")), text(misc, "local_number"))
    names = [text(one, "provider", "name") for one in providers]
    if len(providers) > 1:
        draft.warnings.append(f"followed at several carriers: {', '.join(filter(None, names))}")
        for one in providers[1:]:
            draft.link(_carrier(dig(one, "provider"), ""), first(one, "number", "tracking_number"))


def _when(raw: dict[str, Any]) -> When:
    """Return when it happened: with its own offset, else in UTC, else as local time."""
    local = read_when(raw.get("time_iso"))
    if local.at is not None and local.at.tzinfo is not None:
        return local
    exact = read_when(raw.get("time_utc"))
    if exact.at is not None and not exact.is_date_only:
        return exact
    own = dig(raw, "time_raw") or {}
    if local.at is None:
        return join(dig(own, "date"), dig(own, "time"), zone=text(own, "timezone"))
    return local


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = text(raw, "description", limit=LONG)
    stage, substatus = text(raw, "stage"), text(raw, "sub_status")
    meaning = meaning_of(stage, substatus or stage)
    return checkpoint(
        raw,
        _when(raw),
        refine(meaning, words) if meaning.status is not None else UNKNOWN,
        code=substatus or stage,
        description=words,
        place=Place(
            city=text(raw, "address", "city") or text(raw, "location"),
            region=text(raw, "address", "state"),
            postal_code=text(raw, "address", "postal_code"),
            country=text(raw, "address", "country"),
        ),
    )


def _read_v1(one: dict[str, Any], draft: Draft) -> None:
    """Read the short names of API v1: e is the state, z0 to z2 hold steps of a, c, z."""
    track = dig(one, "track")
    if not isinstance(track, dict):
        return
    draft.meaning = V1_STATES.get(text(track, "e"), UNKNOWN)
    draft.status_code = text(track, "e")
    steps = items(track, "z1") + items(track, "z2") or items(track, "z0")
    for raw in steps:
        draft.checkpoints.append(
            checkpoint(
                raw,
                read_when(raw.get("a")),
                UNKNOWN,
                description=text(raw, "z", limit=LONG),
                place=Place(city=first(raw, "c", "d")),
            )
        )
