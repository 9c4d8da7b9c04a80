"""The return policy: its rules in order, warranties, versions, and what it says to an order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.offers import find_offers
from doorstep.console.conditions.views import editor_context, unjudge
from doorstep.console.return_policy.forms import (
    LANGUAGES,
    OUTCOMES,
    EffectsForm,
    PublishForm,
    RuleForm,
    TryForm,
    WarrantyForm,
)
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api as returns

SUBJECT = "return_line"
_ALWAYS: dict[str, Any] = {"all": []}


def _draft_id() -> UUID:
    """Return the draft's id. :raises NotFound: nobody works on one."""
    draft = returns.find_draft()
    if draft is None:
        raise NotFound("There is no draft: begin one first.")
    return draft.id


@require_GET
@console_view("returns.view")
def policy(request: ConsoleRequest) -> HttpResponse:
    """Show a version: the one asked for, else the draft, else the live one."""
    at = now()
    versions = returns.list_versions(at=at)
    live = returns.get_live_version(at=at)
    draft = returns.find_draft()
    asked = request.GET.get("version", "")
    chosen = next((one.id for one in versions if str(one.id) == asked), None)
    if asked and chosen is None:
        raise Http404
    detail = returns.get_version(chosen or (draft.id if draft else live.info.id))
    language = request.GET.get("lang", "") or get_language() or "en"
    context = {
        "detail": detail,
        "live": live.info,
        "draft": draft,
        "outcomes": dict(OUTCOMES),
        "text": returns.policy_text(at=at, locale=language, version_id=detail.info.id),
        "languages": LANGUAGES,
    }
    return render(request, "console/return_policy/policy.html", context)


@require_POST
@console_view("returns.policy")
def change_draft(request: ConsoleRequest) -> HttpResponse:
    """Begin a draft, or discard it."""
    if request.POST.get("do") == "discard":
        act(
            request,
            _("The draft is gone; nothing of what is live changed."),
            returns.discard_policy,
        )
    else:
        act(
            request,
            _("This is your draft: nothing counts before you publish."),
            returns.begin_policy,
        )
    return redirect("console:policy", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def base(request: ConsoleRequest) -> HttpResponse:
    """Change what the draft says in general."""
    currency = request.store.currency
    detail = returns.get_version(_draft_id())
    initial = EffectsForm.initial_of(detail.base, currency)
    form = EffectsForm(request.POST or None, initial=initial, currency=currency, is_base=True)
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, returns.change_policy_base, base=form.effects()):
        return redirect("console:policy", request.store.slug)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/return_policy/base.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def new_rule(request: ConsoleRequest) -> HttpResponse:
    """Add a rule to the draft."""
    _draft_id()
    return _rule(request, None, {}, _ALWAYS)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def rule(request: ConsoleRequest, rule_id: UUID) -> HttpResponse:
    """Change a rule of the draft."""
    found = next((one for one in returns.get_version(_draft_id()).rules if one.id == rule_id), None)
    if found is None:
        raise Http404
    initial = EffectsForm.initial_of(found.effects, request.store.currency)
    initial |= {"name": found.name, "is_active": found.is_active}
    return _rule(request, rule_id, initial, dict(found.condition))


def _editor(request: ConsoleRequest, stored: dict[str, Any]) -> tuple[ConditionEditor, bool]:
    """Return the condition as it was sent, or as it is stored; and whether it is to be saved."""
    currency = request.store.currency
    if not ConditionEditor.was_sent(request.POST):
        return ConditionEditor.of(stored, SUBJECT, currency, find_offers=find_offers), False
    editor = ConditionEditor.read(request.POST, SUBJECT, currency, find_offers=find_offers)
    if editor.is_asking or request.POST.get("do") != "save":
        return editor, False
    return editor.strictly(), True


def _rule(
    request: ConsoleRequest, rule_id: UUID | None, initial: dict[str, Any], stored: dict[str, Any]
) -> HttpResponse:
    editor, is_saving = _editor(request, stored)
    form = RuleForm(request.POST or None, initial=initial, currency=request.store.currency)
    if is_saving and form.is_valid() and editor.condition is not None:
        saved = fill(
            request,
            form,
            returns.save_policy_rule,
            rule_id=rule_id,
            name=form.cleaned_data["name"],
            is_active=form.cleaned_data["is_active"],
            condition=editor.document,
            effects=form.effects(),
        )
        if saved:
            return redirect("console:policy", request.store.slug)
    elif request.method == "POST" and not is_saving:
        unjudge(form)
    context = {"form": form, "row_id": rule_id, **editor_context(request, editor)}
    status = 422 if is_saving else 200
    return render(request, "console/return_policy/rule.html", context, status=status)


