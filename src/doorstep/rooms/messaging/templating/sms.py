"""How many parts a text message takes (3GPP TS 23.038): what the gateway charges for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and the sign: two septets
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ",
     "\u202f": " ", "\u2009": " ", "\u2068": "", "\u2069": "", "\u200f": "", "\u200e": ""}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmsSize:
    """Encoding and number of parts of a text message."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def plain_typography(text: str) -> str:
    """Replace curly quotes, dashes and thin spaces, when that keeps the text in GSM-7.

    One curly apostrophe would halve what fits into a part. A text that needs UCS-2 anyway is left
    as it is.
    """
    simple = text.translate(_TYPOGRAPHY)
    return simple if _septets(simple) is not None else text


def measure_sms(text: str) -> SmsSize:
    """Count units and parts: 160 septets alone or 153 each, 70 UTF-16 units alone or 67 each."""
    septets = _septets(text)
    if septets is not None:
        return SmsSize("GSM-7", septets, _parts(text, 160, 153, _septet_cost))
    units = sum(_utf16_cost(char) for char in text)
    return SmsSize("UCS-2", units, _parts(text, 70, 67, _utf16_cost))


def _septets(text: str) -> int | None:
    total = 0
    for char in text:
        if char not in _BASIC and char not in _EXTENDED:
            return None
        total += _septet_cost(char)
    return total


def _septet_cost(char: str) -> int:
    return 2 if char in _EXTENDED else 1


def _utf16_cost(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _parts(text: str, alone: int, each: int, cost: Callable[[str], int]) -> int:
    """Fill parts sign by sign: one that takes two units is never split over two parts."""
    if sum(map(cost, text)) <= alone:
        return 1
    parts, used = 1, 0
    for char in text:
        needed = cost(char)
        if used + needed > each:
            parts, used = parts + 1, 0
        used += needed
    return parts
