"""Operations on returns, withdrawals and make-goods: the same actions as portal and console."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.returns import (
    AmountsIn,
    AmountsOut,
    DaysIn,
    DispositionIn,
    InspectionIn,
    MakeGoodIn,
    MatchIn,
    ReasonIn,
    ReceptionIn,
    RepairSentIn,
    ReturnIn,
    ReturnLabelIn,
    ReturnParcelIn,
    ReturnQuery,
    ReturnScanIn,
    ReturnsPage,
    WithdrawalIn,
)
from doorstep.api.v1.schemas.text import Moment
from doorstep.kernel.clock import now
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import (
    MakeGoodView,
    ReasonCount,
    ReturnKind,
    ReturnOptions,
    ReturnView,
    WithdrawalReceipt,
    WithdrawalView,
)

router = Router(tags=["Returns"])
Kind = Literal["voluntary", "warranty", "withdrawal"]


@serve(router, "GET", "/returns", scope="returns.view", answers={200: ReturnsPage})
def list_returns(request: HttpRequest, filters: Query[ReturnQuery]) -> ReturnsPage:
    """List returns, newest first."""
    page = returns.list_returns(
        filters.filters(), cursor=unseal("returns", filters.cursor), limit=filters.limit
    )
    return ReturnsPage(items=list(page.items), next_cursor=seal("returns", page.next_cursor))


@serve(router, "GET", "/returns/{return_id}", scope="returns.view", answers={200: ReturnView})
def get_return(request: HttpRequest, return_id: UUID) -> ReturnView:
    """Return one return.

    With its lines, pieces, way back, money and what goes out instead.
    """
    return returns.get_return(return_id, at=now())


@serve(
    router,
    "GET",
    "/orders/{order_id}/return-options",
    scope="returns.view",
    answers={200: ReturnOptions},
)
def get_return_options(
    request: HttpRequest, order_id: UUID, kind: Kind = "voluntary"
) -> ReturnOptions:
    """Return what of an order may come back.

    What may not is there with the reason; each answer carries every rule that was asked.
    """
    return returns.options(order_id, at=now(), kind=ReturnKind(kind))


@serve(
    router,
    "POST",
    "/orders/{order_id}/return-amounts",
    scope="returns.view",
    answers={200: AmountsOut},
)
def work_out_return(request: HttpRequest, order_id: UUID, body: AmountsIn) -> Status[AmountsOut]:
    """Work out what each outcome comes to.

    Nothing is kept; the figures are those that a return would book now.
    """
    found = returns.amounts(
        order_id, body.lines, at=now(), kind=ReturnKind(body.kind), method=body.method
    )
    return Status(200, AmountsOut(outcomes=list(found.values())))


@serve(
    router,
    "POST",
    "/orders/{order_id}/returns",
    scope="returns.change",
    answers={201: ReturnView},
)
def request_return(request: HttpRequest, order_id: UUID, body: ReturnIn) -> Status[ReturnView]:
    """Ask for a return.

    Approved at once where the policy says so. What it refuses is a 409 with the policy's own words;
    `field` names the line.
    """
    found = returns.request_return(request=body.request(order_id), by=caller(request), at=now())
    return Status(201, found)


@serve(
    router,
    "GET",
    "/orders/{order_id}/returns",
    scope="returns.view",
    answers={200: list[ReturnView]},
)
def list_order_returns(request: HttpRequest, order_id: UUID) -> list[ReturnView]:
    """List an order's returns, newest first."""
    orders.get_order(order_id)  # a foreign order is a 404, not an empty list
    return returns.list_returns_of([order_id], at=now()).get(order_id, [])


