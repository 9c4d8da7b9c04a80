"""What waits for somebody with a higher limit, and the limits themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.money.forms import DecisionForm, LimitForm
from doorstep.kernel.actions import approvals, permissions
from doorstep.kernel.actions.catalog import find_action
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, DomainError
from doorstep.kernel.models.approvals import Approval


@require_GET
@console_view("money.view")
def approval_list(request: ConsoleRequest) -> HttpResponse:
    """List what waits for a decision, and what was decided lately."""
    rows = approvals.list_approvals(limit=200)
    context = {
        "waiting": [_row(one, request) for one in rows if one.state == "waiting"],
        "decided": [_row(one, request) for one in rows if one.state != "waiting"][:50],
    }
    return render(request, "console/money/approvals.html", context)


def _row(one: Approval, request: ConsoleRequest) -> dict[str, Any]:
    entry = find_action(one.action)
    kind, _sep, name = one.subject.partition(":")
    is_own = one.asked_by == request.actor.key
    return {
        "approval": one,
        "summary": entry.summary if entry else one.action,
        "order_id": UUID(name) if kind == "order" and name else None,
        "reason": str(one.payload.get("reason", "")),
        "may_decide": permissions.can(request.actor, "approvals.decide") and not is_own,
        "is_own": is_own,
    }


@require_POST
@console_view("money.view")
def decide(request: ConsoleRequest, approval_id: UUID) -> HttpResponse:
    """Approve, decline, or take one's own request back."""
    if request.POST.get("decision") == "withdraw":
        act(request, _("Taken back."), approvals.withdraw, approval_id=approval_id)
        return redirect("console:approvals", request.store.slug)
    permissions.check(request.actor, "approvals.decide")
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose whether to approve or to decline."))
        return redirect("console:approvals", request.store.slug)
    found = _decide(request, approval_id, form)
    if found is not None:
        said = {
            "approved": _("Approved and done."),
            "declined": _("Declined. Nothing moved."),
            "failed": _("It could not be done: %(words)s") % {"words": found.words},
        }
        level = messages.ERROR if found.state == "failed" else messages.SUCCESS
        messages.add_message(request, level, said[found.state])
    return redirect("console:approvals", request.store.slug)


def _decide(request: ConsoleRequest, approval_id: UUID, form: DecisionForm) -> Approval | None:
    try:
        return approvals.decide(
            approval_id=approval_id,
            is_approved=form.cleaned_data["decision"] == "approve",
            words=form.cleaned_data["words"],
            by=request.actor,
            at=now(),
        )
    except (approvals.OverLimit, Conflict) as error:  # their own limit, or decided in another tab
        messages.error(request, error.message)
        return None


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def limits(request: ConsoleRequest) -> HttpResponse:
    """Show and set how much each role may move alone."""
    form = LimitForm(request.POST or None, currency=request.store.currency)
    if request.method == "POST":
        permissions.check(request.actor, "settings.edit")
        if form.is_valid() and _set(request, form):
            messages.success(request, _("Saved."))
            return redirect("console:settings-limits", request.store.slug)
    context = {
        "form": form,
        "limits": [
            {"limit": one, "summary": entry.summary if entry else one.action}
            for one in approvals.list_limits()
            for entry in [find_action(one.action)]
        ],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/money/limits.html", context, status=status)


def _set(request: ConsoleRequest, form: LimitForm) -> bool:
    given = form.cleaned_data
    try:
        approvals.set_limit(
            action=given["action"],
            role=given["role"],
            currency=request.store.currency,
            amount_minor=None if given["unlimited"] else given["amount"],
            by=request.actor,
            at=now(),
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True
