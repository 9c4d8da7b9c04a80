"""The names that may stand in a block's words, and where a click may go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from doorstep.rooms.messaging.templating.journey_context import base_of
from doorstep.rooms.messaging.templating.variables import variable_reference

_SHOWN = frozenset({"text", "number", "amount", "date"})
# Codes, colors and measures: parts of a layout, nothing to read.
_LAYOUT = re.compile(
    r"locale\.|brand\.(color|on_color|link_color|logo_\w+|website_url)$|json_ld"
    r"|\.(status|kind|currency|minor|favorite_color|revise_reason)$|\.attempt\.reason$|^cancellation\.reason$"
)
_ADDRESS = re.compile(r"(^|[._])url$|^links\.")
_GROUPS = {
    "customer": "The person",
    "brand": "Your store",
    "order": "The order",
    "delivery": "The delivery",
    "parcel": "The parcel",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A value that words can hold. ``liquid`` prints it; ``group`` is for the menu."""

    path: str
    meaning: str
    example: str
    liquid: str
    group: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class Target:
    """An address that the message knows; it may be empty, then nothing is shown."""

    path: str
    meaning: str


@lru_cache(maxsize=64)
def names_of(message: str) -> dict[str, Name]:
    """Return the names that the words of a kind of message can hold, by path.

    :raises KeyError: no such kind.
    """
    found = {}
    for one in _single_values(message):
        path, kind, meaning, example, usage = one
        if kind in _SHOWN and not _LAYOUT.search(path) and not _ADDRESS.search(path):
            root = path.partition(".")[0]
            group = _GROUPS.get(root, root.replace("_", " ").capitalize())
            found[path] = Name(path, meaning, example, usage, group, kind == "text")
    return found


@lru_cache(maxsize=64)
def targets_of(message: str) -> dict[str, Target]:
    """Return where a click can go, by path: the shop first, then the message's own links.

    :raises KeyError: no such kind.
    """
    found = {"brand.website_url": Target("brand.website_url", "Your shop")}
    for path, kind, meaning, _example, _usage in _single_values(message):
        is_picture = "image" in path or "logo" in path
        if kind == "text" and _ADDRESS.search(path) and not is_picture:
            found.setdefault(path, Target(path, meaning))
    return found


def _single_values(message: str) -> Iterator[tuple[str, str, str, str, str]]:
    # A message about a person has the names of an order, and no order behind them.
    nothing = ("order.", "delivery.") if base_of(message) == "customer" else ()
    for one in variable_reference(message):
        if "[]" not in one.path and not one.path.startswith(nothing or "\0"):
            yield one.path, one.kind, one.meaning, one.example, one.usage
