"""Problems: what arrived and could not be used, and what a handler could not take."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.connectors.base import api as connectors
from doorstep.connectors.webhooks import api as webhooks
from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.problems.queries import (
    count_problems,
    parcel_groups,
    payment_troubles,
    troubles_of,
)
from doorstep.kernel.clock import now
from doorstep.kernel.events import parking
from doorstep.rooms.changes import api as changes
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.payments import api as payments
from doorstep.rooms.tracking import api as tracking

BODY_SHOWN = 20_000


@require_GET
@console_view("problems.view")
def problem_list(request: ConsoleRequest) -> HttpResponse:
    """List everything that needs a person, each with what to do."""
    before = request.GET.get("before", "")
    deliveries = connectors.list_problems(before=_uuid(before), limit=50)
    troubles, late = tracking.count_troubles(at=now()), fulfillment.count_late()
    by_status, by_hand = connectors.count_problems(), payments.count_refunds_by_hand()
    untold = changes.count_parked_tasks()
    request.problem_count = count_problems(
        parcels=troubles_of(troubles),
        late=late,
        deliveries=sum(by_status.values()),
        by_hand=by_hand,
        untold=untold,
    )
    context = {
        "groups": parcel_groups(request, troubles, late),
        "money": payment_troubles(request),
        "untold": untold,
        "by_hand": by_hand,
        "deliveries": deliveries,
        "more_before": deliveries[-1].id if len(deliveries) == 50 else None,
        "counts": by_status,
        "parked": parking.list_parked(request.store.id, limit=100),
        "failed": messaging.list_messages(statuses=[MessageStatus.FAILED], limit=25).items,
        "unmatched": messaging.list_unmatched_deliveries(limit=10),
        "given_up": webhooks.list_given_up(),
        "webhooks": webhooks.list_failed(limit=25),
        "senders": [s for s in messaging.list_senders() if s.is_active and s.failing_since],
        "connections": [c for c in connectors.list_connections() if c.bad_signature_count],
    }
    return render(request, "console/problems/list.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@console_view("problems.view")
def delivery(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery with the bytes as they came."""
    info, body, headers = connectors.get_delivery(delivery_id)
    context = {
        "delivery": info,
        "body": body[:BODY_SHOWN].decode("utf-8", "replace"),
        "is_cut": len(body) > BODY_SHOWN,
        "size": len(body),
        "headers": headers,
        "can_retry": info.status in {"rejected", "parked", "waiting", "received"}
        and info.is_retriable,
        "can_discard": info.status in {"rejected", "parked", "waiting", "received"},
    }
    return render(request, "console/problems/delivery.html", context)


@require_GET
@console_view("problems.view")
def delivery_body(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Download the bytes as they came."""
    _info, body, _headers = connectors.get_delivery(delivery_id)
    response = HttpResponse(body, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="delivery-{delivery_id}.json"'
    return response


@require_POST
@console_view("problems.retry")
def retry_delivery(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Try one delivery again."""
    connectors.get_delivery(delivery_id)  # or 404
    act(
        request,
        _("It will be tried again."),
        connectors.retry_deliveries,
        delivery_ids=[delivery_id],
    )
    return redirect("console:problems-delivery", request.store.slug, delivery_id)


@require_POST
@console_view("problems.retry")
def discard_delivery(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Let one delivery go; its bytes stay stored."""
    act(
        request,
        _("Let go."),
        connectors.discard_delivery,
        delivery_id=delivery_id,
        reason=request.POST.get("reason", ""),
    )
    return redirect("console:problems", request.store.slug)


@require_POST
@console_view("problems.retry")
def retry_all(request: ConsoleRequest) -> HttpResponse:
    """Try all rejected and parked deliveries again."""
    ids = [d.id for d in connectors.list_problems(limit=1000) if d.is_retriable]
    act(
        request,
        ngettext(
            "%(n)s delivery will be tried again.", "%(n)s deliveries will be tried again.", len(ids)
        )
        % {"n": len(ids)},
        connectors.retry_deliveries,
        delivery_ids=ids,
    )
    return redirect("console:problems", request.store.slug)


@require_POST
@console_view("problems.retry")
def parked(request: ConsoleRequest, parked_id: int) -> HttpResponse:
    """Retry a parked event with those behind it, or drop it so that those can go on."""
    discard = request.POST.get("do") == "discard"
    action = parking.discard_event if discard else parking.retry_event
    act(
        request,
        _("Dropped.") if discard else _("Tried again."),
        action,
        is_gone_fine=True,
        parked_id=parked_id,
    )
    return redirect("console:problems", request.store.slug)


@require_POST
@console_view("problems.retry")
def forget_signatures(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Reset a connection's count of wrong signatures."""
    act(
        request,
        _("Counted from none again."),
        connectors.forget_bad_signatures,
        connection_id=connection_id,
    )
    return redirect("console:problems", request.store.slug)
