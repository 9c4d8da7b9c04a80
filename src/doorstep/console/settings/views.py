"""Settings: brand, dates and consent, team, API keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.settings.forms import (
    ApiKeyForm,
    BrandForm,
    DefaultsForm,
    MemberForm,
    OrderRulesForm,
)
from doorstep.console.signin.views import invitation_token
from doorstep.kernel.actions.permissions import ROLES
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def brand(request: ConsoleRequest) -> HttpResponse:
    """Show and change what shoppers see."""
    return _settings_form(request, BrandForm, "console/settings/brand.html", "settings")


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def defaults(request: ConsoleRequest) -> HttpResponse:
    """Show and change language, zone, dates and consent."""
    return _settings_form(
        request, DefaultsForm, "console/settings/defaults.html", "settings-defaults"
    )


def _settings_form(
    request: ConsoleRequest, form_class: type[Any], template: str, url_name: str
) -> HttpResponse:
    initial = {
        name: getattr(request.store, name)
        for name in form_class.base_fields
        if hasattr(request.store, name)
    }
    form = form_class(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changes = form.changes() if hasattr(form, "changes") else form.cleaned_data
        if fill(request, form, stores.change_settings, settings=changes):
            messages.success(request, _("Saved."))
            return redirect(f"console:{url_name}", request.store.slug)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def order_rules(request: ConsoleRequest) -> HttpResponse:
    """Show and change how orders are checked."""
    form = OrderRulesForm(
        request.POST or None,
        initial=OrderRulesForm.initial_of(orders.get_order_settings(), request.store.currency),
    )
    if request.method == "POST" and form.is_valid():
        wanted = form.settings(request.store.currency)
        if fill(request, form, orders.change_order_settings, settings=wanted):
            messages.success(request, _("Saved."))
            return redirect("console:settings-orders", request.store.slug)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/settings/orders.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def team(request: ConsoleRequest) -> HttpResponse:
    """List the team; an owner adds people, who join by a link that is shown once."""
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = fill(request, form, stores.add_member, **form.cleaned_data)
        if member:
            return _team_page(request, MemberForm(), _link(request, member.user_id))
    return _team_page(request, form)


def _link(request: ConsoleRequest, user_id: UUID) -> str:
    """Return a link to join for the person; "" when there may be none, which is said."""
    try:
        stores.let_join(user_id=user_id, by=request.actor, at=now())
    except Conflict as refused:
        messages.info(request, refused.message)
        return ""
    person = get_object_or_404(get_user_model(), id=user_id)
    return request.build_absolute_uri(reverse("console-join", args=[invitation_token(person)]))


def _team_page(request: ConsoleRequest, form: MemberForm, link: str = "") -> HttpResponse:
    context = {
        "form": form,
        "members": stores.list_members(),
        "roles": [(role, role.capitalize()) for role in ROLES],
        "link": link,
    }
    # The link is as good as a password: no cache may keep it.
    status = 422 if form.is_bound and form.errors else 200
    response = render(request, "console/settings/team.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@console_view("staff.edit")
def member(request: ConsoleRequest, user_id: UUID) -> HttpResponse:
    """Change a person's role, take the person off the team, or make a new link to join."""
    wanted = request.POST.get("do")
    if wanted == "remove":
        act(request, _("Taken off the team."), stores.remove_member, user_id=user_id)
    elif wanted == "link":
        return _team_page(request, MemberForm(), _link(request, user_id))
    else:
        act(
            request,
            _("Role changed."),
            stores.change_role,
            user_id=user_id,
            role=request.POST.get("role", ""),
        )
    return redirect("console:settings-team", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def api_keys(request: ConsoleRequest) -> HttpResponse:
    """List the keys and make one; its secret is on the answer's page and nowhere else."""
    form, secret = ApiKeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        made = fill(request, form, stores.create_api_key, **form.cleaned_data)
        if made:
            secret, form = made.secret, ApiKeyForm()
    context = {"form": form, "keys": stores.list_api_keys(), "secret": secret}
    status = 422 if form.is_bound and form.errors else 200
    response = render(request, "console/settings/api_keys.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@console_view("settings.edit")
def revoke_api_key(request: ConsoleRequest, key_id: UUID) -> HttpResponse:
    """Make a key stop working."""
    act(request, _("The key no longer works."), stores.revoke_api_key, key_id=key_id)
    return redirect("console:settings-api-keys", request.store.slug)


@require_GET
@console_view("settings.view")
def logo(request: ConsoleRequest) -> HttpResponse:
    """Show the store's logo."""
    data, mime = stores.get_logo(request.store.id)
    return HttpResponse(data, content_type=mime, headers={"X-Content-Type-Options": "nosniff"})
