"""Words as they are searched: folded, split, and typed beginnings as a PostgreSQL tsquery."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters and digits only: "@", "." and "-" separate words for some of PostgreSQL's token types and
# join them for others (e-mail, host, version); what is left is one plain token each.
_WORD = re.compile(r"[^\W_]+")
MAX_WORDS = 8
MAX_WORD = 100


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Split a text into the words that are searched, folded (é is e, ß is ss)."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in folded if not unicodedata.combining(c))
    return tuple([word[:MAX_WORD] for word in _WORD.findall(text.lower())])


def search_query(typed: str) -> str:
    """Turn what somebody typed into a tsquery: every word must be there, as a prefix.

    Returns ``""`` when nothing searchable was typed.
    """
    words = words_of(typed)[:MAX_WORDS]
    return " & ".join(f"'{word}':*" for word in words)
