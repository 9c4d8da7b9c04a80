"""Campaigns: the list, the form, the last look before starting, and one that runs or ran."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.campaigns import words
from doorstep.console.campaigns.forms import CampaignForm, initial_of
from doorstep.console.journeys.numbers import show_numbers
from doorstep.kernel.clock import now
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import CampaignView
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel

_PREVIEWED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.PUSH, Channel.MESSENGER)


@require_GET
@console_view("journeys.view")
def campaign_list(request: ConsoleRequest) -> HttpResponse:
    """List campaigns with what became of them."""
    rows = [words.row_of(one) for one in journeys.list_campaigns()]
    names = {one.id: one.name for one in audiences.list_segments()} if rows else {}
    context = {"rows": [(row, names.get(row.view.input.segment_id, "")) for row in rows]}
    return render(request, "console/campaigns/list.html", context)


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def new_campaign(request: ConsoleRequest) -> HttpResponse:
    """Write a campaign; nothing is sent by it."""
    form = CampaignForm(
        request.POST or None,
        initial={"template": request.GET.get("message"), "segment_id": request.GET.get("segment")},
    )
    if request.method == "POST" and form.is_valid():
        made = fill(request, form, journeys.create_campaign, campaign=form.campaign)
        if made:
            return redirect("console:campaigns-review", request.store.slug, made)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def edit_campaign(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Change a draft."""
    view = journeys.get_campaign(campaign_id)
    if view.status != "draft" and request.method == "GET":
        return redirect("console:campaigns-detail", request.store.slug, campaign_id)
    form = CampaignForm(request.POST or None, initial=initial_of(view.input))
    if request.method == "POST" and form.is_valid():
        saved = fill(
            request,
            form,
            journeys.edit_campaign,
            campaign_id=campaign_id,
            campaign=form.campaign,
            revision=_revision(request),
        )
        if saved:
            flash.success(request, _("Saved. Nothing is sent yet."))
            return redirect("console:campaigns-review", request.store.slug, campaign_id)
    return _form_page(request, form, view)


def _form_page(
    request: ConsoleRequest, form: CampaignForm, view: CampaignView | None
) -> HttpResponse:
    context = {
        "form": form,
        "view": view,
        "revision": request.POST.get("revision") or (view.revision if view else ""),
        "has_segments": form.has_segments,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "console/campaigns/edit.html", context, status=status)


@require_GET
@console_view("journeys.view")
def review(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Show what starting a draft would do: to how many, when, and what the gate would say."""
    at, view = now(), journeys.get_campaign(campaign_id)
    if view.status != "draft":
        return redirect("console:campaigns-detail", request.store.slug, campaign_id)
    ahead = journeys.look_ahead(campaign_id, at=at)
    total = max(ahead.sampled, 1)
    context = {
        **_about(request, view),
        "ahead": ahead,
        "groups": [(one, *words.outcome_words(one.outcome), round(100 * one.people / total)) for one in ahead.groups],
        "warnings": words.warnings(view.input, ahead),
        "reached": sum(one.people for one in ahead.groups if one.outcome != "drop"),
    }  # fmt: skip
    return render(request, "console/campaigns/review.html", context)


@require_GET
@console_view("journeys.view")
def campaign_detail(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Show a campaign that runs or ran; a draft is shown as it would go."""
    view = journeys.get_campaign(campaign_id)
    if view.status == "draft":
        return redirect("console:campaigns-review", request.store.slug, campaign_id)
    row = words.row_of(view)
    context = {
        **_about(request, view),
        "row": row,
        "numbers": show_numbers(view.numbers, channel=view.input.channel),
        "orders": words.order_words(view),
        "revenue": sorted(view.revenue_minor.items()),
    }
    return render(request, "console/campaigns/detail.html", context)


def _about(request: ConsoleRequest, view: CampaignView) -> dict[str, Any]:
    """Return what each page of one campaign says of it."""
    kinds = {one.kind: one for one in messaging.list_message_kinds()}
    kind, given = kinds.get(view.input.template), view.input
    channels = [c for c in _PREVIEWED if kind and c in kind.channels]
    shown = Channel(given.channel) if given.channel != "best" else next(iter(channels), None)
    topics = {one.key: one.label("en") for one in messaging.TOPICS}
    return {
        "view": view,
        "given": given,
        "segment": audiences.get_segment(given.segment_id),
        "kind": kind,
        "topic": topics.get(given.topic, ""),
        "preview_channel": shown.value if shown else "",
        "preview_language": request.store.default_locale,
        "when": words.when_words(given, request.store.timezone),
    }


@require_POST
@console_view("journeys.publish")
def start(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Start a draft, once somebody has ticked how many people it goes to."""
    if request.POST.get("sure") != "yes":
        flash.error(request, _("Tick that you have seen the number, then start it."))
        return redirect("console:campaigns-review", request.store.slug, campaign_id)
    act(
        request,
        _("Started. You can stop it at any moment."),
        journeys.start_campaign,
        campaign_id=campaign_id,
        revision=_revision(request),
    )
    return redirect("console:campaigns-detail", request.store.slug, campaign_id)


@require_POST
@console_view("journeys.publish")
def stop(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Let nothing more of it leave, at once."""
    done = _("Stopped. Nothing more of it leaves.")
    act(request, done, journeys.stop_campaign, campaign_id=campaign_id)
    return redirect("console:campaigns-detail", request.store.slug, campaign_id)


@require_POST
@console_view("journeys.edit")
def copy(request: ConsoleRequest, campaign_id: UUID) -> HttpResponse:
    """Make a draft like this campaign; its time is left out, which may be over."""
    given = journeys.get_campaign(campaign_id).input
    name = _("Copy of %s") % given.name
    made = journeys.create_campaign(
        campaign=replace(given, name=name[:200], send_on="", in_their_zone=False),
        by=request.actor,
        at=now(),
    )
    flash.success(request, _("Copied. Change what is different this time."))
    return redirect("console:campaigns-edit", request.store.slug, made)


def _revision(request: ConsoleRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
