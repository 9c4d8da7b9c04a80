"""Numbers for people, counted per store."""

from __future__ import annotations

from django.db import connection

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id

_NEXT = """
    INSERT INTO returns_returncounter AS c (id, store_id, prefix, last) VALUES (%s, %s, %s, 1001)
    ON CONFLICT (store_id, prefix) DO UPDATE SET last = c.last + 1
    RETURNING last
"""


def next_number(prefix: str) -> str:
    """Return the next number of a kind: "R-1001". Its row is locked until the commit: no gaps."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [new_id(), current_store_id(), prefix])
        (last,) = cursor.fetchone()
    return f"{prefix}-{last}"
