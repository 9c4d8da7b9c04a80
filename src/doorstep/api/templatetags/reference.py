"""Template tags of the documentation."""

from __future__ import annotations

from django import template

from doorstep.api.v1.docs import prose

register = template.Library()
register.filter("prose", prose)
