"""Text from outside in a form PostgreSQL takes."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """Return JSON-able data without NUL characters and halves of surrogate pairs.

    PostgreSQL stores neither, and a provider would send what failed again for days.
    """
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
