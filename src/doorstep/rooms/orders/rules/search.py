"""How orders are found: keys that forgive case, spaces and signs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doorstep.kernel.searching import words_of

_NOT_ALNUM = re.compile(r"[\W_]+")
# A tsvector holds at most 1 MB and words of 2 KB; a 500-line order must not come near either.
MAX_TEXT = 8_000


def number_key(number: str) -> str:
    """Reduce an order number to what people type: ``"#FK-1001 "`` is ``"fk1001"``."""
    return _NOT_ALNUM.sub("", number).casefold() or number.strip().casefold()


def postcode_key(postal_code: str) -> str:
    """Reduce a postal code to its letters and digits, upper case."""
    return _NOT_ALNUM.sub("", postal_code).upper()


def email_key(email: str) -> str:
    """Return the address as it is compared: without surrounding space, lower case."""
    return email.strip().lower()


def search_text(*, number: str, email: str, names: Iterable[str], skus: Iterable[str]) -> str:
    """Return the words an order is found by, each once."""
    words = {number_key(number): None}
    for text in (number, email, *names, *skus):
        words |= dict.fromkeys(words_of(text))
    return " ".join(words)[:MAX_TEXT]
