"""What one rendering knows besides its context: language, phrases and limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from doorstep.rooms.messaging.templating.limits import Guard
from doorstep.rooms.messaging.templating.phrases import Catalog


@dataclass(slots=True)
class RenderState:
    """Language and limits of the part being rendered.

    ``isolates``: values keep their own direction inside right-to-left text, by ``<bdi>`` in HTML
    and by invisible characters in text.
    """

    guard: Guard
    locale: str = "en"
    time_zone: str = "UTC"
    isolates: bool = False
    html: bool = False
    phrases: Catalog = field(default_factory=dict)
