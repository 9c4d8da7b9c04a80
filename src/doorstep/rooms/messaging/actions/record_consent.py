"""Write down what people allow and refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contacts import current_consents
from doorstep.rooms.messaging.contracts import ConsentGrant, ConsentState
from doorstep.rooms.messaging.events import ConsentChanged
from doorstep.rooms.messaging.models import Consent
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.wordings import clean_wording, keep_wordings
from doorstep.rooms.messaging.writing import insert_rows


def record_consent(grants: Sequence[ConsentGrant], *, by: Actor, at: datetime) -> int:
    """Append what people said to the log and return how many entries were new.

    What is in force already is not written again, and neither is what was said before something
    newer: an old order that comes in late does not undo a withdrawal. Joins the caller's
    transaction; the number of queries does not depend on the number of grants.
    """
    if not grants:
        return 0
    with transaction.atomic():
        in_force = {
            (c.customer_id, c.channel, c.purpose, c.topic): (c.state, c.at)
            for c in current_consents({g.customer_id for g in grants})
        }
        rows = []
        for grant in sorted(grants, key=lambda g: g.said_at):
            key = (grant.customer_id, grant.channel.value, grant.purpose.value, grant.topic)
            state, since = in_force.get(key, (None, None))
            if since is not None and grant.said_at < since:
                continue
            if state == grant.state and not _is_overruled(grant, since, in_force):
                continue
            in_force[key] = (grant.state.value, grant.said_at)
            rows.append((_row(grant, by), grant))
        _keep_words(rows, at)
        insert_rows([row for row, _ in rows])
        publish_many([_draft(row, by, at) for row, _ in rows])
    return len(rows)


def _is_overruled(
    grant: ConsentGrant,
    since: datetime | None,
    in_force: Mapping[tuple[UUID, str, str, str], tuple[str, datetime]],
) -> bool:
    """Tell whether a yes to a topic ended with a later no to its whole purpose.

    Then the same yes again is a new one.
    """
    if not grant.topic or grant.state is not ConsentState.GRANTED or since is None:
        return False
    whole = in_force.get((grant.customer_id, grant.channel.value, grant.purpose.value, ""))
    return whole is not None and whole[0] == ConsentState.WITHDRAWN and whole[1] > since


def _keep_words(rows: Sequence[tuple[Consent, ConsentGrant]], at: datetime) -> None:
    """Point each row to the words its person saw."""
    pairs = {
        row.id: (grant.wording_locale, clean_wording(grant.wording))
        for row, grant in rows
        if grant.wording
    }
    kept = keep_wordings(pairs.values(), at=at)
    for row, _ in rows:
        row.wording_id = kept.get(pairs[row.id]) if row.id in pairs else None


def _row(grant: ConsentGrant, by: Actor) -> Consent:
    where = {"url": storable(grant.url)[:2000], "network": storable(grant.network)[:200]}
    return Consent(
        store_id=current_store_id(),
        customer_id=grant.customer_id,
        channel=grant.channel,
        purpose=grant.purpose,
        topic=grant.topic,
        state=grant.state,
        source=grant.source,
        proof={**grant.proof, **{name: text for name, text in where.items() if text}},
        at=grant.said_at,
        by=by.key,
    )


def _draft(row: Consent, by: Actor, at: datetime) -> EventDraft:
    event = ConsentChanged(
        row.customer_id, row.channel, row.purpose, row.topic, row.state, row.source
    )
    return EventDraft(event, row.customer_id, at, by, f"customer:{row.customer_id}")
