"""Which status may follow which. The sender and the webhooks both go by this table."""

from __future__ import annotations

from doorstep.rooms.messaging.contracts import MessageStatus as S

# Status -> what may come next.
NEXT: dict[S, frozenset[S]] = {
    S.QUEUED: frozenset({S.SENDING, S.DROPPED}),
    S.DEFERRED: frozenset({S.SENDING, S.QUEUED, S.DROPPED}),
    S.DROPPED: frozenset(),
    S.SENDING: frozenset({S.QUEUED, S.SENDING, S.SENT, S.FAILED, S.DROPPED, S.BOUNCED}),
    S.SENT: frozenset({S.DELIVERED, S.BOUNCED, S.COMPLAINED}),
    # Some mail servers accept first and bounce afterwards.
    S.DELIVERED: frozenset({S.BOUNCED, S.COMPLAINED}),
    S.BOUNCED: frozenset({S.QUEUED, S.COMPLAINED}),
    S.COMPLAINED: frozenset(),
    S.FAILED: frozenset({S.QUEUED}),
}


def may_follow(before: S, after: S) -> bool:
    """Tell whether a message may go from one status to the other."""
    return after in NEXT[before]


def sources_of(after: S) -> frozenset[S]:
    """Return the statuses from which ``after`` may be reached."""
    return frozenset(before for before, nexts in NEXT.items() if after in nexts)
