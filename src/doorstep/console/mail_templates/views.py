"""Templates: the texts of messages, edited as a draft, seen with a real order, published."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_exempt
from django import forms
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.mail_templates import blocks
from doorstep.console.mail_templates.frame import (
    ALL_LANGUAGES,
    address,
    editor_context,
    language_name,
    look,
    message_name,
    message_names,
    rendered,
    send_test,
    text_key,
)
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, PermissionDenied
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel


class OwnForm(forms.Form):
    """A new message of the store's own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    base = forms.ChoiceField(
        label=gettext_lazy("It is about"),
        choices=[
            ("customer", gettext_lazy("A customer")),
            ("order", gettext_lazy("An order")),
        ],
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=[
            ("marketing", gettext_lazy("Selling: only with consent")),
            ("service", gettext_lazy("Service: help with a purchase, no offers")),
        ],
    )


@require_GET
@console_view("templates.view")
def template_list(request: ConsoleRequest) -> HttpResponse:
    """List every message with its texts: one line for each, the store's own first."""
    wanted = request.GET.get("q", "").strip()
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in messaging.list_templates():
        text = {
            "summary": row,
            "language": row.locale or ALL_LANGUAGES,
            "name": language_name(row.locale),
        }
        by_kind.setdefault(row.kind, []).append(text)
    names, lines = message_names(), []
    for kind, texts in by_kind.items():
        name, is_built_in = message_name(kind, names), not texts[0]["summary"].name
        if wanted.casefold() in name.casefold():
            lines.append((is_built_in, name.casefold(), {"name": name, "texts": texts}))
    found = [line for _first, _then, line in sorted(lines, key=lambda one: one[:2])]
    context = {"rows": found, "form": OwnForm(), "wanted": wanted}
    return render(request, "console/mail_templates/list.html", context)


@require_POST
@console_view("templates.edit")
def create_own(request: ConsoleRequest) -> HttpResponse:
    """Make a message of the store's own and go on to its first draft."""
    form = OwnForm(request.POST)
    made = form.is_valid() and fill(
        request, form, messaging.create_own_message, **form.cleaned_data
    )
    if not made:
        for errors in form.errors.values():
            flash.error(request, str(errors[0]))
        return redirect("console:templates", request.store.slug)
    return redirect(
        "console:templates-editor",
        request.store.slug,
        made.kind,
        Channel.EMAIL.value,
        ALL_LANGUAGES,
    )


@require_POST
@console_view("templates.edit")
def delete_own(request: ConsoleRequest, kind: str) -> HttpResponse:
    """Delete a message of the store's own, unless something live sends it."""
    act(request, _("Deleted."), messaging.delete_own_message, is_gone_fine=True, kind=kind)
    return redirect("console:templates", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("templates.view")
def editor(request: ConsoleRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """Edit one text: save a draft and look at it, publish, go back to the built-in text."""
    key = text_key(kind, channel, language)
    if request.method == "POST":
        is_blocks = request.POST.get("editor") == "blocks"
        return blocks.save(request, key) if is_blocks else _save(request, key)
    return _editor_page(request, key)


def _save(request: ConsoleRequest, key: dict[str, Any]) -> HttpResponse:
    wanted = request.POST.get("do", "save")
    source = {
        name: request.POST[name].replace("\r\n", "\n")
        for name in ("subject", "preheader", "title", "body", "text", "url")
        if name in request.POST
    }
    try:
        if wanted == "revert":
            act(request, _("The built-in text is in use again."), messaging.revert_template, **key)
        elif wanted == "blocks" and key["channel"] is Channel.EMAIL:
            blocks.begin(request, key)
        else:
            messaging.save_draft(**key, source=source, by=request.actor, at=now())
            if wanted == "publish":
                messaging.publish_version(**key, source=None, by=request.actor, at=now())
            elif wanted == "test":
                send_test(request, key, source)
    except PermissionDenied:
        raise
    except DomainError as error:
        # The draft is kept as it was typed, finished or not; the mistake is shown beside it.
        return _editor_page(request, key, error=error, typed=source)
    if wanted == "publish":
        flash.success(request, _("In use from now on."))
    return redirect(address(request, key))


def _editor_page(
    request: ConsoleRequest,
    key: dict[str, Any],
    error: DomainError | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    template = messaging.get_template(**key)
    parts = template.draft or template.source
    if typed is None and (document := messaging.blocks_of(parts)) is not None:
        return blocks.page(request, key, template, document)
    if error is None:
        error = _mistake(request, key, parts)
    context = {
        **editor_context(request, key, template),
        "parts": typed or parts,
        "error": error,
    }
    status = 422 if typed is not None else 200
    return render(request, "console/mail_templates/editor.html", context, status=status)


def _mistake(request: ConsoleRequest, key: dict[str, Any], parts: Any) -> DomainError | None:
    """Return what keeps the draft from working, None when it works."""
    try:
        rendered(request, key, parts)
    except Invalid as error:
        return error
    return None


@csp_exempt()
@require_GET
@console_view("templates.view")
def preview(request: ConsoleRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """Show the draft (or the text in use) with an order's data, for a frame."""
    key = text_key(kind, channel, language)
    template = messaging.get_template(**key)
    return look(request, key, template.draft or template.source)


@csp_exempt()
@require_POST
@console_view("templates.view")
def look_at_typed(request: ConsoleRequest, kind: str, language: str) -> HttpResponse:
    """Show a mail of blocks as it is typed, for a frame; nothing is kept."""
    key = text_key(kind, Channel.EMAIL.value, language)
    return look(request, key, blocks.typed_source(request, key))
