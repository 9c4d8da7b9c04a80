"""Pieces of SQL that carry their parameters along, so that order can never go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text with ``%s`` for each of its parameters."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: Fragment | str) -> Fragment:
        other = Fragment(other) if isinstance(other, str) else other
        return Fragment(self.text + other.text, self.params + other.params)

    def __radd__(self, other: str) -> Fragment:
        return Fragment(other) + self


def join(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """Put fragments behind each other."""
    listed = list(fragments)
    params = tuple(param for fragment in listed for param in fragment.params)
    return Fragment(separator.join(fragment.text for fragment in listed), params)


def bind(template: str, names: Mapping[str, Fragment]) -> Fragment:
    """Replace each ``{name}`` of a fact's SQL by its fragment.

    :raises LookupError: the template uses a name that does not exist: a mistake in the fact.
    """
    pieces: list[Fragment] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        if match[1] not in names:
            raise LookupError(f"{{{match[1]}}} is not known in {template!r}")
        pieces += [_literal(template[end : match.start()]), names[match[1]]]
        end = match.end()
    return join("", [*pieces, _literal(template[end:])])


def _literal(text: str) -> Fragment:
    return Fragment(text.replace("%", "%%"))
