"""What somebody's way began with: the products that run out, or are there again.

A message of a journey names its way in its cause, and the way keeps what it began with. So a set of
messages asks for it in two queries, and the messages of a step share everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from doorstep.rooms.journeys.models import Enrollment
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import ContextAsk

_BEGINS = "journey"


def cause_of(enrollment_id: UUID, visit: int) -> str:
    """Name one step of one way: what a message of it is asked for by, once."""
    return f"{_BEGINS}:{enrollment_id}:{visit}"


def products_about(asks: Sequence[ContextAsk]) -> dict[UUID, tuple[UUID, ...]]:
    """Return the products that each message is about, where its way began with some."""
    found = {ask.message_id: _products(ask.context) for ask in asks}
    of_journeys = [ask.message_id for ask in asks if ask.context.get("journey_id")]
    if of_journeys:
        causes = messaging.list_causes(of_journeys)
        ways = {message_id: _way(cause) for message_id, cause in causes.items()}
        rows = Enrollment.objects.filter(id__in=[w for w in ways.values() if w]).exclude(data={})
        data = dict(rows.values_list("id", "data"))
        for message_id, way in ways.items():
            if way in data:
                found[message_id] = _products(data[way])
    return {message_id: products for message_id, products in found.items() if products}


def _way(cause: str) -> UUID | None:
    kind, _, rest = cause.partition(":")
    try:
        return UUID(rest.partition(":")[0]) if kind == _BEGINS else None
    except ValueError:
        return None


def _products(data: Mapping[str, Any]) -> tuple[UUID, ...]:
    named = data.get("product_ids") or [data.get("product_id")]
    return tuple(UUID(str(one)) for one in named if one)
