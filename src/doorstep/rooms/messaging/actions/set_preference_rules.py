"""Change what a store decided about sign-ups, topics and counting."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import PreferenceRules
from doorstep.rooms.messaging.models import PreferenceSettings
from doorstep.rooms.messaging.preference_settings import get_preference_rules
from doorstep.rooms.messaging.rules.topics import TOPIC_KEYS, known_topics

_NETWORK = ("none", "short", "hash")


@action(
    "messaging.set_preference_rules",
    permission="settings.edit",
    summary="Set topics, sign-up and counting of opens and clicks",
)
def set_preference_rules(
    *,
    hidden_topics: list[str],
    always_confirms: bool,
    keeps_network: str,
    counts_opens: bool,
    counts_clicks: bool,
    by: Actor,
    at: datetime,
) -> PreferenceRules:
    """Replace the store's choices.

    :raises Invalid: all topics are hidden, or the choice for addresses is none of ours.
    """
    hidden = known_topics(hidden_topics)
    if len(hidden) == len(TOPIC_KEYS):
        raise Invalid("Leave at least one topic to choose from.", field="hidden_topics")
    if keeps_network not in _NETWORK:
        raise Invalid(f"Choose one of {', '.join(_NETWORK)}.", field="keeps_network")
    wanted = {
        "hidden_topics": hidden,
        "always_confirms": always_confirms,
        "keeps_network": keeps_network,
        "counts_opens": counts_opens,
        "counts_clicks": counts_clicks,
    }
    with transaction.atomic():
        before = get_preference_rules()
        PreferenceSettings.objects.update_or_create(
            store_id=current_store_id(),
            defaults={**wanted, "changed_at": at, "changed_by": by.key},
        )
        after = get_preference_rules()
        changes = {
            name: [_plain(getattr(before, name)), _plain(getattr(after, name))]
            for name in wanted
            if getattr(before, name) != getattr(after, name)
        }
        audit.note(subject=f"store:{current_store_id()}", changes=changes)
    return after


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
