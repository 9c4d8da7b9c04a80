"""Why a person should look at a return before it is approved: signs, in words, never a silent no."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.api import evaluate_many, parse
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.models import ReviewRule
from doorstep.rooms.stores import api as stores

SUBJECT = "customer"


def review_reasons(customer_id: UUID | None, *, at: datetime) -> list[str]:
    """Return the words of every active rule that holds for a customer."""
    if customer_id is None:
        return []
    store = stores.get_store()
    zone = ZoneInfo(store.timezone)
    found = []
    for rule in ReviewRule.objects.filter(is_active=True).order_by("name"):
        condition = parse(rule.condition, SUBJECT)
        decisions = evaluate_many(
            condition, [customer_id], at=at, zone=zone, store_id=current_store_id()
        )
        decision = decisions.get(customer_id)
        if decision is not None and decision.result:
            found.append(rule.words)
    return found
