"""Codes that no normalizer understood: counted, shown, and given a meaning by the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.tracking.rules.steps import Step


class CodeKey(NamedTuple):
    """Whose code it is; ``code`` is the words where the source has no codes."""

    source: str
    carrier: str
    code: str


def code_key(source: str, carrier: str, step: Step) -> CodeKey:
    """Return what an unknown code is counted under."""
    return CodeKey(source, carrier, step.code or step.description[:100])


def learn_codes(seen: Mapping[CodeKey, str], at: datetime) -> dict[CodeKey, tuple[str, str]]:
    """Note that codes came up; returns what the store says they mean (``""``: nothing yet).

    Keeps the codes' rows locked: a meaning given at this moment waits, and is then applied to
    what is being kept here as well.

    :param seen: code → the words that came with it.
    """
    if not seen:
        return {}
    rows = [(new_id(), *key, example) for key, example in sorted(seen.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tracking_codemeaning AS k (id, store_id, source, carrier, code, example,
                count, first_seen_at, last_seen_at, status, substatus)
            SELECT id, %s, source, carrier, code, example, 0, %s, %s, '', ''
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
                 AS v(id, source, carrier, code, example)
            ON CONFLICT (store_id, source, carrier, code) DO UPDATE
                SET last_seen_at = greatest(k.last_seen_at, excluded.last_seen_at),
                    example = coalesce(nullif(excluded.example, ''), k.example)
            RETURNING source, carrier, code, status, substatus
            """,
            [current_store_id(), at, at, *as_columns(rows, 5)],
        )
        return {CodeKey(*row[:3]): (row[3], row[4]) for row in cursor.fetchall()}


def count_codes(new: Sequence[CodeKey]) -> None:
    """Count new steps with unknown codes; the same step told again does not count."""
    if not new:
        return
    rows = [(*key, times) for key, times in sorted(Counter(new).items())]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tracking_codemeaning k SET count = k.count + v.times
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])
                 AS v(source, carrier, code, times)
            WHERE k.store_id = %s AND k.source = v.source AND k.carrier = v.carrier
                  AND k.code = v.code
            """,
            [*as_columns(rows, 4), current_store_id()],
        )
