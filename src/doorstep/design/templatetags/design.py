"""Template tags of the design system."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from doorstep.design import charts
from doorstep.design.color import brand_css
from doorstep.design.icons import DIRECTIONAL, ICONS

register = template.Library()

_BUNDLES = {
    "portal": ("tokens", "base", "components", "portal"),
    "console": ("tokens", "base", "components", "workbench"),
}


@register.simple_tag
def design_styles(bundle: str) -> list[str]:
    """Return the static paths of a bundle's style sheets, ``portal`` or ``console``."""
    return [f"design/{name}.css" for name in _BUNDLES[bundle]]


@register.simple_tag
@lru_cache(maxsize=1024)  # a page has dozens of the same few
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """Write an icon into the page.

    Without a label it is decoration and hidden from assistive technology.

    :raises KeyError: when no icon has that name.
    """
    classes = "icon" + (" icon-directional" if name in DIRECTIONAL else "")
    if extra:
        classes = f"{classes} {extra}"
    shape = mark_safe(ICONS[name])  # noqa: S308 - constant of this package
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 20 20" role="img" aria-label="{}">{}</svg>',
            classes,
            label,
            shape,
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 20 20" aria-hidden="true">{}</svg>', classes, shape
    )


@register.simple_tag
def brand_style(color: str) -> SafeString:
    """Return the rule that lays a store's colors over the tokens (see ``color.brand_css``).

    :raises InvalidColor: when the color is not #rgb or #rrggbb.
    """
    return mark_safe(brand_css(color))  # noqa: S308 - holds only colors it parsed


@register.simple_tag
def initials(name: str) -> str:
    """Return one or two capitals for a name: "Maya Lindqvist" gives "ML", nothing gives "?"."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    picked = words[:1] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0].upper() for word in picked)


@register.simple_tag
def sparkline_path(values: Sequence[float], width: int = 120, height: int = 36) -> str:
    """Return the points of a sparkline as an SVG ``points`` attribute."""
    return " ".join(f"{x:g},{y:g}" for x, y in charts.sparkline_points(values, width, height))


@register.simple_tag
def sparkline_last(values: Sequence[float], width: int = 120, height: int = 36) -> dict[str, str]:
    """Return where a sparkline ends, as ``x`` and ``y`` attribute values."""
    points = charts.sparkline_points(values, width, height)
    return {"x": f"{points[-1][0]:g}", "y": f"{points[-1][1]:g}"} if points else {}


@register.simple_tag
def chart_bars(items: Sequence[tuple[str, float]], width: int, height: int) -> list[charts.Bar]:
    """Return the bars of a bar chart, placed in a box of ``width`` by ``height``."""
    return charts.bars(items, width, height)
