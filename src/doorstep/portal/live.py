"""Pages that change by themselves: where a page listens for news about what it shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from doorstep.kernel.live import make_ticket


def live_url(store_id: UUID, order_id: UUID, *, at: datetime) -> str:
    """Return where an order's page listens, as its ``data-live`` says it to ``live.js``.

    Made at each rendering, for the ticket in it holds 12 hours. Empty where no live process runs:
    the page is then as still as one without JavaScript.
    """
    if not settings.DOORSTEP_LIVE_URL:
        return ""
    return f"{settings.DOORSTEP_LIVE_URL}/{make_ticket(store_id, f'order:{order_id}', at=at)}"
