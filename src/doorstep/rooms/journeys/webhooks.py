"""The step that tells the merchant's own systems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.rooms.journeys.events import WebhookAsked


def call_webhook_for(*, ids: Sequence[UUID], label: str = "", by: Actor, at: datetime) -> None:
    """Publish the event behind the webhook for each of a set of customers."""
    publish_many(
        [
            EventDraft(
                WebhookAsked(customer_id, label), customer_id, at, by, f"customer:{customer_id}"
            )
            for customer_id in ids
        ]
    )


@action(
    "journeys.call_webhook",
    permission="journeys.edit",
    summary="Call a webhook: tell your own systems that somebody got here",
    runs_for="customer_id",
    for_set=call_webhook_for,
)
def call_webhook(*, customer_id: UUID, label: str = "", by: Actor, at: datetime) -> None:
    """Send ``journey.step_reached`` to every webhook endpoint that listens to it.

    :param label: tells the receiver which step it was, in the merchant's own words.
    """
    call_webhook_for(ids=[customer_id], label=label, by=by, at=at)
