"""A store's contact rules: how often and at what hours it writes."""

from __future__ import annotations

from doorstep.rooms.messaging.contracts import MarketplaceRules, QuietLaw
from doorstep.rooms.messaging.models import ContactSettings
from doorstep.rooms.messaging.rules.contact_rules import (
    DEFAULT_RULES,
    ContactRules,
    rules_from_json,
)
from doorstep.rooms.messaging.rules.marketplaces import MARKETPLACES, Marketplace
from doorstep.rooms.messaging.rules.quiet_laws import LAWS
from doorstep.rooms.messaging.rules.topics import TOPICS


def get_contact_rules() -> ContactRules:
    """Return the contact rules of the current store; the usual ones where it has set none."""
    row = ContactSettings.objects.values("caps", "hours", "counts_service", "defer_days").first()
    return rules_from_json(row) if row else DEFAULT_RULES


def list_topic_labels(locale: str) -> list[tuple[str, str]]:
    """List the topics a message can have: key and label, in the order they are shown."""
    return [(topic.key, topic.label(locale)) for topic in TOPICS]


def list_quiet_laws() -> list[QuietLaw]:
    """List the places with laws on when advertising may go to telephones."""
    return [QuietLaw(law.place, law.says, law.source) for law in LAWS]


def list_marketplaces() -> list[MarketplaceRules]:
    """List what marketplaces forbid and leave open."""
    return [
        MarketplaceRules(one.label, one.policy, _refusals(one), one.direct, one.source)
        for one in MARKETPLACES
    ]


def _refusals(place: Marketplace) -> tuple[str, ...]:
    said = [words for _, words in (*place.refused, *place.refused_topics, *place.refused_kinds)]
    said += [f"{purpose.value} only to who agreed to it" for purpose in sorted(place.needs_yes)]
    if place.by_mail_only:
        said.append("only mail; the number is for the parcel")
    if place.days:
        said.append(f"nothing later than {place.days} days after the purchase was completed")
    return tuple(said)
