"""Filters of the packing pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def of(found: Mapping[Any, Any], key: Any) -> Any:
    """Return what stands under a key, None where nothing does."""
    return found.get(key)
