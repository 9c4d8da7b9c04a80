"""Changes of orders: what waits for a decision, one change with its reasons, and the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.changes.forms import (
    ACTS,
    ChangeForm,
    DeclineForm,
    NoticeForm,
    RuleForm,
    SettingsForm,
)
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.views import editor_context, unjudge
from doorstep.kernel.clock import now
from doorstep.kernel.conditions.api import describe
from doorstep.kernel.errors import DomainError, Invalid
from doorstep.kernel.ids import new_id
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeAct, ChangeSettings
from doorstep.rooms.orders import api as orders


@require_GET
@console_view("changes.view")
def change_list(request: ConsoleRequest) -> HttpResponse:
    """List changes: those that wait for a decision first."""
    state = request.GET.get("state", "awaiting_approval")
    try:
        page = changes.list_changes(
            state="" if state == "all" else state, cursor=request.GET.get("after", "")
        )
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:changes", request.store.slug)
    counts = changes.count_changes()
    tabs = [
        ("awaiting_approval", _("To decide"), counts["awaiting_approval"]),
        ("awaiting_payment", _("To be paid"), counts["awaiting_payment"]),
        ("telling_platform", _("In the shop"), counts["telling_platform"]),
        ("all", _("All"), ""),
    ]
    context = {
        "page": page,
        "state": state,
        "tabs": tabs,
        "tasks": changes.list_parked_tasks(limit=50),
    }
    return render(request, "console/changes/list.html", context)


@require_GET
@console_view("changes.view")
def change_detail(request: ConsoleRequest, change_id: UUID) -> HttpResponse:
    """Show one change: what, for how much, why it was allowed, and what it waits for."""
    change = changes.get_change(change_id)
    order = orders.get_order(change.order_id)
    names = dict(ACTS)
    context = {
        "change": change,
        "order": order,
        "why": [(names[ChangeAct(act)], lines) for act, lines in change.why.items()],
        "form": DeclineForm(),
        "waits": change.state == "awaiting_approval",
    }
    return render(request, "console/changes/detail.html", context)


@require_POST
@console_view("changes.decide")
def decide(request: ConsoleRequest, change_id: UUID) -> HttpResponse:
    """Approve or decline a change, or take it back for the shopper."""
    match request.POST.get("do"):
        case "approve":
            act(request, _("Approved."), changes.approve_change, change_id=change_id)
        case "decline":
            words = request.POST.get("words", "")
            act(
                request,
                _("Declined. The shopper is told."),
                changes.decline_change,
                change_id=change_id,
                words=words,
            )
        case "withdraw":
            act(request, _("Taken back."), changes.withdraw_change, change_id=change_id)
        case _other:
            messages.error(request, _("Choose whether to approve or to decline."))
    return redirect("console:changes-detail", request.store.slug, change_id)


@require_POST
@console_view("problems.retry")
def task(request: ConsoleRequest, task_id: UUID) -> HttpResponse:
    """Tell the shop's platform again, or say what became of it."""
    match request.POST.get("do"):
        case "done":
            act(
                request,
                _("Noted as done in the shop."),
                changes.settle_task,
                task_id=task_id,
                was_done=True,
            )
        case "discard":
            act(
                request,
                _("Given up. The change is undone."),
                changes.settle_task,
                task_id=task_id,
                was_done=False,
            )
        case _other:
            act(request, _("It will be tried again."), changes.retry_task, task_id=task_id)
    return redirect(f"{_changes_url(request)}?state=telling_platform")


def _changes_url(request: ConsoleRequest) -> str:
    return reverse("console:changes", args=[request.store.slug])


@require_http_methods(["GET", "POST"])
@console_view("orders.change")
def change_order(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Change, cancel or put off an order for its shopper: the exact price first."""
    order = orders.get_order(order_id)
    options = changes.options_for(order_id, at=now())
    lines = {
        line.line_id: (f"{line.title} {line.variant_title}".strip(), line.quantity)
        for line in changes.line_options(order)
    }
    form = ChangeForm(request.POST or None, lines)
    quote = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                ask = form.ask()
                quote = changes.quote_change(order_id, ask, by=request.actor, at=now())
                status = 200
                if request.POST.get("do") == "sure":
                    made = changes.request_change(
                        order_id=order_id,
                        ask=ask,
                        form_key=f"console:{request.POST.get('form_key', '')[:80]}",
                        by=request.actor,
                        at=now(),
                    )
                    return redirect("console:changes-detail", request.store.slug, made.id)
            except DomainError as error:
                quote, status = None, 422
                field = error.field if error.field in form.fields else None
                form.add_error(field, error.message)
    names = dict(ACTS)
    context = {
        "order": order,
        "form": form,
        "quote": quote,
        "form_key": request.POST.get("form_key") or str(new_id()),
        "options": [(names[act_], option) for act_, option in options.acts.items()],
        "open_change": options.open_change,
        "history": changes.list_changes_of([order_id])[order_id],
        "notices": changes.list_notices(order_id),
        "notice_form": NoticeForm(),
    }
    return render(request, "console/changes/order.html", context, status=status)


@require_POST
@console_view("messages.send")
def notice(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Ask the shopper to agree to a later day, or to cancel."""
    form = NoticeForm(request.POST)
    if form.is_valid():
        act(
            request,
            _("The shopper is asked."),
            changes.send_delay_notice,
            order_id=order_id,
            new_date=form.cleaned_data["new_date"],
        )
    else:
        messages.error(request, _("Write the new day as a date, or leave it empty."))
    return redirect("console:orders-detail", request.store.slug, order_id)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def settings(request: ConsoleRequest) -> HttpResponse:
    """Show the rules of every act; change what goes for all of them."""
    found = changes.get_settings()
    form = SettingsForm(request.POST or None, initial=SettingsForm.initial_of(found))
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, changes.change_settings, settings=form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("console:settings-changes", request.store.slug)
    rows = [
        (act_, words, found.rules[act_], describe(changes.read_condition(found.rules[act_]).root))
        for act_, words in ACTS
    ]
    context = {
        "form": form,
        "rows": rows,
        "found": found,
        "versions": changes.list_settings(limit=10),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/changes/settings.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def rule(request: ConsoleRequest, name: str) -> HttpResponse:
    """Change when an act is offered, and who decides."""
    if name not in set(ChangeAct):
        raise Http404
    act_ = ChangeAct(name)
    found: ChangeSettings = changes.get_settings()
    known = found.rules[act_]
    currency = request.store.currency
    editor = (
        ConditionEditor.read(request.POST, "order", currency)
        if ConditionEditor.was_sent(request.POST)
        else ConditionEditor.of(dict(known.condition), "order", currency)
    )
    form = RuleForm(
        request.POST or None, initial={"is_offered": known.is_offered, "mode": known.mode}
    )
    is_sent = request.method == "POST"
    is_saving = is_sent and not editor.is_asking and request.POST.get("do") == "save"
    if is_saving:
        editor = editor.strictly()
    if is_saving and form.is_valid() and editor.condition is not None:
        wanted = replace(known, **form.cleaned_data)
        rules: dict[str, Any] = {
            act_.value: {
                "is_offered": wanted.is_offered,
                "mode": wanted.mode,
                "condition": editor.document,
            }
        }
        if fill(request, form, changes.change_settings, settings={"rules": rules}):
            messages.success(request, _("Saved."))
            return redirect("console:settings-changes", request.store.slug)
    elif is_sent and not is_saving:
        unjudge(form)
    context = {"form": form, "title": dict(ACTS)[act_], **editor_context(request, editor)}
    return render(request, "console/changes/rule.html", context, status=422 if is_saving else 200)
