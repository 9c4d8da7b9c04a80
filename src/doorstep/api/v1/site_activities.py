"""Operations on what people do on the merchant's site."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.site_activities import SiteActivitiesIn, SiteActivitiesOut
from doorstep.kernel.clock import now
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SiteActivity

router = Router(tags=["Site activity"])


@serve(
    router,
    "POST",
    "/site-activities",
    scope="audiences.edit",
    answers={200: SiteActivitiesOut},
)
def record_site_activities(
    request: HttpRequest, payload: SiteActivitiesIn
) -> Status[SiteActivitiesOut]:
    """Record site activities.

    What visitors and customers did on your site, told by your own server: segments and journeys
    ask about it. Browsers use the script instead (Settings, Site activity).
    """
    found = audiences.record_site_activities(
        activities=[
            SiteActivity(
                key=one.key,
                kind=one.kind,
                occurred_at=one.occurred_at,
                visitor=one.visitor,
                customer_id=one.customer_id,
                product_ref=one.product.strip(),
                details=one.details,
            )
            for one in payload.activities
        ],
        by=caller(request),
        at=now(),
    )
    return Status(200, SiteActivitiesOut(recorded=found.recorded, repeated=found.repeated))
