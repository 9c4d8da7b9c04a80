"""Gift card codes: made to be typed by people and to be guessed by nobody.

Nineteen characters out of 32 (95 random bits) and one that checks them, in groups of four. The
alphabet is Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U, and who types
O, I or L for 0, 1, 1 is understood.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 19
LENGTH = RANDOM_CHARACTERS + 1

_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_BETWEEN = str.maketrans("", "", " -–—._\t\u00a0\u202f")


def make_code() -> str:
    """Return a new code as it is stored: twenty characters, no hyphens."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return body + _check_character(body)


def show_code(code: str) -> str:
    """Return a code in groups of four, as people read it."""
    return "-".join(code[nth : nth + 4] for nth in range(0, len(code), 4))


def read_code(typed: str) -> str:
    """Return the code somebody typed, "" when it can't be one: too short, or mistyped.

    The check character finds every single wrong character and every two that changed places, so
    that a slip costs no look-up and no try.
    """
    code = typed.upper().translate(_BETWEEN).translate(_MEANT)
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return ""
    return code if _check_character(code[:-1]) == code[-1] else ""


def _check_character(body: str) -> str:
    """Return the character that makes the code a word of a Reed-Solomon code over GF(32).

    With the weights 1, a, a², … (a primitive, so all differ up to length 31) the sum changes with
    any one character, and with any two that are exchanged.
    """
    total = 0
    for character in body:
        total = _double(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def _double(value: int) -> int:
    """Multiply by a in GF(32), whose polynomial is x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
