"""Through whom an order's own shop gives money back. Bound in ``config/wiring.py``.

Connections are kept above the rooms; a book only needs the name of the payment provider that the
order's first payment is refunded by.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

MANUAL = "manual"  # the provider where a person gives the money back and says so


class ProviderOfConnection(Protocol):
    """Says which payment provider refunds what was paid in a connected shop."""

    def __call__(self, connection_id: UUID) -> str: ...


_provider_of: list[ProviderOfConnection] = []


def bind_provider_of_connection(provider_of: ProviderOfConnection) -> None:
    """Let the wiring say how a connection's payment provider is found; "" where it has none."""
    _provider_of[:] = [provider_of]


def provider_of(connection_id: UUID | None) -> str:
    """Return who refunds an order of this connection: its shop, else a person by hand."""
    if connection_id is None or not _provider_of:
        return MANUAL
    return _provider_of[0](connection_id) or MANUAL
