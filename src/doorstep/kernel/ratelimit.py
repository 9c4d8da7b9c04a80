"""Rate limits, counted in PostgreSQL so that all web processes count together.

Fixed windows by the ``limits`` library over a storage of our own: one statement a hit, which is
what makes it exact however many requests arrive at once. Windows are counted by the database's
clock, the only one that several machines share. Keys are stored as keyed hashes.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from functools import cache
from math import ceil

from django.db import DatabaseError, connection
from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from doorstep.kernel.models.rate import RateWindow
from doorstep.kernel.secrets import keyed_hash

PURGE_BATCH = 10_000

_INCREMENT = """
INSERT INTO kernel_rate_window AS w (key, hits, expires_at)
VALUES (%(key)s, %(amount)s, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN w.expires_at <= clock_timestamp() THEN 0 ELSE w.hits END + %(amount)s,
    expires_at = CASE WHEN w.expires_at <= clock_timestamp()
                      THEN clock_timestamp() + make_interval(secs => %(seconds)s)
                      ELSE w.expires_at END
RETURNING hits
"""
_READ = """
SELECT hits, extract(epoch FROM expires_at - clock_timestamp())::float8 FROM kernel_rate_window
WHERE key = %s AND expires_at > clock_timestamp()
"""
# SKIP LOCKED: a key that is being hit right now is not expired for long
_PURGE = """
DELETE FROM kernel_rate_window WHERE key IN (
    SELECT key FROM kernel_rate_window WHERE expires_at <= clock_timestamp()
    LIMIT %s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more is allowed; if not, in how many whole seconds it will be."""

    allowed: bool
    retry_after: int = 0

    def __bool__(self) -> bool:
        return self.allowed


class PostgresStorage(Storage):
    """``limits``' storage on our own table and Django's connection."""

    STORAGE_SCHEME = ["doorstep-postgresql"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return the window's total, starting a new window if the old one is over."""
        with connection.cursor() as cursor:
            cursor.execute(_INCREMENT, {"key": key, "seconds": expiry, "amount": amount})
            return int(cursor.fetchone()[0])

    def get(self, key: str) -> int:
        """Return the running window's total; 0 without one."""
        return self._read(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when the running window ends, in seconds of the epoch; now without one."""
        return time.time() + self._read(key)[1]

    def remaining_seconds(self, key: str) -> float:
        """Return how long the running window lasts, by the database's clock."""
        return self._read(key)[1]

    def check(self) -> bool:
        """Tell whether the database answers."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True

    def reset(self) -> int:
        """Forget every window."""
        return RateWindow.objects.all().delete()[0]

    def clear(self, key: str) -> None:
        """Forget one key's window."""
        RateWindow.objects.filter(key=key).delete()

    def _read(self, key: str) -> tuple[int, float]:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [key])
            row = cursor.fetchone()
        return (0, 0.0) if row is None else (int(row[0]), float(row[1]))


@cache
def _storage() -> PostgresStorage:
    return PostgresStorage()


def hit(name: str, key: str, limit: int, seconds: int) -> Verdict:
    """Count one try of ``key`` at ``name`` and say whether it is within ``limit`` per window.

    Call it outside of a transaction: inside one, a rollback would forget the hit, and others
    with the same key would wait for the commit.

    :param name: what is limited: ``portal.lookup``.
    :param key: who: an address, an API key's id. Stored as a keyed hash only.
    :param seconds: how long a window lasts, from its first hit.
    """
    item = RateLimitItemPerSecond(limit, seconds, namespace="d")
    hashed = keyed_hash([name, key], purpose="rate limit")
    if FixedWindowRateLimiter(_storage()).hit(item, hashed):
        return Verdict(True)
    left = _storage().remaining_seconds(item.key_for(hashed))
    return Verdict(False, max(1, ceil(left)))


def network_of(address: str) -> str:
    """Return what to count an IP address by: IPv4 alone, IPv6 by its /64.

    One line at home or one rented server holds 2^64 IPv6 addresses; counted one by one they would
    never reach a limit. What is no address is returned as it is.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # a socket that listens on IPv6 shows IPv4 so
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def forgive(name: str, key: str, limit: int, seconds: int) -> None:
    """Forget the hits of a key, for example after a right answer; arguments as for :func:`hit`."""
    item = RateLimitItemPerSecond(limit, seconds, namespace="d")
    hashed = keyed_hash([name, key], purpose="rate limit")
    FixedWindowRateLimiter(_storage()).clear(item, hashed)


def purge() -> int:
    """Delete one set of windows that are over; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [PURGE_BATCH])
        return int(cursor.rowcount)
