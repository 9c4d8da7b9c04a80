"""Terms as a return keeps them: what the policy said when it was asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from doorstep.rooms.returns.contracts import (
    MethodKind,
    Outcome,
    OutcomeOffer,
    RefundTrigger,
    Terms,
)

_TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)

# Latest first: a return is paid when the strictest of its lines says so, for the words about it.
STRICTNESS = (
    RefundTrigger.APPROVAL,
    RefundTrigger.CARRIER_SCAN,
    RefundTrigger.RECEPTION,
    RefundTrigger.INSPECTION,
)

# What the law gives who withdraws, whatever the policy says (directive 2011/83/EU, art. 13 and 14):
# all that was paid, once the goods are on their way back and that is proven.
WITHDRAWAL = Terms(
    until_date=None,
    offers=(OutcomeOffer(Outcome.REFUND),),
    methods=(MethodKind.OWN_LABEL, MethodKind.LABEL, MethodKind.QR_DROP_OFF),
    trigger=RefundTrigger.CARRIER_SCAN,
    is_auto=False,
)


def terms_json(terms: Terms) -> dict[str, Any]:
    """Return terms as a row keeps them."""
    plain: dict[str, Any] = _TERMS.dump_python(terms, mode="json")
    return plain


def terms_of(stored: Mapping[str, Any]) -> Terms:
    """Return terms that a row kept."""
    return _TERMS.validate_python(dict(stored))


def offer_of(terms: Terms, outcome: str) -> OutcomeOffer:
    """Return the offer of an outcome; a plain one where it was settled by hand."""
    found = (one for one in terms.offers if one.outcome == outcome)
    return next(found, OutcomeOffer(Outcome(outcome)))


def strictest(triggers: list[RefundTrigger]) -> RefundTrigger:
    """Return the trigger that comes last."""
    return max(triggers, key=STRICTNESS.index)
