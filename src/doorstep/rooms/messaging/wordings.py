"""The words people saw when they said yes or no, kept once and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.models import ConsentWording
from doorstep.rooms.messaging.rules.storable import storable

Wording = tuple[str, str]  # language, text
MOST_CHARS = 5_000

# One at a time per store: versions count on without a gap, also when two new texts meet.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('consent wording ' || %s, 0))"


def clean_wording(text: str) -> str:
    """Return a text as it is kept: blanks and line ends as one blank, at most 5,000 characters."""
    return " ".join(storable(text).split())[:MOST_CHARS]


def fingerprint_of(locale: str, text: str) -> str:
    """Return what a text is found by: SHA-256 over language and text."""
    return hashlib.sha256(f"{locale}\x1f{text}".encode()).hexdigest()


def keep_wordings(wordings: Iterable[Wording], *, at: datetime) -> dict[Wording, UUID]:
    """Return the id of each text, new ones added; joins the caller's transaction.

    The number of queries does not depend on the number of texts.
    """
    wanted = {pair: fingerprint_of(*pair) for pair in set(wordings) if pair[1]}
    if not wanted:
        return {}
    known = _known(wanted.values())
    missing = sorted(pair for pair, key in wanted.items() if key not in known)
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [str(current_store_id())])
        known = _known(wanted.values())
        _add([pair for pair in missing if wanted[pair] not in known], at)
        known = _known(wanted.values())
    return {pair: known[key] for pair, key in wanted.items()}


def _known(fingerprints: Iterable[str]) -> dict[str, UUID]:
    rows = ConsentWording.objects.filter(fingerprint__in=list(fingerprints))
    return dict(rows.values_list("fingerprint", "id"))


def _add(wordings: list[Wording], at: datetime) -> None:
    newest: dict[str, int] = {}
    rows = ConsentWording.objects.filter(locale__in={locale for locale, _ in wordings})
    for locale, version in rows.values_list("locale", "version"):
        newest[locale] = max(version, newest.get(locale, 0))
    added = []
    for locale, text in wordings:
        newest[locale] = newest.get(locale, 0) + 1
        added.append(
            ConsentWording(
                id=new_id(),
                store_id=current_store_id(),
                fingerprint=fingerprint_of(locale, text),
                locale=locale,
                version=newest[locale],
                text=text,
                since=at,
            )
        )
    ConsentWording.objects.bulk_create(added)
