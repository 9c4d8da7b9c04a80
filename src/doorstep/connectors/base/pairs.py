"""Name and value pairs in whatever shape a sender chose."""

from __future__ import annotations

from typing import Any

from doorstep.connectors.base.payload import LONG, Node


def read_pairs(node: Node, key: str) -> tuple[tuple[str, str], ...]:
    """Return name and value pairs however the sender shaped them.

    Apps write line properties as a list of ``{name, value}``, as one such object, as a plain
    mapping, empty as ``{}``, or with numbers for text. A leading underscore hides a pair from
    the shopper by Shopify's own convention.
    """
    raw = node.data.get(key)
    if not raw:
        return ()
    if isinstance(raw, dict):
        entries: list[Any] = (
            [raw]
            if "name" in raw and set(raw) <= {"name", "value"}
            else [{"name": name, "value": value} for name, value in raw.items()]
        )
    elif isinstance(raw, list):
        entries = raw[:200]
    else:
        entries = []
    pairs = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or entry.get("name") in (None, ""):
            node.notes.append(f"{node.at(key)}[{place}]: left out, it has no name")
            continue
        name = node.clean(_flat(entry["name"]), key)
        value = node.clean(_flat(entry.get("value")), key, LONG)
        if not name.startswith("_"):
            pairs.append((name, value))
    return tuple(pairs)


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {item}" for name, item in value.items())
    return "" if value is None else value
