"""What a merge changes in the survivor, in a form that can be taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

# Filled from the absorbed where the survivor has nothing. Those in one row go together: a phone
# without the way it was typed, or an address with another's relay mark, would be wrong.
_TOGETHER = (
    ("name", "search_name"),
    ("phone", "phone_shown"),
    ("locale",),
    ("timezone",),
    ("preferred_channel",),
    ("country_code", "region_code"),
    ("note",),
    ("birth_month", "birth_day", "birth_year"),
    ("favorite_holiday",),
    ("favorite_color",),
    ("sizes",),
)
_ADDED_UP = ("tags", "interests")
Filled = dict[str, list[Any]]  # field → [before, after], plain JSON


class Mergeable(Protocol):
    """The fields of a customer that merging touches."""

    name: str
    email: str
    email_is_relay: bool
    tags: list[str]
    interests: list[str]
    first_seen_at: datetime
    last_seen_at: datetime


def fill(survivor: Mergeable, absorbed: Mergeable) -> Filled:
    """Fill the survivor's blanks from the absorbed; return what changed.

    Tags and interests add up, "seen" spans both, a real address replaces a marketplace's relay;
    anything else the survivor has stays.
    """
    wanted: dict[str, Any] = {}
    for fields in _TOGETHER:
        if not getattr(survivor, fields[0]) and getattr(absorbed, fields[0]):
            wanted |= {field: getattr(absorbed, field) for field in fields}
    relay_for_real = survivor.email_is_relay and not absorbed.email_is_relay
    if absorbed.email and (not survivor.email or relay_for_real):
        wanted |= {"email": absorbed.email, "email_is_relay": absorbed.email_is_relay}
    for field in _ADDED_UP:
        own = getattr(survivor, field)
        wanted[field] = own + [one for one in getattr(absorbed, field) if one not in own]
    wanted["first_seen_at"] = min(survivor.first_seen_at, absorbed.first_seen_at)
    wanted["last_seen_at"] = max(survivor.last_seen_at, absorbed.last_seen_at)
    filled: Filled = {}
    for field, value in wanted.items():
        before = getattr(survivor, field)
        if before != value:
            filled[field] = [_plain(before), _plain(value)]
            setattr(survivor, field, value)
    return filled


def unfill(survivor: Mergeable, filled: Filled) -> list[str]:
    """Take back what :func:`fill` did, where nobody changed it since; return the fields."""
    changed = []
    for field, (before, after) in filled.items():
        now = getattr(survivor, field)
        if field in _ADDED_UP:
            added = set(after) - set(before)
            setattr(survivor, field, [one for one in now if one not in added])
        elif _plain(now) == after:
            setattr(survivor, field, datetime.fromisoformat(before) if _is_time(field) else before)
        else:
            continue
        changed.append(field)
    return changed


def _is_time(field: str) -> bool:
    return field.endswith("_at")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
