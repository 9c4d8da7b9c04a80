"""Operations on what shops delivered and could not be taken."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.deliveries import DeliveriesPage, DeliveryQuery
from doorstep.connectors.base import api as connectors
from doorstep.connectors.base.queries import DeliveryInfo
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict

router = Router(tags=["Deliveries"])


@serve(router, "GET", "/deliveries", scope="problems.view", answers={200: DeliveriesPage})
def list_problem_deliveries(request: HttpRequest, filters: Query[DeliveryQuery]) -> DeliveriesPage:
    """List problem deliveries.

    What shops sent and could not be taken: rejected, parked, waiting for their order, or failed and tried again; newest first.
    """
    after = unseal("deliveries", filters.cursor)
    found = connectors.list_problems(
        status=filters.status or "",
        limit=filters.limit + 1,
        before=UUID(after) if after else None,
    )
    items = found[: filters.limit]
    more = str(items[-1].id) if len(found) > filters.limit else ""
    return DeliveriesPage(items=items, next_cursor=seal("deliveries", more))


@serve(
    router,
    "POST",
    "/deliveries/{delivery_id}/retry",
    scope="problems.retry",
    answers={202: DeliveryInfo},
)
def retry_delivery(request: HttpRequest, delivery_id: UUID) -> Status[DeliveryInfo]:
    """Try a delivery again.

    It is due at once; read it again to see what became of it.
    """
    connectors.get_delivery(delivery_id)
    if not connectors.retry_deliveries(delivery_ids=[delivery_id], by=caller(request), at=now()):
        raise Conflict("This delivery is done, or trying it again can't help.")
    return Status(202, connectors.get_delivery(delivery_id)[0])
