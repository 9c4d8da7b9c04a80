"""Which of a channel's providers is used now, and what makes the next one step in.

Providers fail in two ways. A message may be refused: that is between it and the provider. Or the
provider does not take anything for a while: :data:`FAILURES` transient failures in a row within a
minute, and it rests. Messages go over the next one meanwhile; when the rest is over the first is
tried again, and rests longer if it still fails. One accepted message makes it well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.messaging.ports import SendResult

FAILURES = 5
WITHIN = timedelta(minutes=1)
RESTS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15))


@dataclass(frozen=True, slots=True)
class WayOut:
    """The provider in use for a channel now.

    :param instead_of: the one that rests, None while the first is in use.
    :param has_other: another one would step in.
    :param is_troubled: failures of it are on record.
    """

    connection: SenderConnection
    instead_of: SenderConnection | None = None
    has_other: bool = False
    is_troubled: bool = False

    @property
    def words(self) -> str:
        """Return what is said on a message that goes another way than usual."""
        if self.instead_of is None:
            return ""
        usual, used = self.instead_of.name, self.connection.name
        return f"Sent through {used}, because {usual} did not work at the time."


def ways_out(*, at: datetime) -> dict[Channel, WayOut]:
    """Return the way out of each channel of the current store, with two queries."""
    rows = SenderConnection.objects.filter(is_active=True).order_by("channel", "position")
    by_channel: dict[Channel, list[SenderConnection]] = defaultdict(list)
    for row in rows:
        by_channel[Channel(row.channel)].append(row)
    if not by_channel:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [current_store_id()])
        states = {row[0]: _State(*row[1:]) for row in cursor.fetchall()}
    return {
        channel: _choose([(row, states.get(row.id)) for row in found], at)
        for channel, found in by_channel.items()
    }


class _State(NamedTuple):
    """How a provider is doing, as far as it counts for whether it is used."""

    resting_until: datetime | None
    failures: int
    rests: int


# Every claim asks, and claims of what people wait for are small: no models are made for it.
_STATES = """
    SELECT connection_id, resting_until, failures, rests FROM messaging_senderstate
    WHERE store_id = %s
"""


def _choose(found: Sequence[tuple[SenderConnection, _State | None]], at: datetime) -> WayOut:
    """Take the first that does not rest; the first of all when every one does."""
    first, state = found[0]
    for row, its in found:
        if its is None or its.resting_until is None or its.resting_until <= at:
            first, state = row, its
            break
    usual = found[0][0]
    return WayOut(
        first,
        usual if first.id != usual.id else None,
        has_other=len(found) > 1,
        is_troubled=state is not None and (state.failures > 0 or state.rests > 0),
    )


_FAILED = """
    INSERT INTO messaging_senderstate AS s
        (id, store_id, connection_id, failures, failing_since, rests, words)
    VALUES (%(id)s, %(store)s, %(connection)s, %(count)s, %(at)s, 0, %(words)s)
    ON CONFLICT (connection_id) DO UPDATE
    SET failures = CASE WHEN s.rests = 0 AND s.failing_since < %(at)s - %(within)s::interval
                        THEN 0 ELSE s.failures END + %(count)s,
        failing_since = CASE WHEN s.failing_since IS NULL
                               OR (s.rests = 0 AND s.failing_since < %(at)s - %(within)s::interval)
                             THEN %(at)s ELSE s.failing_since END,
        words = excluded.words
    RETURNING failures, rests, resting_until
"""
_REST = """
    UPDATE messaging_senderstate SET resting_until = %(until)s, rests = rests + 1
    WHERE connection_id = %(connection)s AND rests = %(rests)s
"""
_WELL = """
    UPDATE messaging_senderstate
    SET failures = 0, failing_since = NULL, resting_until = NULL, rests = 0, words = ''
    WHERE connection_id = %(connection)s
      AND (failures > 0 OR rests > 0 OR resting_until IS NOT NULL)
"""


def note_results(way: WayOut, results: Iterable[SendResult], *, at: datetime) -> bool:
    """Keep count of transient failures in a row; return whether the provider rests from now on.

    Costs nothing while all is well.
    """
    trailing, words, is_well = 0, "", False
    for result in results:
        if result.outcome in ("retry", "uncertain"):
            trailing, words = trailing + 1, result.words
        elif result.outcome != "unsent":
            trailing, is_well = 0, True
    row = way.connection
    with connection.cursor() as cursor:
        if is_well and way.is_troubled:
            cursor.execute(_WELL, {"connection": row.id})
        if not trailing:
            return False
        values: dict[str, Any] = {
            "id": new_id(), "store": row.store_id, "connection": row.id, "count": trailing,
            "at": at, "within": WITHIN, "words": words[:500],
        }  # fmt: skip
        cursor.execute(_FAILED, values)
        failures, rests, resting_until = cursor.fetchone()
        # After a rest one failure is enough: it is not back yet.
        if failures < FAILURES and rests == 0:
            return False
        if resting_until is not None and resting_until > at:
            return True
        until = at + RESTS[min(rests, len(RESTS) - 1)]
        cursor.execute(_REST, {"until": until, "connection": row.id, "rests": rests})
    return True
