"""How shipments are found: keys that forgive case, spaces and signs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doorstep.kernel.searching import words_of

_NOT_ALNUM = re.compile(r"[\W_]+")
MAX_TEXT = 8_000


def number_key(number: str) -> str:
    """Reduce a number to what people type and scan: ``"#FK-1001-2 "`` is ``"fk10012"``."""
    return _NOT_ALNUM.sub("", number).casefold() or number.strip().casefold()


def shipment_words(*, order_number: str, number: str, name: str, skus: Iterable[str]) -> str:
    """Return the words a shipment is found by, each once; tracking numbers have an index."""
    words = {number_key(order_number): None, number_key(number): None}
    for text in (order_number, number, name, *skus):
        words |= dict.fromkeys(words_of(text))
    return " ".join(words)[:MAX_TEXT]