@require_POST
@console_view("returns.policy")
def change_rule(request: ConsoleRequest, rule_id: UUID) -> HttpResponse:
    """Ask a rule earlier or later, or delete it."""
    wish = request.POST.get("do", "")
    if wish == "delete":
        act(request, _("Deleted."), returns.delete_policy_rule, rule_id=rule_id)
    else:
        is_earlier = wish == "earlier"
        act(request, _("Moved."), returns.move_policy_rule, rule_id=rule_id, is_earlier=is_earlier)
    return redirect("console:policy", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def new_warranty(request: ConsoleRequest) -> HttpResponse:
    """Add a warranty to the draft."""
    _draft_id()
    return _warranty(request, None, {}, _ALWAYS)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def warranty(request: ConsoleRequest, warranty_id: UUID) -> HttpResponse:
    """Change a warranty of the draft."""
    known = returns.get_version(_draft_id()).warranties
    found = next((one for one in known if one.id == warranty_id), None)
    if found is None:
        raise Http404
    initial = {name: getattr(found, name) for name in WarrantyForm.base_fields}
    return _warranty(request, warranty_id, initial, dict(found.condition))


def _warranty(
    request: ConsoleRequest,
    warranty_id: UUID | None,
    initial: dict[str, Any],
    stored: dict[str, Any],
) -> HttpResponse:
    editor, is_saving = _editor(request, stored)
    form = WarrantyForm(request.POST or None, initial=initial)
    if is_saving and form.is_valid() and editor.condition is not None:
        saved = fill(
            request,
            form,
            returns.save_warranty,
            warranty_id=warranty_id,
            condition=editor.document,
            **form.cleaned_data,
        )
        if saved:
            return redirect("console:policy", request.store.slug)
    elif request.method == "POST" and not is_saving:
        unjudge(form)
    context = {"form": form, "row_id": warranty_id, **editor_context(request, editor)}
    status = 422 if is_saving else 200
    return render(request, "console/return_policy/warranty.html", context, status=status)


@require_POST
@console_view("returns.policy")
def change_warranty(request: ConsoleRequest, warranty_id: UUID) -> HttpResponse:
    """Ask a warranty earlier or later, or delete it."""
    wish = request.POST.get("do", "")
    if wish == "delete":
        act(request, _("Deleted."), returns.delete_warranty, warranty_id=warranty_id)
    else:
        act(
            request,
            _("Moved."),
            returns.move_warranty,
            warranty_id=warranty_id,
            is_earlier=wish == "earlier",
        )
    return redirect("console:policy", request.store.slug)


@require_GET
@console_view("returns.view")
def versions(request: ConsoleRequest) -> HttpResponse:
    """List the versions: what counted when, and who published it."""
    at = now()
    context = {
        "versions": returns.list_versions(at=at),
        "live": returns.get_live_version(at=at).info,
    }
    return render(request, "console/return_policy/versions.html", context)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def publish(request: ConsoleRequest) -> HttpResponse:
    """Publish the draft."""
    detail = returns.get_version(_draft_id())
    form = PublishForm(request.POST or None)
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, returns.publish_policy, **form.cleaned_data):
        return redirect("console:policy-versions", request.store.slug)
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "detail": detail}
    return render(request, "console/return_policy/publish.html", context, status=status)


@require_POST
@console_view("returns.policy")
def restore(request: ConsoleRequest, version_id: UUID) -> HttpResponse:
    """Go back to an earlier version."""
    act(request, _("It counts from now on."), returns.restore_policy, version_id=version_id)
    return redirect("console:policy-versions", request.store.slug)


@require_GET
@console_view("returns.view")
def try_order(request: ConsoleRequest) -> HttpResponse:
    """Say what a version answers for an order, line by line and rule by rule."""
    at = now()
    listed = [(one.code, one.words.get("en", one.code)) for one in returns.read_reasons().all()]
    form = TryForm(request.GET if "order" in request.GET else None, reasons=listed)
    draft = returns.find_draft()
    context: dict[str, Any] = {"form": form, "draft": draft}
    if form.is_bound and form.is_valid():
        wants_draft = draft is not None and request.GET.get("with") == "draft"
        found = orders.find_orders_by_number(form.cleaned_data["order"])
        if found:
            order = orders.get_order(found[0])
            reason = form.cleaned_data["reason"]
            answers = returns.decide(
                [order.summary.id],
                at=at,
                reasons={line.id: reason for line in order.lines} if reason else None,
                locale="en",
                version_id=draft.id if draft and wants_draft else None,
            )
            context |= {
                "order": order,
                "answers": [(line, answers[line.id]) for line in order.lines if line.id in answers],
                "with_draft": wants_draft,
                "outcomes": dict(OUTCOMES),
            }
        else:
            form.add_error("order", _("There is no order of this number."))
    return render(request, "console/return_policy/try.html", context)
