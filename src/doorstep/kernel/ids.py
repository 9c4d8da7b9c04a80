"""Identifiers: UUIDv7, so that ids made later sort later and indexes stay dense."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new UUIDv7 (RFC 9562)."""
    return uuid_utils.compat.uuid7()
