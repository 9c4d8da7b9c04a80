"""Webhooks: where events go, what was sent, and sending again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.connectors.webhooks import api as webhooks
from doorstep.connectors.webhooks.contracts import WebhookDeliveryPage
from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.webhooks.forms import EndpointForm, ReplayForm
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid

STATUSES = ("pending", "sending", "delivered", "failed", "parked", "discarded")


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def endpoints(request: ConsoleRequest) -> HttpResponse:
    """List endpoints; make one, whose secret is then shown."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = fill(request, form, webhooks.create_endpoint, **form.cleaned_data)
        if made:
            return _endpoint_page(request, made.endpoint.id, secret=made.secret, is_new=True)
    at = now()
    counts = webhooks.count_by_endpoint(at=at)
    context = {
        "form": form,
        "endpoints": [(one, *counts.get(one.id, (0, 0))) for one in webhooks.list_endpoints(at=at)],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/webhooks/list.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def endpoint(request: ConsoleRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint: its state, its last day, its log; change it."""
    if request.method != "POST":
        return _endpoint_page(request, endpoint_id)
    webhooks.get_endpoint(endpoint_id, at=now())  # or 404
    form = EndpointForm(request.POST)
    if form.is_valid():
        wanted = {"endpoint_id": endpoint_id, **form.cleaned_data}
        if fill(request, form, webhooks.change_endpoint, **wanted):
            flash.success(request, _("Saved."))
            return redirect("console:settings-webhook", request.store.slug, endpoint_id)
    return _endpoint_page(request, endpoint_id, form=form)


def _endpoint_page(
    request: ConsoleRequest,
    endpoint_id: UUID,
    *,
    form: EndpointForm | None = None,
    replay: ReplayForm | None = None,
    secret: str = "",
    is_new: bool = False,
) -> HttpResponse:
    at = now()
    shown = webhooks.get_endpoint(endpoint_id, at=at)
    initial = {
        "url": shown.url,
        "description": shown.description,
        "event_types": list(shown.event_types),
    }
    since = timezone.localtime(at - timedelta(hours=24))
    hours = webhooks.count_by_hour(endpoint_id, at=at)
    labels = [timezone.localtime(one.hour).strftime("%H:%M") for one in hours]
    context: dict[str, Any] = {
        "endpoint": shown,
        "form": form or EndpointForm(initial=initial),
        "replay": replay or ReplayForm(initial={"since": since}),
        "secret": secret,
        "is_new": is_new,
        "taken": [(label, one.taken) for label, one in zip(labels, hours, strict=True)],
        "failed": [(label, one.failed) for label, one in zip(labels, hours, strict=True)],
        "taken_sum": sum(one.taken for one in hours),
        "failed_sum": sum(one.failed for one in hours),
        "parked": 0 if shown.is_active else webhooks.count_parked(endpoint_id),
        "page": _log(request, endpoint_id),
        "statuses": STATUSES,
        "types": webhooks.list_event_types(),
    }
    wrong = any(one is not None and one.errors for one in (form, replay))
    # The page may show a secret: nobody keeps it.
    response = render(
        request, "console/webhooks/endpoint.html", context, status=422 if wrong else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def _log(request: ConsoleRequest, endpoint_id: UUID) -> WebhookDeliveryPage:
    """Read one page of the log; what can't be read in the address is left out."""
    status = request.GET.get("status", "")
    wanted: dict[str, Any] = {
        "endpoint_id": endpoint_id,
        "statuses": [status] if status in STATUSES else [],
        "event_type": request.GET.get("event", ""),
        "limit": 25,
    }
    try:
        return webhooks.list_deliveries(cursor=request.GET.get("after", ""), **wanted)
    except Invalid:
        return webhooks.list_deliveries(**wanted)


@require_POST
@console_view("settings.edit")
def secret(request: ConsoleRequest, endpoint_id: UUID) -> HttpResponse:
    """Show the secret, or make a new one and show that."""
    webhooks.get_endpoint(endpoint_id, at=now())  # or 404
    if request.POST.get("do") == "rotate":
        flash.success(request, _("A new secret signs; the old one signs along for 24 hours."))
        made = webhooks.rotate_secret(endpoint_id=endpoint_id, by=request.actor, at=now())
        return _endpoint_page(request, endpoint_id, secret=made.secret)
    shown = webhooks.reveal_secret(endpoint_id=endpoint_id, by=request.actor, at=now())
    return _endpoint_page(request, endpoint_id, secret=shown.secret)


@require_POST
@console_view("settings.edit")
def state(request: ConsoleRequest, endpoint_id: UUID) -> HttpResponse:
    """Enable, disable or delete an endpoint."""
    wanted = request.POST.get("do")
    if wanted == "delete":
        act(request, _("Deleted."), webhooks.delete_endpoint, endpoint_id=endpoint_id)
        return redirect("console:settings-webhooks", request.store.slug)
    if wanted == "disable":
        said = _("Nothing is sent there any more. What waits is kept.")
        act(request, said, webhooks.disable_endpoint, endpoint_id=endpoint_id)
    else:
        said = _("Webhooks go there again, those that waited too.")
        act(request, said, webhooks.enable_endpoint, endpoint_id=endpoint_id)
    return redirect("console:settings-webhook", request.store.slug, endpoint_id)


@require_POST
@console_view("settings.edit")
def send_test(request: ConsoleRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a test event."""
    said = _("A test is on its way: it stands on top of the log.")
    act(request, said, webhooks.send_test, endpoint_id=endpoint_id)
    return redirect("console:settings-webhook", request.store.slug, endpoint_id)


@require_POST
@console_view("problems.retry")
def replay_many(request: ConsoleRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again what failed, or all of a type, since an instant."""
    webhooks.get_endpoint(endpoint_id, at=now())  # or 404
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _endpoint_page(request, endpoint_id, replay=form)
    wanted = {"endpoint_id": endpoint_id, **form.cleaned_data}
    if wanted["event_type"]:
        count = fill(request, form, webhooks.replay_events, **wanted)
    else:
        del wanted["event_type"]
        count = fill(request, form, webhooks.replay_failed, **wanted)
    if count is None:
        return _endpoint_page(request, endpoint_id, replay=form)
    said = ngettext("%(n)s webhook is sent again.", "%(n)s webhooks are sent again.", count)
    flash.success(request, said % {"n": count})
    return redirect("console:settings-webhook", request.store.slug, endpoint_id)


@require_GET
@console_view("problems.view")
def delivery(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: what is sent, and every try."""
    found = webhooks.get_delivery(delivery_id, at=now())
    kind, _colon, subject_id = found.delivery.subject.partition(":")
    context = {
        "detail": found,
        "delivery": found.delivery,
        "endpoint": found.endpoint,
        "order_id": UUID(subject_id) if kind == "order" else None,
        "can_discard": found.delivery.status in {"pending", "failed", "parked"},
    }
    return render(request, "console/webhooks/delivery.html", context)


@require_POST
@console_view("problems.retry")
def replay(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    act(request, _("It is sent again."), webhooks.replay_delivery, delivery_id=delivery_id)
    return redirect("console:settings-webhook-delivery", request.store.slug, delivery_id)


@require_POST
@console_view("problems.retry")
def discard(request: ConsoleRequest, delivery_id: UUID) -> HttpResponse:
    """Let one delivery go."""
    act(request, _("Let go."), webhooks.discard_delivery, delivery_id=delivery_id)
    return redirect("console:settings-webhook-delivery", request.store.slug, delivery_id)
