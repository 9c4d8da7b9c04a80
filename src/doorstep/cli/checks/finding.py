"""What a check says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``mend`` says how a note or problem goes away."""

    check: str
    state: State
    what: str
    mend: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the finding as plain values."""
        return asdict(self)


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", what)


def note(check: str, what: str, mend: str = "") -> Finding:
    """Nothing is broken, but somebody may want to know."""
    return Finding(check, "note", what, mend)


def problem(check: str, what: str, mend: str) -> Finding:
    """Something is missing or wrong."""
    return Finding(check, "problem", what, mend)
