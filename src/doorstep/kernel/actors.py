"""Who did something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "api_key", "shopper", "connector", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``role`` decides what a ``user`` or ``api_key`` may do; others act by their code.

    ``permissions`` narrows an API key to its scopes; ``None`` means: by role alone.
    """

    kind: Kind
    id: str
    label: str
    role: str = ""
    permissions: frozenset[str] | None = None

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return Doorstep itself, acting through the part called ``name``."""
        return cls("system", name, "Doorstep")

    @property
    def key(self) -> str:
        """``kind:id``, as stored beside rows, events and audit entries."""
        return f"{self.kind}:{self.id}"
