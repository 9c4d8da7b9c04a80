"""Chance that is the same every time for the same person: splits and hold-outs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

_PARTS = 1_000_000


def draw(seed: str, customer_id: UUID) -> int:
    """Return a number from 0 to 999,999 that depends on nothing but the seed and the person."""
    digest = hashlib.blake2b(customer_id.bytes, key=_key(seed), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _PARTS


def _key(seed: str) -> bytes:
    encoded = seed.encode()
    return encoded if len(encoded) <= 64 else hashlib.blake2b(encoded, digest_size=32).digest()


def is_held_out(journey_id: UUID, customer_id: UUID, percent: int) -> bool:
    """Tell whether somebody belongs to a journey's control group; the same in all its versions."""
    return percent > 0 and draw(f"holdout:{journey_id}", customer_id) < percent * _PARTS // 100


def choose_arm(journey_id: UUID, step: str, customer_id: UUID, percents: Sequence[int]) -> int:
    """Return which arm of a split a person goes, by index; the same in all versions.

    :param percents: of each arm, together 100.
    """
    drawn = draw(f"split:{journey_id}:{step}", customer_id)
    reached = 0
    for index, percent in enumerate(percents):
        reached += percent * _PARTS // 100
        if drawn < reached:
            return index
    return len(percents) - 1
