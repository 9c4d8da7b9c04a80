"""What a return is found by. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from doorstep.kernel.searching import words_of


def search_text(number: str, order_number: str, name: str, skus: Iterable[str]) -> str:
    """Return the words that lists are searched by, as they are searched."""
    found = [word for text in (number, order_number, name, *skus) for word in words_of(text)]
    return " ".join(dict.fromkeys(found))[:2000]
