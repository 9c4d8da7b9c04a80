"""Packing: boxes, handling classes, rules, and the papers that go with a parcel."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.views import editor_context, unjudge
from doorstep.console.packing.forms import (
    CLASSES,
    BoxForm,
    CareForm,
    OptionsForm,
    RuleForm,
    ThingForm,
)
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, NotFound
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.api import Paper

REPLAY_DAYS = 90


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def packing(request: ConsoleRequest) -> HttpResponse:
    """Show everything about packing; change premium orders and papers."""
    currency = request.store.currency
    initial = OptionsForm.initial_of(fulfillment.get_packing_options(), currency)
    form = OptionsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.options(currency)
        if fill(request, form, fulfillment.change_packing_options, options=wanted):
            messages.success(request, _("Saved."))
            return redirect("console:settings-packing", request.store.slug)
    given = fulfillment.list_samples_given()
    handling = fulfillment.get_handling()
    context = {
        "form": form,
        "boxes": fulfillment.list_boxes(),
        "classes": [(key, words, handling[key]) for key, words in CLASSES],
        "rules": fulfillment.list_packing_rules(),
        "samples": given,
        "things": catalog.get_variants([one.variant_id for one in given]),
        "can_make_pdf": fulfillment.can_make_pdf(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/packing/overview.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def new_box(request: ConsoleRequest) -> HttpResponse:
    """Add a box."""
    return _box(request, None, None)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def box(request: ConsoleRequest, box_id: UUID) -> HttpResponse:
    """Change a box."""
    found = next((one for one in fulfillment.list_boxes() if one.id == box_id), None)
    if found is None:
        raise Http404
    return _box(request, box_id, BoxForm.initial_of(found))


def _box(
    request: ConsoleRequest, box_id: UUID | None, initial: dict[str, Any] | None
) -> HttpResponse:
    form = BoxForm(request.POST or None, initial=initial)
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, fulfillment.save_box, box_id=box_id, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("console:settings-packing", request.store.slug)
    title = _("Box") if box_id else _("New box")
    return _form_page(request, form, title)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def handling(request: ConsoleRequest, handling_class: str) -> HttpResponse:
    """Change what a handling class asks of the packer."""
    known = fulfillment.get_handling().get(handling_class)
    if known is None:
        raise Http404
    initial = {name: getattr(known, name) for name in CareForm.base_fields}
    form = CareForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.handling(handling_class)
        if fill(request, form, fulfillment.change_handling, handling=wanted):
            messages.success(request, _("Saved."))
            return redirect("console:settings-packing", request.store.slug)
    return _form_page(request, form, dict(CLASSES)[handling_class])


def _form_page(request: ConsoleRequest, form: Any, title: Any) -> HttpResponse:
    context = {"form": form, "title": title}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/packing/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def new_rule(request: ConsoleRequest, scope: str) -> HttpResponse:
    """Add a rule about orders or about lines."""
    if scope not in ("order", "line"):
        raise Http404
    return _rule(request, None, scope, {}, {"all": []})


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def rule(request: ConsoleRequest, rule_id: UUID) -> HttpResponse:
    """Change a rule."""
    info = fulfillment.get_packing_rule(rule_id)
    initial = RuleForm.initial_of(info.name, info.is_active, info.effects)
    return _rule(request, rule_id, info.scope, initial, info.condition)


def _rule(
    request: ConsoleRequest,
    rule_id: UUID | None,
    scope: str,
    initial: dict[str, Any],
    stored: dict[str, Any],
) -> HttpResponse:
    is_sent = request.method == "POST"
    currency = request.store.currency
    editor = (
        ConditionEditor.read(request.POST, scope, currency)
        if ConditionEditor.was_sent(request.POST)
        else ConditionEditor.of(stored, scope, currency)
    )
    form = RuleForm(request.POST or None, initial=initial)
    is_saving = is_sent and not editor.is_asking and request.POST.get("do") == "save"
    if is_saving:
        editor = editor.strictly()
    if is_saving and form.is_valid() and editor.condition is not None:
        saved = fill(
            request,
            form,
            fulfillment.save_packing_rule,
            rule_id=rule_id,
            name=form.cleaned_data["name"],
            is_active=form.cleaned_data["is_active"],
            scope=scope,
            condition=editor.document,
            effects=form.effects(),
        )
        if saved:
            messages.success(request, _("Saved."))
            return redirect("console:settings-packing", request.store.slug)
    elif is_sent and not is_saving:
        unjudge(form)
    context = {
        "form": form,
        "rule_id": rule_id,
        "scope": scope,
        "count": _replay(scope, editor),
        "days": REPLAY_DAYS,
        **editor_context(request, editor),
    }
    return render(request, "console/packing/rule.html", context, status=422 if is_saving else 200)


def _replay(scope: str, editor: ConditionEditor) -> Any:
    """Return how many orders the condition met, None while it is not right."""
    if editor.condition is None:
        return None
    return fulfillment.replay_rule(
        scope=scope, condition=editor.document, days=REPLAY_DAYS, at=now()
    )


@require_POST
@console_view("settings.edit")
def change_rule(request: ConsoleRequest, rule_id: UUID) -> HttpResponse:
    """Delete a rule, or let it apply earlier or later."""
    if request.POST.get("do") == "delete":
        act(request, _("Deleted."), fulfillment.delete_packing_rule, rule_id=rule_id)
    else:
        act(
            request,
            _("Moved."),
            fulfillment.move_packing_rule,
            rule_id=rule_id,
            is_earlier=request.POST.get("do") == "earlier",
        )
    return redirect("console:settings-packing", request.store.slug)


def thing_form(variant_id: UUID) -> ThingForm:
    """Return the form with what packing knows of a variant."""
    found = catalog.get_variant(variant_id)
    sides = found.size_mm or (None, None, None)
    return ThingForm(
        initial={
            **dict(zip(("length_mm", "width_mm", "height_mm"), sides, strict=True)),
            "weight_grams": found.weight_grams,
            "barcode": found.barcode,
            "handling_classes": fulfillment.get_variant_handling([variant_id]).get(variant_id, ()),
        }
    )


@require_POST
@console_view("inventory.adjust")
def thing(request: ConsoleRequest, variant_id: UUID) -> HttpResponse:
    """Change size, weight, barcode and handling classes of a variant."""
    form = ThingForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
    else:
        act(request, _("Saved."), _save_thing, variant_id=variant_id, values=form.cleaned_data)
    return redirect("console:stock-variant", request.store.slug, variant_id)


def _save_thing(*, variant_id: UUID, values: dict[str, Any], by: Actor, at: Any) -> None:
    sides = (values["length_mm"], values["width_mm"], values["height_mm"])
    catalog.edit_variant(
        variant_id=variant_id,
        size_mm=sides if all(sides) else None,
        clear_size=not any(sides),
        weight_grams=values["weight_grams"],
        barcode=values["barcode"],
        by=by,
        at=at,
    )
    fulfillment.set_variant_handling(
        variant_id=variant_id, handling_classes=values["handling_classes"], by=by, at=at
    )


@require_GET
@console_view("shipments.view")
def paper(request: ConsoleRequest, shipment_id: UUID, kind: str) -> HttpResponse:
    """Give a paper of a shipment: a PDF where that is installed, else a print page.

    ``?and=<id>`` adds each further shipment; ``as=page`` asks for the print page in any case.
    """
    try:
        wanted = [shipment_id, *(UUID(one) for one in request.GET.getlist("and"))]
        asked = Paper(kind)
    except ValueError:
        raise Http404 from None
    as_pdf = fulfillment.can_make_pdf() and request.GET.get("as") != "page"
    try:
        made = fulfillment.make_document(
            asked,
            wanted,
            at=now(),
            as_pdf=as_pdf,
            nonce=str(getattr(request, "csp_nonce", "")),
            staff_locale=get_language() or "en",
        )
    except NotFound:
        raise
    except DomainError as error:
        context = {"problem": error.message}
        return render(request, "console/packing/no_paper.html", context, status=error.status)
    return HttpResponse(
        made.body,
        content_type=made.content_type,
        headers={
            "Content-Disposition": f'inline; filename="{made.name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
