"""The loop that looks at the clocks."""

from __future__ import annotations

import time

import structlog
from django.db import connection

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.tracking.clocks.sweep import check_store, stores_with_parcels

log = structlog.get_logger(__name__)

# A check reads all open parcels, so it may take at most this share of the time.
_SHARE = 0.05
_SOONEST_SECONDS = 2.0


class _Pace:
    """When the next check may begin."""

    not_before = 0.0


@worker_loop("parcel_clocks", idle_seconds=1)
def check_clocks() -> int:
    """Check the parcels of all stores; seldom where there are very many of them."""
    started = time.monotonic()
    if started < _Pace.not_before:
        return 0
    for store_id in stores_with_parcels():
        try:
            check_store(store_id, at=now())
        except Exception:
            # One store's trouble must not keep the others from being looked at.
            log.exception("parcel_clocks_failed", store=str(store_id))
            connection.close()
    ended = time.monotonic()
    _Pace.not_before = ended + max(_SOONEST_SECONDS, (ended - started) / _SHARE)
    return 0
