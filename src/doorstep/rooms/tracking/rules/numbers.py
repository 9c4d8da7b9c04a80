"""Tracking numbers, as people type them and as machines compare them."""

from __future__ import annotations

import re

MAX_NUMBER = 100
_NOT_COUNTED = re.compile(r"[\s\-\u2010-\u2015\u00ad\x00]+")


def normalize_number(number: str) -> str:
    """Return what a number is compared by: upper case, no blanks, no dashes of any kind."""
    return _NOT_COUNTED.sub("", number).upper()[:MAX_NUMBER]
