"""How orders are found: keys that forgive case, spaces and signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NOT_WORD = re.compile(r"[^\w@.+-]+", re.UNICODE)
_NOT_ALNUM = re.compile(r"[\W_]+", re.UNICODE)
MAX_WORDS = 8
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


def words_of(text: str) -> list[str]:
    """Split a text into the words that are searched, folded (é is e, ß is ss)."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return [w for w in (_tidy(word) for word in _NOT_WORD.split(plain)) if w]


def _tidy(word: str) -> str:
    # "." "+" "-" and "@" separate words for some of PostgreSQL's token types and join them for
    # others (e-mail, host, version); spelled as "_" every word is one plain token.
    return re.sub(r"[@.+-]+", "_", word).strip("_")[:100]


def search_text(*, number: str, email: str, names: Iterable[str], skus: Iterable[str]) -> str:
    """Return the words an order is found by, each once."""
    words = dict.fromkeys(words_of(number))
    words.setdefault(number_key(number))
    if email:
        words.setdefault(_tidy(email_key(email)))
    for text in (*names, *skus):
        words.update(dict.fromkeys(words_of(text)))
    return " ".join(words)[:MAX_TEXT]


def search_query(typed: str) -> str:
    """Turn what somebody typed into a tsquery: every word must be there, as a prefix.

    Returns ``""`` when nothing searchable was typed.
    """
    words = words_of(typed)[:MAX_WORDS]
    return " & ".join(f"'{word}':*" for word in words if "'" not in word)
