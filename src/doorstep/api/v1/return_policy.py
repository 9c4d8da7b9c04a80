"""Operations on the return policy: what may come back, and the policy in words."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from doorstep.api.serving import serve
from doorstep.api.v1.schemas.return_policy import (
    EligibilityOut,
    EligibilityQuery,
    PolicyOut,
    PolicyQuery,
)
from doorstep.kernel.clock import now
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api as returns

router = Router(tags=["Returns"])


@serve(
    router,
    "GET",
    "/orders/{order_id}/return-eligibility",
    scope="returns.view",
    answers={200: EligibilityOut},
)
def get_return_eligibility(
    request: HttpRequest, order_id: UUID, asked: Query[EligibilityQuery]
) -> EligibilityOut:
    """Ask what of an order may come back.

    Every line with its terms, or the reason why not and its code, and how each rule of the policy
    decided.
    """
    order = orders.get_order(order_id)
    lines = [line.id for line in order.lines]
    found = returns.decide(
        [order_id],
        at=now(),
        kind=asked.kind,
        reasons=dict.fromkeys(lines, asked.reason) if asked.reason else None,
        locale=asked.locale,
    )
    listed = [found[line_id] for line_id in lines if line_id in found]
    return EligibilityOut(order_id=order_id, lines=listed)


@serve(router, "GET", "/return-policy", scope="returns.view", answers={200: PolicyOut})
def get_return_policy(request: HttpRequest, asked: Query[PolicyQuery]) -> PolicyOut:
    """Return the return policy in words.

    Written from its own rules, so it says what is done.
    """
    return PolicyOut(**asdict(returns.policy_text(at=now(), locale=asked.locale)))
