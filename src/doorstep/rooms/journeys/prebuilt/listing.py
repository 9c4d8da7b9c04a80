"""The journeys Doorstep comes with: one JSON file each in this folder."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from doorstep.rooms.journeys.contracts import TemplateInfo


@cache
def list_prebuilt() -> list[TemplateInfo]:
    """List the prebuilt journeys by category and name."""
    found = []
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".json"):
            data = json.loads(file.read_text(encoding="utf-8"))
            needs = tuple(data.get("needs", ()))
            found.append(
                TemplateInfo(
                    data["key"],
                    data["name"],
                    data["summary"],
                    data["category"],
                    needs,
                    data["definition"],
                )
            )
    return sorted(found, key=lambda template: (template.category, template.name))


def find_prebuilt(key: str) -> TemplateInfo | None:
    """Return a prebuilt journey, None when there is none of this key."""
    return next((template for template in list_prebuilt() if template.key == key), None)
