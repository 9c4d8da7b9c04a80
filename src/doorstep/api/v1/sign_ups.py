"""Sign-ups from forms of the store's own."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.sign_ups import SignUpIn, SignUpTaken
from doorstep.kernel.clock import now
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import SignUpRequest

router = Router(tags=["Messages"])


@serve(router, "POST", "/sign-ups", scope="messages.send", answers={202: SignUpTaken})
def sign_up(request: HttpRequest, payload: SignUpIn) -> Status[SignUpTaken]:
    """Sign somebody up.

    They get a mail with a link, and nothing is allowed before they confirm with it. Three mails a
    week at most go to one address.
    """
    asked = SignUpRequest(
        email=payload.email,
        locale=payload.locale,
        source=payload.source,
        name=payload.name,
        topics=tuple(payload.topics),
        wording=payload.wording,
        url=payload.url,
        network=payload.ip,
        country=payload.country,
    )
    waits = messaging.sign_up(asked, by=caller(request), at=now())
    return Status(202, SignUpTaken(status="waits_for_confirmation" if waits else "taken"))
