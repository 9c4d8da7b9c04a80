"""Operations on parcels on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.problems import FieldProblem, field_problems
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.parcels import (
    BadReport,
    MeaningIn,
    ParcelQuery,
    ParcelsPage,
    ReportIn,
    ReportOut,
    ReportsIn,
    ReportsOut,
    SettlementIn,
    StepIn,
)
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ParcelProgress, TrackingReport, UnknownCode

router = Router(tags=["Parcels"])


@serve(router, "POST", "/tracking-reports", scope="parcels.change", answers={200: ReportsOut})
def record_tracking_reports(request: HttpRequest, payload: ReportsIn) -> Status[ReportsOut]:
    """Bring what carriers say.

    Up to 500 reports at once, in any order: where a parcel stands depends on its steps alone, and
    the same step counts once, however often it is sent. A number that belongs to no parcel yet is
    `kept` until its shipment comes. Each report is answered for itself: one that can't be kept is
    `rejected` with what is wrong, and the others are kept.
    """
    items = [_understand(item, payload.source) for item in payload.reports]
    results = _record(items, by=caller(request), at=now())
    rejected = sum(one.outcome == "rejected" for one in results)
    return Status(
        200, ReportsOut(results=results, accepted=len(results) - rejected, rejected=rejected)
    )


def _understand(item: ReportIn | BadReport, source: str) -> TrackingReport | BadReport:
    if isinstance(item, BadReport):
        return item
    report = item.told(source)
    try:
        tracking.check_report(report)
    except DomainError as error:
        problems = field_problems(error) or [FieldProblem(field="", message=error.message)]
        return BadReport(item.tracking_number, problems)
    return report


def _record(
    items: Sequence[TrackingReport | BadReport], *, by: Actor, at: datetime
) -> list[ReportOut]:
    """Keep the good ones in one transaction and answer for all, in the order given."""
    good = [item for item in items if not isinstance(item, BadReport)]
    kept = iter(tracking.record_reports(good, by=by, at=at))
    results = []
    for item in items:
        if isinstance(item, BadReport):
            results.append(
                ReportOut(
                    tracking_number=item.tracking_number, outcome="rejected", errors=item.errors
                )
            )
            continue
        answer = next(kept)
        results.append(
            ReportOut(
                tracking_number=answer.tracking_number,
                outcome=answer.outcome.value,
                tracker_id=answer.tracker_id,
                order_id=answer.order_id,
                new_checkpoints=answer.new_checkpoints,
            )
        )
    return results


@serve(router, "GET", "/parcels", scope="parcels.view", answers={200: ParcelsPage})
def list_parcels(request: HttpRequest, filters: Query[ParcelQuery]) -> ParcelsPage:
    """List parcels on their way.

    The newest first; with an `alarm` the oldest trouble first. The steps are left out.
    """
    page = tracking.list_trackers(
        filters.filters(), cursor=unseal("parcels", filters.cursor), limit=filters.limit
    )
    return ParcelsPage(items=list(page.items), next_cursor=seal("parcels", page.next_cursor))


@serve(router, "GET", "/parcels/{tracker_id}", scope="parcels.view", answers={200: ParcelProgress})
def get_parcel(request: HttpRequest, tracker_id: UUID) -> ParcelProgress:
    """Return a parcel.

    With its steps and how its estimate changed, each newest first.
    """
    return tracking.get_progress(tracker_id)


@serve(
    router,
    "GET",
    "/orders/{order_id}/parcels",
    scope="parcels.view",
    answers={200: list[ParcelProgress]},
)
def list_order_parcels(request: HttpRequest, order_id: UUID) -> list[ParcelProgress]:
    """List an order's parcels.

    In the order in which they left, each with its steps.
    """
    orders.get_order(order_id)  # a foreign order is a 404, not an empty list
    return list(tracking.list_progress([order_id])[order_id])


@serve(
    router,
    "POST",
    "/parcels/{tracker_id}/checkpoints",
    scope="parcels.change",
    answers={201: ParcelProgress},
)
def add_checkpoint(
    request: HttpRequest, tracker_id: UUID, payload: StepIn
) -> Status[ParcelProgress]:
    """Say where a parcel is.

    For what you know and the carrier does not tell. Your word also takes back what the carrier
    called delivered.
    """
    parcel = tracking.record_checkpoint_by_hand(
        tracker_id=tracker_id,
        status=payload.status,
        substatus=payload.substatus,
        occurred_at=payload.occurred_at,
        note=payload.note,
        by=caller(request),
        at=now(),
    )
    return Status(201, parcel)


@serve(
    router,
    "POST",
    "/parcels/{tracker_id}/settlement",
    scope="parcels.change",
    answers={200: ParcelProgress},
)
def settle_parcel(
    request: HttpRequest, tracker_id: UUID, payload: SettlementIn
) -> Status[ParcelProgress]:
    """End a parcel's alarms.

    `found`: it turned up, and is watched again. `lost`: for good. `delivered`: it has arrived.
    """
    parcel = tracking.settle_parcel(
        tracker_id=tracker_id,
        outcome=payload.outcome,
        note=payload.note,
        by=caller(request),
        at=now(),
    )
    return Status(200, parcel)


@serve(router, "GET", "/tracking-codes", scope="parcels.view", answers={200: list[UnknownCode]})
def list_tracking_codes(request: HttpRequest) -> list[UnknownCode]:
    """List carriers' codes that were not understood.

    The most frequent first, with the meanings that were given to some; at most 500.
    """
    return tracking.list_unknown_codes(with_settled=True)


@serve(
    router, "PUT", "/tracking-codes/{code_id}", scope="parcels.change", answers={200: UnknownCode}
)
def set_tracking_code(request: HttpRequest, code_id: UUID, payload: MeaningIn) -> UnknownCode:
    """Say what a carrier's code means.

    It counts for what was kept so far and for all that comes. `null` takes the meaning back.
    """
    return tracking.map_code(
        code_id=code_id,
        status=payload.status,
        substatus=payload.substatus,
        by=caller(request),
        at=now(),
    )
