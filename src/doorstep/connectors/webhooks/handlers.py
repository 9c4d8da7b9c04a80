"""What the event log brings here."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.connectors.webhooks import (
    public_events as _entries,  # noqa: F401 (registers the catalogue)
)
from doorstep.connectors.webhooks.catalog import check_fits, event_classes, translate
from doorstep.connectors.webhooks.fan_out import active_endpoints, wants, write
from doorstep.kernel.events.registry import Recorded, handles


@handles(*event_classes(), name="connectors_webhooks.fan_out")
def fan_out(batch: Sequence[Recorded]) -> None:
    """Write what is to be sent of one store's events: three queries, or one without endpoints."""
    endpoints = active_endpoints()
    if not endpoints:
        return
    check_fits(batch)
    facts = translate(batch)
    write([(fact, one) for fact in facts for one in endpoints if wants(one, fact.type)])
