"""Operations on an order's money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.money import (
    CreditIn,
    GiveBackIn,
    GivenBackOut,
    MoneyOut,
    PaymentIn,
    PaymentOut,
    RefundIn,
)
from doorstep.kernel.clock import now
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import (
    GiveBack,
    GiveBackLine,
    GiveBackQuote,
    GivenBack,
    OrderMoney,
)
from doorstep.rooms.payments.contracts import LinkView

router = Router(tags=["Money"])


@serve(router, "GET", "/orders/{order_id}/money", scope="money.view", answers={200: MoneyOut})
def get_order_money(request: HttpRequest, order_id: UUID) -> OrderMoney:
    """Return an order's money.

    What it costs, what was paid, what went back, and every booking that explains it.
    """
    return billing.get_money(order_id)


@serve(
    router,
    "POST",
    "/orders/{order_id}/refund-quotes",
    scope="money.view",
    answers={200: GiveBackQuote},
)
def quote_refund(request: HttpRequest, order_id: UUID, body: GiveBackIn) -> Status[GiveBackQuote]:
    """Work out what giving back comes to.

    To the cent and in words; nothing moves.
    """
    given = _arguments(body)
    ask = GiveBack(
        tuple(given["lines"]),
        given["shipping_minor"],
        given["amount_minor"],
        given["fee_minor"],
        given["reason"],
    )
    return Status(200, billing.quote_give_back(order_id, ask))


@serve(
    router,
    "POST",
    "/orders/{order_id}/refunds",
    scope="money.move",
    answers={200: GivenBackOut},
)
def refund_order(request: HttpRequest, order_id: UUID, body: RefundIn) -> Status[GivenBack]:
    """Refund pieces, shipping or an amount.

    To what the order was paid with, the newest payment first. Above the limit of the key's role
    it is put before somebody who may approve it.
    """
    given = billing.refund(
        order_id=order_id, key=body.reference, **_arguments(body), by=caller(request), at=now()
    )
    return Status(200, given)


@serve(
    router,
    "POST",
    "/orders/{order_id}/credits",
    scope="money.move",
    answers={200: GivenBackOut},
)
def credit_order(request: HttpRequest, order_id: UUID, body: CreditIn) -> Status[GivenBack]:
    """Give store credit for an order.

    With a bonus on top if wished.
    """
    given = billing.credit(
        order_id=order_id,
        key=body.reference,
        bonus_minor=body.bonus_minor,
        **_arguments(body),
        by=caller(request),
        at=now(),
    )
    return Status(200, given)


@serve(
    router,
    "POST",
    "/orders/{order_id}/payment-requests",
    scope="money.move",
    answers={200: PaymentOut},
)
def request_order_payment(
    request: HttpRequest, order_id: UUID, body: PaymentIn
) -> Status[LinkView]:
    """Ask for what is outstanding.

    Answers a page where the shopper pays it.
    """
    link = billing.ask_payment(
        order_id=order_id, key=body.reference, words=body.words, by=caller(request), at=now()
    )
    return Status(200, link)


def _arguments(body: GiveBackIn) -> dict[str, Any]:
    return {
        "lines": [GiveBackLine(one.line_id, one.quantity, one.amount_minor) for one in body.lines],
        "shipping_minor": body.shipping_minor,
        "amount_minor": body.amount_minor,
        "fee_minor": body.fee_minor,
        "reason": body.reason,
    }
