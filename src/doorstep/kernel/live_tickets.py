"""What an open page holds to be told of changes: a topic, signed, with an end.

Plain Python without Django: the process that holds the streams (``doorstep live``) reads tickets,
and stays small. A topic is a digest of a store and a subject ("order:<uuid>"), so neither the
ticket nor the database's notifications name anything; two subjects with one digest (a chance of
1 in 2^72) would only make a page look once more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

CHANNEL = "doorstep_live"
"""The channel of the database's notifications; one carries topics separated by spaces."""
LIFETIME = timedelta(hours=12)

_TOPIC_LENGTH = 12  # 9 bytes in base64, which needs no padding
_END_LENGTH = 8  # seconds since 1970 in hexadecimal, good until 2106
_LENGTH = _TOPIC_LENGTH + _END_LENGTH + 24


class BadTicket(ValueError):
    """The ticket is not ours, or was changed."""


class ExpiredTicket(ValueError):
    """The ticket was ours, but its time is over."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a valid ticket opens, and until when."""

    topic: str
    ends_at: datetime

    @property
    def made_at(self) -> datetime:
        """Return when the page that holds the ticket was made, down to the second."""
        return self.ends_at - LIFETIME


def topic_of(store_id: UUID, subject: str) -> str:
    """Return the topic of a subject in a store, as the sequencer computes it in SQL."""
    digest = hashlib.sha256(f"{store_id}:{subject}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()


def write_ticket(topic: str, *, secret: str, at: datetime) -> str:
    """Return a ticket for a topic: 44 characters that fit into an address, good for 12 hours."""
    claim = f"{topic}{int((at + LIFETIME).timestamp()):08x}"
    return claim + _seal(claim, secret)


def read_ticket(ticket: str, *, secrets: Sequence[str], at: datetime) -> Ticket:
    """Return what a ticket opens.

    :param secrets: the installation's present key, then former ones.
    :raises BadTicket: it is not ours, or was changed.
    :raises ExpiredTicket: its time is over.
    """
    if len(ticket) != _LENGTH or not ticket.isascii():
        raise BadTicket
    claim, seal = ticket[: _TOPIC_LENGTH + _END_LENGTH], ticket[_TOPIC_LENGTH + _END_LENGTH :]
    if not any(hmac.compare_digest(seal, _seal(claim, secret)) for secret in secrets):
        raise BadTicket
    ends_at = datetime.fromtimestamp(int(claim[_TOPIC_LENGTH:], 16), at.tzinfo)
    if at >= ends_at:
        raise ExpiredTicket
    return Ticket(claim[:_TOPIC_LENGTH], ends_at)


def _seal(claim: str, secret: str) -> str:
    key = hmac.digest(secret.encode(), b"doorstep live ticket v1", "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, claim.encode(), "sha256")[:18]).decode()
