"""Let everybody go the way of a split that proved to be better."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, NotFound
from doorstep.rooms.journeys.actions.edit_journeys import People, locked_journey, publish_version
from doorstep.rooms.journeys.contracts import VersionInfo
from doorstep.rooms.journeys.models import Journey


@action("journeys.keep_winner", permission="journeys.publish", summary="Keep one way of a split")
def keep_winner(
    *, journey_id: UUID, step: str, arm: str, people: People = "stay", by: Actor, at: datetime
) -> VersionInfo:
    """Publish what is live with one way of a split for everybody; the steps of the others stay.

    A draft is kept, with the same way kept in it, so that publishing it later does not undo this.

    :param people: what becomes of those inside, as in publishing.
    :raises NotFound: there is no such journey, or its live version has no such split or way.
    :raises Conflict: nothing is live, or everybody goes that way already.
    :raises NotPublishable: the world has changed, what is live does not work any more.
    """
    journey = locked_journey(journey_id)
    if journey.live is None:
        raise Conflict("Nothing of this journey is live.")
    kept = _keep(journey.live.definition, step, arm)
    if kept is None:
        raise NotFound("What is live has no such split, or no such way. Look at the results again.")
    if kept == journey.live.definition:
        raise Conflict("Everybody goes this way already.")
    draft = journey.draft
    info = publish_version(journey, kept, people, f"Kept the way “{arm}”", by, at)
    if draft is not None:
        Journey.objects.filter(id=journey.id).update(draft=_keep(draft, step, arm) or draft)
    return info


def _keep(definition: Mapping[str, Any], step: str, arm: str) -> dict[str, Any] | None:
    """Return a definition with one way for everybody; None where it has no such way."""
    steps = definition.get("steps")
    split = steps.get(step) if isinstance(steps, dict) else None
    arms = split.get("arms") if isinstance(split, dict) and split.get("type") == "split" else None
    named = [
        (str(one.get("name") or f"{nth + 1}")[:60], one)
        for nth, one in enumerate(arms if isinstance(arms, list) else ())
        if isinstance(one, dict)
    ]
    if arm not in [name for name, _ in named]:
        return None
    made = [{**one, "percent": 100 if name == arm else 0} for name, one in named]
    return {**definition, "steps": {**(steps or {}), step: {**(split or {}), "arms": made}}}
