"""Change how often and at what hours a store writes."""

from __future__ import annotations

from datetime import datetime

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contact_settings import get_contact_rules
from doorstep.rooms.messaging.contracts import CAP_KEYS, Channel
from doorstep.rooms.messaging.models import ContactSettings
from doorstep.rooms.messaging.rules.contact_rules import (
    ContactRules,
    check_rules,
    rules_from_json,
    rules_to_json,
)


@action(
    "messaging.set_contact_rules",
    permission="settings.edit",
    summary="Set how often and at what hours messages go out",
)
def set_contact_rules(
    *,
    caps: dict[str, tuple[int, int]],
    hours: dict[str, dict[str, tuple[int, int]]],
    counts_service: bool = True,
    defer_days: int = 3,
    by: Actor,
    at: datetime,
) -> ContactRules:
    """Set the store's contact rules; what waits to be sent is decided by them from now on.

    :param caps: per channel, and ``"all"`` for all together: at most so many messages in so many
        days. A key left out has no cap.
    :param hours: per channel and purpose (``service``, ``marketing``): from and until which hour,
        0 to 24, on the recipient's clock. What is left out may go at any hour.
    :param counts_service: service messages count towards the caps like marketing.
    :param defer_days: what is over a cap waits at most so long, and is dropped otherwise.
    :raises Invalid: a number makes no sense; ``field`` says which.
    """
    if unknown := sorted((set(caps) - set(CAP_KEYS)) | (set(hours) - set(Channel))):
        raise Invalid(f"There is no channel “{unknown[0][:40]}”.", field="caps")
    wanted = rules_from_json(
        {
            "caps": caps,
            "hours": hours,
            "counts_service": counts_service,
            "defer_days": defer_days,
        }
    )
    check_rules(wanted)
    before, after = rules_to_json(get_contact_rules()), rules_to_json(wanted)
    ContactSettings.objects.update_or_create(
        store_id=current_store_id(), defaults={**after, "changed_at": at, "changed_by": by.key}
    )
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        audit.note(subject=f"store:{current_store_id()}", changes=changes)
    return wanted
