"""Template tags of the condition editor."""

from __future__ import annotations

from django import template

from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.shown import ShownGroup, show

register = template.Library()


@register.simple_tag
def show_conditions(editor: ConditionEditor) -> ShownGroup:
    """Return the groups, lines and controls of an editor."""
    return show(editor)
