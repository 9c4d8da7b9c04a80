"""Conditions that many of the room's tables share."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Q


def one_of(field: str, values: type[StrEnum], *, or_empty: bool = False) -> Q:
    """Return the condition that a text column has one of an enumeration's values."""
    known = [one.value for one in values]
    return Q(**{f"{field}__in": ["", *known] if or_empty else known})


def pair(name: str) -> Q:
    """Return the condition that an instant and who did it stand together."""
    return Q(**{f"{name}_at__isnull": True, f"{name}_by": ""}) | Q(
        **{f"{name}_at__isnull": False}
    ) & ~Q(**{f"{name}_by": ""})
