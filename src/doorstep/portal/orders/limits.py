"""How often the forms of an order's pages can be sent."""

from __future__ import annotations

from django.http import HttpRequest

from doorstep.kernel import ratelimit
from doorstep.portal.orders.reading import Reading

_WINDOW_SECONDS = 60 * 60
_PER_ORDER = 10
_PER_ADDRESS = 60  # a household, an office or a whole campus may share one


def too_many(request: HttpRequest, reading: Reading, name: str) -> int:
    """Count one try of a form, by order and by address; return the seconds to wait, 0 when fine."""
    address = ratelimit.network_of(request.META.get("REMOTE_ADDR", ""))
    verdicts = (
        ratelimit.hit(f"{name}.order", str(reading.order.id), _PER_ORDER, _WINDOW_SECONDS),
        ratelimit.hit(
            f"{name}.address", f"{reading.store.id}:{address}", _PER_ADDRESS, _WINDOW_SECONDS
        ),
    )
    return max(verdict.retry_after for verdict in verdicts)
