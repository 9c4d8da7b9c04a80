"""Whether a gateway may have taken a text message though no answer came."""

from __future__ import annotations

import httpx

from doorstep.kernel.http import OutboundError
from doorstep.rooms.messaging.ports import Outcome


def outcome_of(error: OutboundError) -> Outcome:
    """Return ``retry`` when there was no connection, else ``uncertain``: it may have been taken."""
    was_refused = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return "retry" if was_refused else "uncertain"