@serve(
    router,
    "POST",
    "/returns/{return_id}/approval",
    scope="returns.change",
    answers={200: ReturnView},
)
def approve_return(request: HttpRequest, return_id: UUID, body: ReasonIn) -> Status[ReturnView]:
    """Approve a return that waits for a decision."""
    found = returns.approve_return(
        return_id=return_id, note=body.reason, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/refusal",
    scope="returns.change",
    answers={200: ReturnView},
)
def decline_return(request: HttpRequest, return_id: UUID, body: ReasonIn) -> Status[ReturnView]:
    """Decline a return, with a reason that the shopper reads."""
    found = returns.decline_return(
        return_id=return_id, reason=body.reason, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/cancellation",
    scope="returns.change",
    answers={200: ReturnView},
)
def cancel_return(request: HttpRequest, return_id: UUID, body: ReasonIn) -> Status[ReturnView]:
    """Call a return off before anything came back or was paid."""
    found = returns.cancel_return(
        return_id=return_id, reason=body.reason, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/extension",
    scope="returns.change",
    answers={200: ReturnView},
)
def extend_return(request: HttpRequest, return_id: UUID, body: DaysIn) -> Status[ReturnView]:
    """Give a return more time, also one that has expired."""
    found = returns.extend_return(return_id=return_id, days=body.days, by=caller(request), at=now())
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/parcel",
    scope="returns.change",
    answers={200: ReturnView},
)
def add_return_parcel(
    request: HttpRequest, return_id: UUID, body: ReturnParcelIn
) -> Status[ReturnView]:
    """Say which parcel a return comes in; its scans are followed."""
    found = returns.add_tracking_number(
        return_id=return_id,
        tracking_number=body.tracking_number,
        carrier=body.carrier,
        by=caller(request),
        at=now(),
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/label",
    scope="returns.change",
    answers={200: ReturnView},
)
def put_return_label_in(
    request: HttpRequest, return_id: UUID, body: ReturnLabelIn
) -> Status[ReturnView]:
    """Give a return a label that was bought elsewhere; the shopper is told.

    One that was made before is given back.
    """
    found = returns.put_label_in(
        return_id=return_id,
        document=body.file(),
        tracking_number=body.tracking_number,
        carrier=body.carrier,
        by=caller(request),
        at=now(),
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/repair-sending",
    scope="returns.receive",
    answers={200: ReturnView},
)
def send_repair_back(
    request: HttpRequest, return_id: UUID, body: RepairSentIn
) -> Status[ReturnView]:
    """Note that what was mended is on its way to its owner."""
    found = returns.send_repair_back(
        return_id=return_id, tracking_number=body.tracking_number, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/label-request",
    scope="returns.change",
    answers={200: ReturnView},
)
def request_return_label(request: HttpRequest, return_id: UUID) -> Status[ReturnView]:
    """Ask for a label again after none could be made."""
    found = returns.request_label_again(return_id=return_id, by=caller(request), at=now())
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/scans",
    scope="returns.receive",
    answers={200: ReturnView},
)
def record_return_scan(
    request: HttpRequest, return_id: UUID, body: ReturnScanIn
) -> Status[ReturnView]:
    """Record a step of a parcel on its way back.

    The first scan pays where the policy says so.
    """
    found = returns.record_return_scan(
        return_id=return_id,
        status=body.status,
        occurred_at=body.occurred_at,
        place=body.place,
        words=body.words,
        key=body.key,
        by=caller(request),
        at=now(),
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/receptions",
    scope="returns.receive",
    answers={200: ReturnView},
)
def record_reception(
    request: HttpRequest, return_id: UUID, body: ReceptionIn
) -> Status[ReturnView]:
    """Record what lies in a parcel, by barcode, SKU or line."""
    found = returns.record_reception(
        return_id=return_id,
        items=body.items,
        key=body.key,
        location_id=body.location_id,
        note=body.note,
        is_final=body.is_final,
        by=caller(request),
        at=now(),
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/inspection",
    scope="returns.receive",
    answers={200: ReturnView},
)
def inspect_return(request: HttpRequest, return_id: UUID, body: InspectionIn) -> Status[ReturnView]:
    """Say of pieces what state they are in and whether they count."""
    found = returns.inspect_return(
        return_id=return_id, findings=body.findings, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/dispositions",
    scope="returns.receive",
    answers={200: ReturnView},
)
def set_disposition(
    request: HttpRequest, return_id: UUID, body: DispositionIn
) -> Status[ReturnView]:
    """Say what becomes of pieces; what is restocked goes to its shelf at once."""
    found = returns.set_disposition(
        return_id=return_id,
        piece_ids=body.piece_ids,
        disposition=body.disposition,
        location_id=body.location_id,
        by=caller(request),
        at=now(),
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/returns/{return_id}/settlement",
    scope="returns.change",
    answers={200: ReturnView},
)
def settle_return(request: HttpRequest, return_id: UUID, body: ReasonIn) -> Status[ReturnView]:
    """Settle a return at once, without waiting for parcel or inspection."""
    found = returns.refund_now(
        return_id=return_id, reason=body.reason, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(router, "POST", "/withdrawals", scope="returns.change", answers={201: WithdrawalReceipt})
def withdraw_from_contract(request: HttpRequest, body: WithdrawalIn) -> Status[WithdrawalReceipt]:
    """Take a withdrawal from a contract (EU).

    Always taken and acknowledged by e-mail; its order is looked for afterwards.
    """
    found = returns.withdraw_from_contract(
        name=body.name,
        order_number=body.order_number,
        contact=body.contact,
        text=body.text,
        by=caller(request),
        at=now(),
    )
    return Status(201, found)


@serve(router, "GET", "/withdrawals", scope="returns.view", answers={200: list[WithdrawalView]})
def list_withdrawals(
    request: HttpRequest, state: Literal["", "unmatched", "matched", "dismissed"] = ""
) -> list[WithdrawalView]:
    """List withdrawals; those a person has to look at oldest first."""
    return returns.list_withdrawals(state=state, limit=200)


@serve(
    router,
    "POST",
    "/withdrawals/{withdrawal_id}/order",
    scope="returns.change",
    answers={200: WithdrawalView},
)
def match_withdrawal(
    request: HttpRequest, withdrawal_id: UUID, body: MatchIn
) -> Status[WithdrawalView]:
    """Say which order a withdrawal is about; its return is made."""
    found = returns.match_withdrawal(
        withdrawal_id=withdrawal_id, order_id=body.order_id, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/orders/{order_id}/make-goods",
    scope="returns.change",
    answers={201: MakeGoodView},
)
def make_good(request: HttpRequest, order_id: UUID, body: MakeGoodIn) -> Status[MakeGoodView]:
    """Make a lost or late parcel good: send again, refund or credit; once per parcel."""
    found = returns.make_good(
        order_id=order_id,
        remedy=body.remedy,
        tracker_id=body.tracker_id,
        amount_minor=body.amount_minor,
        lines=body.lines,
        reason=body.reason,
        by=caller(request),
        at=now(),
    )
    return Status(201, found)


@serve(
    router, "GET", "/return-reasons-report", scope="returns.view", answers={200: list[ReasonCount]}
)
def get_reasons_report(request: HttpRequest, since: Moment, until: Moment) -> list[ReasonCount]:
    """Return why things came back in a span of time, by product, the most frequent first."""
    return returns.reasons_report(since=since, until=until)
