"""Who is who: claims against what is known, decided without a database.

A platform id speaks loudest, then an e-mail address, then a phone number. Evidence that points
to somebody else than the loudest does moves nothing and merges nobody: it makes a suggestion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from doorstep.rooms.customers.contracts import SuggestionReason
from doorstep.rooms.customers.rules.names import names_contradict

Key = tuple[str, str, str]  # kind, channel, value: what is unique in a store


@dataclass(frozen=True, slots=True)
class Evidence:
    """A claim, normalized. A relay address is no evidence, so it is not in here."""

    platform: Key | None
    email: Key | None
    phone: Key | None
    name: str  # folded

    def identities(self) -> list[Key]:
        """List what can recognize the person, the loudest first."""
        return [key for key in (self.platform, self.email, self.phone) if key is not None]


@dataclass(slots=True)
class Person:
    """What has to be known of a customer to compare a claim with."""

    name: str  # folded
    email: str  # normalized, "" when unknown or a relay's


@dataclass(slots=True)
class Matches:
    """Who the claims belong to, and what follows."""

    customer_ids: list[UUID] = field(default_factory=list)  # one per claim
    created: dict[UUID, int] = field(default_factory=dict)  # new customer → its first claim
    learned: dict[Key, UUID] = field(default_factory=dict)  # identities nobody had
    suggestions: dict[tuple[UUID, UUID], SuggestionReason] = field(default_factory=dict)


def match(
    claims: Sequence[Evidence],
    holders: Mapping[Key, UUID],
    people: Mapping[UUID, Person],
    new_id: Callable[[], UUID],
) -> Matches:
    """Assign every claim to a customer, known or new, in the order given.

    :param holders: known identities among the claims' keys → the customer who has them.
    :param people: those customers.
    """
    found = Matches()
    holding = dict(holders)
    known = {key: Person(person.name, person.email) for key, person in people.items()}
    for index, claim in enumerate(claims):
        found.customer_ids.append(_match_one(index, claim, holding, known, found, new_id))
    return found


def _match_one(
    index: int,
    claim: Evidence,
    holding: dict[Key, UUID],
    known: dict[UUID, Person],
    found: Matches,
    new_id: Callable[[], UUID],
) -> UUID:
    keys = claim.identities()
    customer = _loudest(claim, holding, known)
    reason = SuggestionReason.CONFLICTING_EVIDENCE
    if customer is None:
        customer = new_id()
        found.created[customer] = index
        known[customer] = Person(claim.name, "")
        reason = SuggestionReason.SAME_PHONE  # only a phone that did not match can be taken
    for key in keys:
        holder = holding.get(key)
        if holder is None:
            holding[key] = found.learned[key] = customer
        elif holder != customer:
            found.suggestions.setdefault(_pair(customer, holder), reason)
    person = known[customer]
    person.name = person.name or claim.name
    if claim.email is not None:
        person.email = person.email or claim.email[2]
    return customer


def _loudest(
    claim: Evidence, holding: Mapping[Key, UUID], known: Mapping[UUID, Person]
) -> UUID | None:
    for key in (claim.platform, claim.email):
        if key is not None and key in holding:
            return holding[key]
    if claim.phone is not None and claim.phone in holding:
        holder = holding[claim.phone]
        if not _contradict(claim, known[holder]):
            return holder
    return None


def _contradict(claim: Evidence, person: Person) -> bool:
    """Tell whether names or e-mail addresses say that two people share a phone."""
    if claim.email is not None and person.email and claim.email[2] != person.email:
        return True
    return names_contradict(claim.name, person.name)


def _pair(first: UUID, second: UUID) -> tuple[UUID, UUID]:
    return (first, second) if first < second else (second, first)
