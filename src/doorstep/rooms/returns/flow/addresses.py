"""Where returns go."""

from __future__ import annotations

from doorstep.rooms.returns.flow.opening import load_settings
from doorstep.rooms.stores import api as stores


def return_address() -> tuple[str, ...]:
    """Return the address of returns line by line: the store's own where none was set."""
    store = stores.get_store()
    text = load_settings().address or store.postal_address
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    return lines if lines and lines[0] == store.name else (store.name, *lines)
