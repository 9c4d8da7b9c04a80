"""Which platforms there are. ``config/wiring.py`` fills this once at start."""

from __future__ import annotations

from doorstep.connectors.base.contracts import Connector
from doorstep.kernel.errors import Invalid

_connectors: dict[str, Connector] = {}


def register(connector: Connector) -> None:
    """Make a platform known under its ``kind``."""
    _connectors[connector.kind] = connector


def get_connector(kind: str) -> Connector:
    """Return the connector of a kind.

    :raises Invalid: there is none.
    """
    if kind not in _connectors:
        known = ", ".join(sorted(_connectors)) or "none"
        raise Invalid(f"There is no connector “{kind[:40]}” (known: {known}).", field="kind")
    return _connectors[kind]


def list_connectors() -> list[Connector]:
    """List the known platforms by their label."""
    return sorted(_connectors.values(), key=lambda one: one.label)
