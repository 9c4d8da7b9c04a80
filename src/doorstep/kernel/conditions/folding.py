"""One way to take "Tea" and "tea" for the same, in Python and in PostgreSQL alike.

``lower()`` follows the database's locale and version, Python's follows its Unicode version, so
neither can be trusted to do what the other does. Both engines use this table instead: the letters
of the Latin, Greek, Cyrillic and Armenian scripts that have exactly one lower-case partner.
"""

from __future__ import annotations

_BLOCKS = ((0x00C0, 0x0180), (0x0386, 0x0400), (0x0400, 0x0530), (0x0531, 0x0557))
_WIDER = ((0x1E00, 0x1F00),)  # Vietnamese and the like


def _pairs() -> list[tuple[str, str]]:
    letters = (chr(code) for start, end in _BLOCKS + _WIDER for code in range(start, end))
    pairs = ((letter, letter.lower()) for letter in letters)
    return [(upper, lower) for upper, lower in pairs if len(lower) == 1 and lower != upper]


UPPER = "".join(upper for upper, _ in _pairs())
LOWER = "".join(lower for _, lower in _pairs())
_ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_TABLE = _ASCII | {ord(upper): ord(lower) for upper, lower in _pairs()}


def fold(text: str) -> str:
    """Return the text in lower case by the table; other letters stay as they are."""
    return text.translate(_TABLE)


def folded_sql(expression: str) -> str:
    """Return SQL that does to ``expression`` exactly what :func:`fold` does in Python.

    Pure ASCII, most of what there is, skips the slow ``translate``.
    """
    lowered = f'lower(({expression}) COLLATE "C")'
    return (
        f"CASE WHEN octet_length({expression}) = char_length({expression}) THEN {lowered} "
        f"ELSE translate({lowered}, '{UPPER}', '{LOWER}') END"
    )
