"""How orders are found: keys that forgive case, spaces and signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Letters and digits only: "@", "." and "-" separate words for some of PostgreSQL's token types and
# join them for others (e-mail, host, version); what is left is one plain token each.
_WORD = re.compile(r"[^\W_]+")
_NOT_ALNUM = re.compile(r"[\W_]+")
MAX_WORDS = 8
MAX_WORD = 100
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


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Split a text into the words that are searched, folded (é is e, ß is ss)."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in folded if not unicodedata.combining(c))
    return tuple([word[:MAX_WORD] for word in _WORD.findall(text.lower())])


def search_text(*, number: str, email: str, names: Iterable[str], skus: Iterable[str]) -> str:
    """Return the words an order is found by, each once."""
    words = {number_key(number): None}
    for text in (number, email, *names, *skus):
        words |= dict.fromkeys(words_of(text))
    return " ".join(words)[:MAX_TEXT]


def search_query(typed: str) -> str:
    """Turn what somebody typed into a tsquery: every word must be there, as a prefix.

    Returns ``""`` when nothing searchable was typed.
    """
    words = words_of(typed)[:MAX_WORDS]
    return " & ".join(f"'{word}':*" for word in words)
