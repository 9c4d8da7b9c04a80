"""Australia Post (and StarTrack): the Shipping and Tracking API.

It gives no codes for events, only fixed sentences; the table holds those of its documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, first, items, number, text
from doorstep.connectors.carriers.words import meaning_of as words_of
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

STATUSES: dict[str, Meaning] = {
    "created": m.INFO, "initiated": m.INFO, "sealed": m.INFO, "manifest lodged": m.INFO,
    "in transit": m.TRANSIT, "delivered": m.DELIVERED, "awaiting collection": m.PICKUP,
    "possible delay": m.DELAYED, "unsuccessful pickup": m.TROUBLE, "article damaged": m.DAMAGED,
    "cancelled": m.CANCELED, "held by courier": m.HELD, "cannot be delivered": m.ATTEMPT,
    "attempted delivery": m.ATTEMPT, "delivery attempted": m.ATTEMPT, "return": m.RETURNING,
    "returned": m.RETURNED, "onboard for delivery": m.OUT, "on board for delivery": m.OUT,
}  # fmt: skip
EVENTS: dict[str, Meaning] = {
    "shipping information received by australia post": m.INFO,
    "shipping information approved by australia post": m.INFO,
    "received by australia post": m.PICKED_UP,
    "received item from sender (outbound)": m.PICKED_UP,
    "processed by air carrier": m.TRANSIT,
    "item processed at facility": m.TRANSIT,
    "arrived at facility": m.ARRIVED,
    "arrived awaiting clearance (inbound)": m.CUSTOMS,
    "cleared and awaiting international departure": m.CUSTOMS,
    "item is in customs": m.CUSTOMS,
    "item cleared by customs": m.CUSTOMS,
    "onboard for delivery": m.OUT,
    "onboard with driver": m.OUT,
    "delivered": m.DELIVERED,
    "delivered - left in a safe place": m.SAFE_PLACE,
    "delivered - to an agent or neighbour": m.NEIGHBOR,
    "awaiting collection": m.PICKUP,
    "attempted delivery": m.ATTEMPT,
    "attempted delivery - carded": m.NOT_HOME,
    "return to sender": m.RETURNING,
    "transferred to another facility": m.TRANSIT,
    "despatch parcels from export facility": m.DEPARTED,
    "despatched to overseas": m.DEPARTED,
    "redirected": m.RESCHEDULED,
}


def meaning_of(words: str) -> Meaning:
    """Return what an event's sentence means."""
    return EVENTS.get(words.lower().strip(" .")) or words_of(words)


def matches(data: Any) -> bool:
    """Tell whether this is the shape of Australia Post."""
    return isinstance(data, dict) and "tracking_results" in data


def read(data: Any) -> list[Found]:
    """Read every tracking result in it."""
    found = [_read_result(one) for one in items(data, "tracking_results")]
    return found or [find_problem(data) or problem("", "No tracking results in it")]


def _articles(one: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the articles: a consignment has them one level deeper."""
    return [
        article
        for outer in items(one, "trackable_items")
        for article in (items(outer, "items") or [outer])
    ]


def _read_result(one: dict[str, Any]) -> Found:
    tracked = number(one, "tracking_id")
    articles = _articles(one)
    errors = items(one, "errors")
    if errors and not articles:
        words = first(errors[0], "message", "name", limit=400)
        return problem(text(errors[0], "code"), words, tracked)
    status = text(one, "status") or next(
        (found for article in articles if (found := text(article, "status"))), ""
    )
    draft = Draft(
        "australia_post",
        tracked,
        carrier="australia_post",
        meaning=STATUSES.get(status.lower()) or words_of(status) if status else UNKNOWN,
        status_code=status,
        service_level=next((kind for a in articles if (kind := text(a, "product_type"))), ""),
    )
    for article in articles:
        draft.checkpoints += [_read_event(raw) for raw in items(article, "events")]
        draft.link("australia_post", text(article, "article_id"))
        draft.estimate(read_when(article.get("expected_delivery_date")).day())
    if not draft.checkpoints and not status:
        draft.meaning = m.PENDING
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = text(raw, "description", limit=LONG)
    return checkpoint(
        raw,
        read_when(raw.get("date")),
        meaning_of(words),
        description=words,
        place=_place(text(raw, "location")),
    )


def _place(words: str) -> Place:
    """Return the place of "SYDNEY NSW", "CHICAGO (US)", "NZ", "US-60199, UNITED STATES"."""
    if len(words) == 2:
        return Place(country=words)
    town, _, region = words.rpartition(" ")
    if region in ("NSW", "VIC", "QLD", "SA", "WA", "TAS", "NT", "ACT"):
        return Place(city=town, region=region, country="AU")
    if region.startswith("(") and region.endswith(")"):
        return Place(city=town, country=region.strip("()"))
    city, comma, country = words.rpartition(",")
    return Place(city=city, country=country) if comma else Place(city=words)
