"""Stop writing to addresses, and start again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import Channel, SuppressionReason, SuppressionView
from doorstep.rooms.messaging.models import Suppression
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address

Key = tuple[str, str]  # channel, normalised address


def add_suppressions(reasons: Mapping[Key, SuppressionReason], *, source: str, at: datetime) -> int:
    """Suppress addresses, each for a reason, and return how many were not suppressed so before.

    Joins the caller's transaction.
    """
    store_id = current_store_id()
    rows = [
        Suppression(
            store_id=store_id, channel=channel, address=address, reason=reason, source=source,
            since=at,
        )
        for (channel, address), reason in sorted(reasons.items())  # one order: no deadlock
        if address
    ]  # fmt: skip
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    return Suppression.objects.filter(id__in=[row.id for row in rows]).count()


@action(
    "messaging.suppress_address",
    permission="messages.send",
    summary="Stop all messages to an address",
    undo="messaging.lift_suppression",
)
def suppress_address(
    *, channel: Channel, address: str, reason_words: str = "", by: Actor, at: datetime
) -> SuppressionView:
    """Stop all messages to an address until the suppression is lifted.

    :raises Invalid: the address is none.
    """
    try:
        key = normalize_address(channel, address)
    except UnusableAddress as error:
        raise Invalid(str(error), field="address") from error
    source = f"{by.key}: {reason_words}" if reason_words else by.key
    reasons = {(channel.value, key): SuppressionReason.MANUAL}
    add_suppressions(reasons, source=source, at=at)
    row = Suppression.objects.get(
        channel=channel, address=key, reason=SuppressionReason.MANUAL, lifted_at=None
    )
    # Not the address itself: it may have to be erased one day, and the audit trail can't be.
    audit.note(subject=f"suppression:{row.id}", changes={"suppressed": [False, True]})
    return view_of(row)


@action(
    "messaging.lift_suppression",
    permission="messages.send",
    summary="Write to a suppressed address again",
)
def lift_suppression(*, suppression_id: UUID, by: Actor, at: datetime) -> SuppressionView:
    """Allow messages to an address again.

    A complaint and a STOP are the person's own word and are not lifted by the merchant; START or
    a new consent does that.

    :raises NotFound: there is no such suppression.
    :raises Invalid: it is not the merchant's to lift.
    """
    row = Suppression.objects.select_for_update().filter(id=suppression_id).first()
    if row is None:
        raise NotFound("There is no such suppression.")
    if row.reason in {SuppressionReason.COMPLAINT, SuppressionReason.STOP} and by.kind in {
        "user",
        "api_key",
    }:
        raise Invalid("The person asked for this themselves: only they can take it back.")
    if row.lifted_at is None:
        row.lifted_at, row.lifted_by = at, by.key
        row.save(update_fields=["lifted_at", "lifted_by"])
        audit.note(subject=f"suppression:{row.id}", changes={"suppressed": [True, False]})
    return view_of(row)


def lift_for(channel: Channel, address: str, reasons: set[SuppressionReason], *,
             by: Actor, at: datetime) -> int:  # fmt: skip
    """Lift an address's suppressions of some kinds (START, a new consent); return how many."""
    rows = Suppression.objects.filter(
        channel=channel, address=address, reason__in=reasons, lifted_at__isnull=True
    )
    return rows.update(lifted_at=at, lifted_by=by.key)


def view_of(row: Suppression) -> SuppressionView:
    return SuppressionView(
        row.id, row.channel, row.address, row.reason, row.source, row.since, row.lifted_at
    )
