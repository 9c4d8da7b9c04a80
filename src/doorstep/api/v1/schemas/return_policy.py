"""The return policy as the API shows it."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema

from doorstep.rooms.returns.contracts import Eligibility, PolicySection, ReturnKind


class EligibilityQuery(Schema):
    """What is asked about an order's lines.

    ``kind``: voluntary by the policy, or a warranty claim. ``reason``: the code of the reason, as
    rules may depend on it. ``locale``: of the words.
    """

    kind: ReturnKind = ReturnKind.VOLUNTARY
    reason: str = ""
    locale: str = ""


class EligibilityOut(Schema):
    """Every line of an order, in its order."""

    order_id: UUID
    lines: list[Eligibility]


class PolicyQuery(Schema):
    """In which language (BCP 47); the store's where not given."""

    locale: str = ""


class PolicyOut(Schema):
    """The policy in words, as it counts for an order placed now."""

    language: str
    title: str
    summary: str
    sections: list[PolicySection]
    version_id: UUID
    version_number: int
