"""What axe looks for on a page, in the one look of it and in the other."""

from __future__ import annotations

from typing import Any


def options(scheme: str) -> dict[str, Any]:
    """Return axe's options for a color scheme: by night the colors are all that differs."""
    everything: dict[str, Any] = {"resultTypes": ["violations"]}
    return {**everything, "runOnly": ["color-contrast"]} if scheme == "dark" else everything
