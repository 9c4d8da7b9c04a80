"""Names: folded for search, and compared for whether they can be one person's."""

from __future__ import annotations

import re
import unicodedata

# Letters that NFKD does not take apart but people search without.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)
_WORDS = re.compile(r"[^\W_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def clean(text: str, longest: int) -> str:
    """Return a text of one line as it can be stored: no control characters, cut to length."""
    return _CONTROL.sub(" ", text).strip()[:longest]


def fold_name(name: str) -> str:
    """Return a name in lower case without accents: ``Amélie Laurent`` → ``amelie laurent``."""
    if name.isascii():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS)
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


def names_contradict(first: str, second: str) -> bool:
    """Tell whether two folded names can't be the same person's.

    They can when every word of the shorter one stands in the longer one, in any order, in full
    or as its initial: ``M. Lindqvist`` and ``Lindqvist Maya`` may be one, ``Anna Weber`` and
    ``Jonas Weber`` (a family on one telephone) are not. An unknown name contradicts nothing.
    """
    if not first or not second or first == second:
        return False
    shorter, longer = sorted((_WORDS.findall(first), _WORDS.findall(second)), key=len)
    left = list(longer)
    rest = []
    for word in shorter:  # full words first: an initial must not use up another's partner
        if len(word) > 1 and word in left:
            left.remove(word)
        else:
            rest.append(word)
    for word in sorted(rest, key=len, reverse=True):
        partner = next((other for other in left if _initial_of(word, other)), None)
        if partner is None:
            return True
        left.remove(partner)
    return False


def _initial_of(first: str, second: str) -> bool:
    """Tell whether one of the words is the other's initial."""
    return first[0] == second[0] and 1 in (len(first), len(second))
